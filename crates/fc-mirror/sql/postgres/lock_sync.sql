SELECT token
FROM fc_sync
WHERE shard = $1 AND tenant = $2 AND id = $3
FOR UPDATE
