UPDATE fc_tenant
SET events_created = $4, events_due_ms = $5
WHERE shard = $1 AND id = $2 AND token = $3
