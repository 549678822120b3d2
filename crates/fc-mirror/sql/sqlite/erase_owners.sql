DELETE FROM fc_owner
WHERE shard = ?1 AND tenant = ?2 AND account = ?3
