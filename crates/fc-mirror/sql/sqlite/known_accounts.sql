SELECT id, digest, erased_ms
FROM fc_account
WHERE shard IN (SELECT value FROM json_each(?1)) AND tenant = ?2 AND id IN (SELECT value FROM json_each(?3))
