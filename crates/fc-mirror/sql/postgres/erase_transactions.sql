DELETE FROM fc_transaction
WHERE shard = $1 AND tenant = $2 AND account = $3
