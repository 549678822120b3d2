-- Tables of fc-mirror. `shard` leads every key. Times of Stripe are Unix seconds; times of the mirror end in _ms.
-- Amounts are in minor units of their currency; what Stripe leaves null is null. No foreign keys: rows arrive in any order.

-- Next change number of each shard.
CREATE TABLE fc_shard (
    shard integer NOT NULL PRIMARY KEY,
    next_change bigint NOT NULL DEFAULT 1
) /*storage fc_shard (fillfactor = 10)*/;

-- A Stripe account in one mode, such as `self/test` or `acct_1/live`.
CREATE TABLE fc_tenant (
    shard integer NOT NULL,
    id text NOT NULL,
    stripe_account text,
    livemode boolean NOT NULL,
    api_version text NOT NULL,
    created_ms bigint NOT NULL,
    listing_due_ms bigint NOT NULL,
    listing_cursor text,
    listing_started_ms bigint,
    listing_accounts bigint NOT NULL DEFAULT 0,
    listing_done_ms bigint,
    events_due_ms bigint,
    events_created bigint,
    events_gap_since bigint,
    refresh_hour bigint NOT NULL DEFAULT 0,
    refresh_count bigint NOT NULL DEFAULT 0,
    lease_owner text,
    lease_until_ms bigint NOT NULL DEFAULT 0,
    token bigint NOT NULL DEFAULT 0,
    failures bigint NOT NULL DEFAULT 0,
    error text,
    failing_since_ms bigint,
    PRIMARY KEY (shard, id)
) /*storage fc_tenant (fillfactor = 50)*/;

-- Live workers of a tenant. They divide its rate limit.
CREATE TABLE fc_worker (
    shard integer NOT NULL,
    tenant text NOT NULL,
    id text NOT NULL,
    seen_ms bigint NOT NULL,
    PRIMARY KEY (shard, tenant, id)
) /*storage fc_worker (fillfactor = 50)*/;

CREATE TABLE fc_account (
    shard integer NOT NULL,
    tenant text NOT NULL,
    id text NOT NULL,
    holder_type text,
    holder text,
    institution text,
    display_name text,
    last4 text,
    category text,
    subcategory text,
    status text NOT NULL,
    livemode boolean NOT NULL,
    created bigint,
    permissions text,
    subscriptions text,
    ownership text,
    balance_status text,
    balance_attempted_at bigint,
    balance_available_at bigint,
    ownership_status text,
    transaction_refresh text,
    transaction_status text,
    transaction_attempted_at bigint,
    transaction_available_at bigint,
    deactivation_at bigint,
    deactivation_action text,
    -- Number of the newest row in fc_balance; 0 before the first, and while Stripe gives no balance.
    balance_number bigint NOT NULL DEFAULT 0,
    raw json,
    digest text NOT NULL,
    api_version text NOT NULL,
    updated_ms bigint NOT NULL,
    erased_ms bigint,
    PRIMARY KEY (shard, tenant, id)
) /*storage fc_account (fillfactor = 80)*/;
CREATE INDEX fc_account_holder ON fc_account (shard, tenant, holder);

-- Owners by ownership snapshot.
CREATE TABLE fc_owner (
    shard integer NOT NULL,
    tenant text NOT NULL,
    account text NOT NULL,
    ownership text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    email text,
    phone text,
    raw_address text,
    refreshed_at bigint,
    raw json NOT NULL,
    digest text NOT NULL,
    api_version text NOT NULL,
    PRIMARY KEY (shard, tenant, account, ownership, id)
) /*storage fc_owner*/;

-- Balance history. `id` is the account, `number` counts its balances, `refreshed_at` is the refresh that brought it.
CREATE TABLE fc_balance (
    shard integer NOT NULL,
    tenant text NOT NULL,
    id text NOT NULL,
    as_of bigint NOT NULL,
    number bigint NOT NULL,
    currency text NOT NULL,
    type text NOT NULL,
    current bigint,
    available bigint,
    used bigint,
    refreshed_at bigint,
    observed_ms bigint NOT NULL,
    PRIMARY KEY (shard, tenant, id, as_of, number, currency)
) /*storage fc_balance*/;

