SELECT tenant
FROM fc_account
WHERE shard = ?1 AND tenant IN (SELECT value FROM json_each(?2)) AND id = ?3
