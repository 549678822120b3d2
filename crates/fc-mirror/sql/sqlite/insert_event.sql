INSERT INTO fc_event (shard, tenant, id, type, account, created, api_version, source, received_ms, digest, raw)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (shard, tenant, id) DO NOTHING
