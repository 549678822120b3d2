UPDATE fc_tenant
SET lease_until_ms = $4
WHERE shard = $1 AND id = $2 AND token = $3
