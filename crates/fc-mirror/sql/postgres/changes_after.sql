SELECT shard, number, tenant, account, entity, id, operation, version, observed_ms
FROM fc_change
WHERE shard = $1 AND number > $2
ORDER BY number
LIMIT $3
