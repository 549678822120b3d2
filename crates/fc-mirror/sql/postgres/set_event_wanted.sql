UPDATE fc_event
SET wanted = $4
WHERE shard = $1 AND tenant = $2 AND id = $3
