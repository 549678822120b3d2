SELECT digest, erased_ms
FROM fc_account
WHERE shard = $1 AND tenant = $2 AND id = $3
