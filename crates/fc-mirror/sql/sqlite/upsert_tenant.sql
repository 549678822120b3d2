INSERT INTO fc_tenant (shard, id, stripe_account, livemode, api_version, created_ms, listing_due_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
ON CONFLICT (shard, id) DO UPDATE SET
    listing_due_ms = CASE
        WHEN fc_tenant.api_version = excluded.api_version THEN fc_tenant.listing_due_ms
        ELSE excluded.listing_due_ms
    END,
    listing_cursor = CASE WHEN fc_tenant.api_version = excluded.api_version THEN fc_tenant.listing_cursor END,
    api_version = excluded.api_version
