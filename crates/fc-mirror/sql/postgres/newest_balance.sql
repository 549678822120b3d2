SELECT number, as_of, currency, type, current, available, used
FROM fc_balance
WHERE shard = $1 AND tenant = $2 AND id = $3
    AND number = (SELECT max(number) FROM fc_balance WHERE shard = $1 AND tenant = $2 AND id = $3)
-- By bytes, as the rows of the API are sorted, whatever the collation of the database.
ORDER BY currency COLLATE "C"
