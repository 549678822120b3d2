-- The raised token ends the lease of a worker that reads the account.
UPDATE fc_sync
SET token = token + 1, lease_owner = NULL, lease_until_ms = 0, due_ms = NULL, done = wanted, noted = wanted,
    position = '', ownership = NULL, listed = false, failures = 0, error = NULL, failing_since_ms = NULL
WHERE shard = ?1 AND tenant = ?2 AND id = ?3
