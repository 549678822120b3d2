INSERT INTO fc_change (shard, number, tenant, account, entity, id, operation, version, observed_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
