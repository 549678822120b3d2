UPDATE fc_sync
SET lease_until_ms = ?5, due_ms = ?5
WHERE shard = ?1 AND tenant = ?2 AND id = ?3 AND token = ?4 AND lease_owner IS NOT NULL
