-- A due time beyond every delay that the mirror sets was written by a clock that was wrong.
UPDATE fc_sync
SET due_ms = ?2, lease_until_ms = 0
WHERE shard = ?1 AND lane IN (0, 1, 2) AND due_ms > ?3
