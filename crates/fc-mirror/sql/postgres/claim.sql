-- The first due rows of each lane in each shard, of these the most urgent; rows that another worker locks are skipped.
WITH due AS MATERIALIZED (
    SELECT d.shard, d.tenant, d.id, d.lane, d.due_ms
    FROM generate_series(0, $6 - 1) AS s(shard)
    CROSS JOIN (VALUES (0), (1), (2)) AS l(lane)
    CROSS JOIN LATERAL (
        SELECT f.shard, f.tenant, f.id, f.lane, f.due_ms
        FROM fc_sync f
        WHERE f.shard = s.shard AND f.lane = l.lane AND f.due_ms <= $3 AND f.tenant = ANY($1)
        ORDER BY f.due_ms
        LIMIT $5
    ) d
    WHERE l.lane <= $7
    ORDER BY d.lane, d.due_ms
    LIMIT 4 * $5
),
free AS MATERIALIZED (
    SELECT f.shard, f.tenant, f.id
    FROM due d
    JOIN fc_sync f ON f.shard = d.shard AND f.tenant = d.tenant AND f.id = d.id
    WHERE f.due_ms <= $3
    ORDER BY d.lane, d.due_ms
    LIMIT $5
    FOR UPDATE OF f SKIP LOCKED
)
UPDATE fc_sync f
SET token = f.token + 1, noted = f.wanted, lease_owner = $2, lease_until_ms = $4, due_ms = $4, attempt_ms = $3
FROM free
WHERE f.shard = free.shard AND f.tenant = free.tenant AND f.id = free.id
RETURNING f.shard, f.tenant, f.id, f.token, f.noted, f.lane, f.position, f.ownership, f.listed, f.failures
