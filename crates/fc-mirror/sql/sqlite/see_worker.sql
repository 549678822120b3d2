INSERT INTO fc_worker (shard, tenant, id, seen_ms)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (shard, tenant, id) DO UPDATE SET seen_ms = excluded.seen_ms
