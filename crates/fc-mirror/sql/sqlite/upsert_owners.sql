INSERT INTO fc_owner (shard, tenant, account, ownership, id, name, email, phone, raw_address, refreshed_at, raw, digest, api_version)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (shard, tenant, account, ownership, id) DO UPDATE SET
    name = excluded.name,
    email = excluded.email,
    phone = excluded.phone,
    raw_address = excluded.raw_address,
    refreshed_at = excluded.refreshed_at,
    raw = excluded.raw,
    digest = excluded.digest,
    api_version = excluded.api_version
