INSERT INTO fc_transaction_version (shard, tenant, account, id, version, status, amount, currency, description, transacted_at, posted_at, void_at, updated, transaction_refresh, observed_ms)
SELECT t.shard, t.tenant, t.account, t.id, t.version, t.status, t.amount, t.currency, t.description, t.transacted_at, t.posted_at, t.void_at, t.updated, t.transaction_refresh, t.observed_ms
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::bigint[])
    AS t(shard, tenant, account, id, version, status, amount, currency, description, transacted_at, posted_at, void_at, updated, transaction_refresh, observed_ms)
