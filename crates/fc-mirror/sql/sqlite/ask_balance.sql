UPDATE fc_account
SET balance_asked_ms = ?4
WHERE shard = ?1 AND tenant = ?2 AND id = ?3
