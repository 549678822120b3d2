INSERT INTO fc_sync (shard, tenant, id, wanted, lane, due_ms, listed)
VALUES ($1, $2, $3, 1, $4, $5, true)
ON CONFLICT (shard, tenant, id) DO NOTHING
