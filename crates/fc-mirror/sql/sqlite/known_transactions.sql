SELECT id, digest, updated, version
FROM fc_transaction
WHERE shard = ?1 AND tenant = ?2 AND account = ?3 AND id IN (SELECT value FROM json_each(?4))
