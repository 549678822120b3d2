INSERT INTO fc_transaction (shard, tenant, account, id, status, amount, currency, description, transacted_at, posted_at, void_at, updated, transaction_refresh, livemode, version, raw, digest, api_version)
SELECT t.shard, t.tenant, t.account, t.id, t.status, t.amount, t.currency, t.description, t.transacted_at, t.posted_at, t.void_at, t.updated, t.transaction_refresh, t.livemode, t.version, t.raw::json, t.digest, t.api_version
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::boolean[], $15::bigint[], $16::text[], $17::text[], $18::text[])
    AS t(shard, tenant, account, id, status, amount, currency, description, transacted_at, posted_at, void_at, updated, transaction_refresh, livemode, version, raw, digest, api_version)
ON CONFLICT (shard, tenant, account, id) DO UPDATE SET
    status = excluded.status,
    amount = excluded.amount,
    currency = excluded.currency,
    description = excluded.description,
    transacted_at = excluded.transacted_at,
    posted_at = excluded.posted_at,
    void_at = excluded.void_at,
    updated = excluded.updated,
    transaction_refresh = excluded.transaction_refresh,
    livemode = excluded.livemode,
    version = excluded.version,
    raw = excluded.raw,
    digest = excluded.digest,
    api_version = excluded.api_version
