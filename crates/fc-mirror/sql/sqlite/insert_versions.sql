INSERT INTO fc_transaction_version (shard, tenant, account, id, version, status, amount, currency, description, transacted_at, posted_at, void_at, updated, transaction_refresh, observed_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
