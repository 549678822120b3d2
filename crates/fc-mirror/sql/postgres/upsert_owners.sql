INSERT INTO fc_owner (shard, tenant, account, ownership, id, name, email, phone, raw_address, refreshed_at, raw, digest, api_version)
SELECT t.shard, t.tenant, t.account, t.ownership, t.id, t.name, t.email, t.phone, t.raw_address, t.refreshed_at, t.raw::json, t.digest, t.api_version
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::text[], $12::text[], $13::text[])
    AS t(shard, tenant, account, ownership, id, name, email, phone, raw_address, refreshed_at, raw, digest, api_version)
ON CONFLICT (shard, tenant, account, ownership, id) DO UPDATE SET
    name = excluded.name,
    email = excluded.email,
    phone = excluded.phone,
    raw_address = excluded.raw_address,
    refreshed_at = excluded.refreshed_at,
    raw = excluded.raw,
    digest = excluded.digest,
    api_version = excluded.api_version
