-- A listing that is under way sees that its due time has changed: another one follows it, from the beginning.
UPDATE fc_tenant
SET listing_due_ms = ?3, listing_cursor = NULL
WHERE shard = ?1 AND id = ?2
