-- While a lease lives, the row stays with its worker; the finish makes it due at once.
INSERT INTO fc_sync (shard, tenant, id, wanted, lane, due_ms)
VALUES ($1, $2, $3, 1, $4, $5)
ON CONFLICT (shard, tenant, id) DO UPDATE SET
    wanted = fc_sync.wanted + 1,
    listed = false,
    lane = CASE WHEN fc_sync.due_ms IS NULL THEN excluded.lane ELSE least(fc_sync.lane, excluded.lane) END,
    due_ms = CASE
        WHEN fc_sync.lease_until_ms > excluded.due_ms THEN fc_sync.due_ms
        ELSE least(coalesce(fc_sync.due_ms, excluded.due_ms), excluded.due_ms)
    END
RETURNING wanted
