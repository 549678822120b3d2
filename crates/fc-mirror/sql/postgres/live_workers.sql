-- A worker that was seen after $4 was seen by a clock that was wrong.
SELECT count(*)
FROM fc_worker
WHERE shard = $1 AND tenant = $2 AND seen_ms > $3 AND seen_ms <= $4
