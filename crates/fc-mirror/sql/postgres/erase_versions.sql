DELETE FROM fc_transaction_version
WHERE shard = $1 AND tenant = $2 AND account = $3
