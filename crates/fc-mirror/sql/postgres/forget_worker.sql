DELETE FROM fc_worker
WHERE shard = $1 AND tenant = $2 AND id = $3
