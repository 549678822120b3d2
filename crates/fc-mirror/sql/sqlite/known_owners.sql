SELECT id, digest
FROM fc_owner
WHERE shard = ?1 AND tenant = ?2 AND account = ?3 AND ownership = ?4
