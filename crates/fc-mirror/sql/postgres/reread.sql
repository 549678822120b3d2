-- From the beginning: every row is read and compared. The raised token ends the lease of a worker that reads the account,
-- which would write the position that it has in memory.
UPDATE fc_sync
SET token = token + 1, lease_owner = NULL, lease_until_ms = 0, position = '', ownership = NULL
WHERE shard = $1 AND tenant = $2 AND id = $3
