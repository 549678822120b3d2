UPDATE fc_tenant
SET lease_owner = NULL, lease_until_ms = 0
WHERE shard = ?1 AND id = ?2 AND token = ?3
