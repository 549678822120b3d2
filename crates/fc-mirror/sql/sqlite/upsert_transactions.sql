INSERT INTO fc_transaction (shard, tenant, account, id, status, amount, currency, description, transacted_at, posted_at, void_at, updated, transaction_refresh, livemode, version, raw, digest, api_version)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
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
