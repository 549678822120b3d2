SELECT id, digest, erased_ms
FROM fc_account
WHERE shard = ANY($1) AND tenant = $2 AND id = ANY($3)
