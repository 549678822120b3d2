-- What happened before is found by a listing from the beginning.
UPDATE fc_tenant
SET events_created = ?4, events_due_ms = ?5, events_gap_since = coalesce(events_gap_since, ?6),
    listing_cursor = NULL, listing_due_ms = ?7
WHERE shard = ?1 AND id = ?2 AND token = ?3
