INSERT INTO fc_balance (shard, tenant, id, as_of, number, currency, type, current, available, used, refreshed_at, observed_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
