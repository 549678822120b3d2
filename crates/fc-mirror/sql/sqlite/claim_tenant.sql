-- One worker at a time keeps a tenant: it lists accounts and reads events.
UPDATE fc_tenant
SET token = token + 1, lease_owner = ?3, lease_until_ms = ?5
WHERE shard = ?1 AND id = ?2
    AND (lease_until_ms <= ?4 OR lease_until_ms > ?6 OR lease_owner = ?3)
RETURNING token, listing_cursor, listing_started_ms, listing_accounts, listing_done_ms, failures, listing_due_ms
