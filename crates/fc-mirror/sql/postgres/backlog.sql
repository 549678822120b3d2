-- A due time after $4 was written by a clock that was wrong, and counts as due.
SELECT count(*) FILTER (WHERE (due_ms <= $2 AND lease_until_ms <= $2) OR due_ms > $4),
    count(*) FILTER (WHERE lease_until_ms > $2),
    min(due_ms),
    count(*) FILTER (WHERE failures > 0),
    count(*) FILTER (WHERE failures > 0 AND due_ms <= $3),
    count(*) FILTER (WHERE lane = 2 AND done = 0)
FROM fc_sync
WHERE tenant = ANY($1) AND due_ms IS NOT NULL
