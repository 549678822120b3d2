SELECT tenant
FROM fc_account
WHERE shard = $1 AND tenant = ANY($2) AND id = $3
