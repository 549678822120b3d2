-- The most urgent due rows. One range of the index per lane, so that nothing is sorted.
UPDATE fc_sync
SET token = token + 1, noted = wanted, lease_owner = ?2, lease_until_ms = ?4, due_ms = ?4, attempt_ms = ?3
WHERE rowid IN (
    SELECT due FROM (
        SELECT * FROM (
            SELECT rowid AS due, 0 AS lane FROM fc_sync
            WHERE shard = 0 AND lane = 0 AND due_ms <= ?3 AND tenant IN (SELECT value FROM json_each(?1))
            ORDER BY due_ms LIMIT ?5
        )
        UNION ALL
        SELECT * FROM (
            SELECT rowid AS due, 1 AS lane FROM fc_sync
            WHERE shard = 0 AND lane = 1 AND due_ms <= ?3 AND tenant IN (SELECT value FROM json_each(?1))
            ORDER BY due_ms LIMIT ?5
        )
        UNION ALL
        SELECT * FROM (
            SELECT rowid AS due, 2 AS lane FROM fc_sync
            WHERE shard = 0 AND lane = 2 AND due_ms <= ?3 AND tenant IN (SELECT value FROM json_each(?1))
            ORDER BY due_ms LIMIT ?5
        )
    )
    WHERE lane <= ?7
    ORDER BY lane
    LIMIT ?5
)
-- ?6, the number of shards, is always 1 here.
AND shard < ?6
RETURNING shard, tenant, id, token, noted, lane, position, ownership, listed, failures
