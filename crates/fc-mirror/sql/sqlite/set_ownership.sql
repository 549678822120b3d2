UPDATE fc_sync
SET ownership = ?4
WHERE shard = ?1 AND tenant = ?2 AND id = ?3
