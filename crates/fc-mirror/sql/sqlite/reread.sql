-- From the beginning: every row is read and compared.
UPDATE fc_sync
SET position = '', ownership = NULL
WHERE shard = ?1 AND tenant = ?2 AND id = ?3
