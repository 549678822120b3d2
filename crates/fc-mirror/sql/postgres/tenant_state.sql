SELECT listing_due_ms, listing_accounts, listing_done_ms, failures, error, events_due_ms, events_created, events_gap_since
FROM fc_tenant
WHERE shard = $1 AND id = $2
