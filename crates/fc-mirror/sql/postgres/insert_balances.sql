INSERT INTO fc_balance (shard, tenant, id, as_of, number, currency, type, current, available, used, refreshed_at, observed_ms)
SELECT t.shard, t.tenant, t.id, t.as_of, t.number, t.currency, t.type, t.current, t.available, t.used, t.refreshed_at, t.observed_ms
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])
    AS t(shard, tenant, id, as_of, number, currency, type, current, available, used, refreshed_at, observed_ms)
