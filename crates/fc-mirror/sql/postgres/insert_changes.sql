INSERT INTO fc_change (shard, number, tenant, account, entity, id, operation, version, observed_ms)
SELECT t.shard, t.number, t.tenant, t.account, t.entity, t.id, t.operation, t.version, t.observed_ms
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[])
    AS t(shard, number, tenant, account, entity, id, operation, version, observed_ms)
