-- A listing that was asked for meanwhile stays due.
UPDATE fc_tenant
SET listing_cursor = NULL, listing_due_ms = CASE WHEN listing_due_ms = $7 THEN $4 ELSE listing_due_ms END,
    listing_done_ms = $5, listing_accounts = $6,
    events_gap_since = NULL, failures = 0, error = NULL, failing_since_ms = NULL
WHERE shard = $1 AND id = $2 AND token = $3
