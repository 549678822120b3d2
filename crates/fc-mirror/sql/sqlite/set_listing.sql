-- A listing that was asked for meanwhile begins at the first page.
UPDATE fc_tenant
SET listing_cursor = CASE WHEN listing_due_ms = ?7 THEN ?4 END, listing_started_ms = ?5, listing_accounts = ?6
WHERE shard = ?1 AND id = ?2 AND token = ?3