-- Newest state of each transaction.
CREATE TABLE fc_transaction (
    shard integer NOT NULL,
    tenant text NOT NULL,
    account text NOT NULL,
    id text NOT NULL,
    status text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    description text NOT NULL,
    transacted_at bigint NOT NULL,
    posted_at bigint,
    void_at bigint,
    updated bigint NOT NULL,
    transaction_refresh text NOT NULL,
    livemode boolean NOT NULL,
    version bigint NOT NULL,
    raw json NOT NULL,
    digest text NOT NULL,
    api_version text NOT NULL,
    PRIMARY KEY (shard, tenant, account, id)
) /*storage fc_transaction (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05)*/;
CREATE INDEX fc_transaction_time ON fc_transaction (shard, tenant, account, transacted_at);

-- Each state that the mirror saw of a transaction; `version` counts from 1.
CREATE TABLE fc_transaction_version (
    shard integer NOT NULL,
    tenant text NOT NULL,
    account text NOT NULL,
    id text NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    description text NOT NULL,
    transacted_at bigint NOT NULL,
    posted_at bigint,
    void_at bigint,
    updated bigint NOT NULL,
    transaction_refresh text NOT NULL,
    observed_ms bigint NOT NULL,
    PRIMARY KEY (shard, tenant, account, id, version)
) /*storage fc_transaction_version*/;

-- Work of each account; `id` is the account.
CREATE TABLE fc_sync (
    shard integer NOT NULL,
    tenant text NOT NULL,
    id text NOT NULL,
    -- Cursor of the transactions, in the middle of a sync with its target and the last transaction read.
    position text NOT NULL DEFAULT '',
    -- Ownership snapshot whose owners are complete.
    ownership text,
    -- Raised by each cause of work; noted by the claim; done when the sync that noted it has ended.
    wanted bigint NOT NULL DEFAULT 0,
    noted bigint NOT NULL DEFAULT 0,
    done bigint NOT NULL DEFAULT 0,
    -- 0 webhook, 1 reconciliation, 2 first load.
    lane integer NOT NULL,
    -- Null if nothing is due. While leased, the end of the lease.
    due_ms bigint,
    -- Whether the account was inserted by a listing and nothing has raised `wanted` since.
    listed boolean NOT NULL DEFAULT false,
    lease_owner text,
    lease_until_ms bigint NOT NULL DEFAULT 0,
    token bigint NOT NULL DEFAULT 0,
    failures bigint NOT NULL DEFAULT 0,
    error text,
    failing_since_ms bigint,
    attempt_ms bigint,
    success_ms bigint,
    PRIMARY KEY (shard, tenant, id)
) /*storage fc_sync (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02)*/;
CREATE INDEX fc_sync_due ON fc_sync (shard, lane, due_ms) WHERE due_ms IS NOT NULL;

-- Inbox. The raw body is kept until the sync that covers the event is done; its SHA-256 stays.
CREATE TABLE fc_event (
    shard integer NOT NULL,
    tenant text NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    account text,
    created bigint,
    api_version text,
    source text NOT NULL,
    received_ms bigint NOT NULL,
    -- Value of `wanted` that it raised; null if the mirror has nothing to do for it.
    wanted bigint,
    digest text NOT NULL,
    raw text,
    PRIMARY KEY (shard, tenant, id)
) /*storage fc_event (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)*/;
CREATE INDEX fc_event_open ON fc_event (shard, tenant, account, wanted) WHERE raw IS NOT NULL;

-- Change feed: each change of a mirrored row, numbered without gaps within its shard.
CREATE TABLE fc_change (
    shard integer NOT NULL,
    number bigint NOT NULL,
    tenant text NOT NULL,
    account text NOT NULL,
    entity text NOT NULL,
    id text NOT NULL,
    operation text NOT NULL,
    version bigint,
    observed_ms bigint NOT NULL,
    PRIMARY KEY (shard, number)
) /*storage fc_change*/;
