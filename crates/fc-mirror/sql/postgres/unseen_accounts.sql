-- Accounts that were last read before a listing began, in the order of their ids. A time in the future was written by a clock
-- that was wrong.
SELECT a.id
FROM fc_account a
JOIN fc_sync s ON s.shard = a.shard AND s.tenant = a.tenant AND s.id = a.id
WHERE a.shard = $1 AND a.tenant = $2 AND a.id > $3 AND a.erased_ms IS NULL AND a.vanished_ms IS NULL
    AND (s.success_ms < $4 OR s.success_ms > $6)
ORDER BY a.id
LIMIT $5
