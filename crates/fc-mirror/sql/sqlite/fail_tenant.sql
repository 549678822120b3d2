UPDATE fc_tenant
SET listing_due_ms = ?4, failures = failures + 1, error = ?5, failing_since_ms = coalesce(failing_since_ms, ?6)
WHERE shard = ?1 AND id = ?2 AND token = ?3
