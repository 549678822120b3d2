UPDATE fc_sync
SET done = noted, listed = false, lease_owner = NULL, lease_until_ms = 0,
    failures = 0, error = NULL, failing_since_ms = NULL, success_ms = $5,
    due_ms = CASE WHEN wanted > noted THEN $5 ELSE $6 END
WHERE shard = $1 AND tenant = $2 AND id = $3 AND token = $4
