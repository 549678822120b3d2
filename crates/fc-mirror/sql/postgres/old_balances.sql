-- The oldest balances that may be refreshed. Both conditions on times of Stripe are in seconds. An account was asked after $7
-- by a clock that was wrong.
SELECT id, coalesce(balance_attempted_at, 0)
FROM fc_account
WHERE shard = $1 AND tenant = $2 AND status = 'active' AND vanished_ms IS NULL AND permissions LIKE '%"balances"%'
    AND coalesce(balance_attempted_at, 0) <= $3 AND coalesce(balance_available_at, 0) <= $4
    AND (coalesce(balance_asked_ms, 0) <= $5 OR balance_asked_ms > $7)
ORDER BY coalesce(balance_attempted_at, 0)
LIMIT $6
