DELETE FROM fc_balance
WHERE shard = ?1 AND tenant = ?2 AND id = ?3
