-- Without a digest, every later read of the account differs from what is stored.
UPDATE fc_account
SET vanished_ms = ?4, digest = '', updated_ms = ?4
WHERE shard = ?1 AND tenant = ?2 AND id = ?3 AND vanished_ms IS NULL AND erased_ms IS NULL
