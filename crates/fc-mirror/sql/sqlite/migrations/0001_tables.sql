-- Tables of fc-mirror. `shard` leads every key. Times of Stripe are Unix seconds; times of the mirror end in _ms.
-- Amounts are in minor units of their currency; what Stripe leaves null is null. No foreign keys: rows arrive in any order.

-- Next change number of the shard; a SQLite database has one.
CREATE TABLE fc_shard (
    shard INTEGER NOT NULL PRIMARY KEY,
    next_change INTEGER NOT NULL DEFAULT 1
) STRICT;

-- A Stripe account in one mode, such as `self/test` or `acct_1/live`.
CREATE TABLE fc_tenant (
    shard INTEGER NOT NULL,
    id TEXT NOT NULL,
    stripe_account TEXT,
    livemode INTEGER NOT NULL,
    api_version TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    listing_due_ms INTEGER NOT NULL,
    listing_cursor TEXT,
    listing_started_ms INTEGER,
    listing_accounts INTEGER NOT NULL DEFAULT 0,
    listing_done_ms INTEGER,
    events_due_ms INTEGER,
    events_created INTEGER,
    events_gap_since INTEGER,
    refresh_hour INTEGER NOT NULL DEFAULT 0,
    refresh_count INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until_ms INTEGER NOT NULL DEFAULT 0,
    token INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    failing_since_ms INTEGER,
    PRIMARY KEY (shard, id)
) STRICT;

-- Live workers of a tenant. They divide its rate limit.
CREATE TABLE fc_worker (
    shard INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (shard, tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE fc_account (
    shard INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    holder_type TEXT,
    holder TEXT,
    institution TEXT,
    display_name TEXT,
    last4 TEXT,
    category TEXT,
    subcategory TEXT,
    status TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    created INTEGER,
    permissions TEXT,
    subscriptions TEXT,
    ownership TEXT,
    balance_status TEXT,
    balance_attempted_at INTEGER,
    balance_available_at INTEGER,
    ownership_status TEXT,
    transaction_refresh TEXT,
    transaction_status TEXT,
    transaction_attempted_at INTEGER,
    transaction_available_at INTEGER,
    deactivation_at INTEGER,
    deactivation_action TEXT,
    -- Number of the newest row in fc_balance; 0 before the first, and while Stripe gives no balance.
    balance_number INTEGER NOT NULL DEFAULT 0,
    raw TEXT,
    digest TEXT NOT NULL,
    api_version TEXT NOT NULL,
    updated_ms INTEGER NOT NULL,
    erased_ms INTEGER,
    PRIMARY KEY (shard, tenant, id)
) STRICT;
CREATE INDEX fc_account_holder ON fc_account (shard, tenant, holder);

-- Owners by ownership snapshot.
CREATE TABLE fc_owner (
    shard INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    account TEXT NOT NULL,
    ownership TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    raw_address TEXT,
    refreshed_at INTEGER,
    raw TEXT NOT NULL,
    digest TEXT NOT NULL,
    api_version TEXT NOT NULL,
    PRIMARY KEY (shard, tenant, account, ownership, id)
) STRICT;

-- Balance history. `id` is the account, `number` counts its balances, `refreshed_at` is the refresh that brought it.
CREATE TABLE fc_balance (
    shard INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    as_of INTEGER NOT NULL,
    number INTEGER NOT NULL,
    currency TEXT NOT NULL,
    type TEXT NOT NULL,
    current INTEGER,
    available INTEGER,
    used INTEGER,
    refreshed_at INTEGER,
    observed_ms INTEGER NOT NULL,
    PRIMARY KEY (shard, tenant, id, as_of, number, currency)
) STRICT, WITHOUT ROWID;

-- Newest state of each transaction.
CREATE TABLE fc_transaction (
    shard INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    status TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    transacted_at INTEGER NOT NULL,
    posted_at INTEGER,
    void_at INTEGER,
    updated INTEGER NOT NULL,
    transaction_refresh TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    version INTEGER NOT NULL,
    raw TEXT NOT NULL,
    digest TEXT NOT NULL,
    api_version TEXT NOT NULL,
    PRIMARY KEY (shard, tenant, account, id)
) STRICT;
CREATE INDEX fc_transaction_time ON fc_transaction (shard, tenant, account, transacted_at);

-- Each state that the mirror saw of a transaction; `version` counts from 1.
CREATE TABLE fc_transaction_version (
    shard INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    transacted_at INTEGER NOT NULL,
    posted_at INTEGER,
    void_at INTEGER,
    updated INTEGER NOT NULL,
    transaction_refresh TEXT NOT NULL,
    observed_ms INTEGER NOT NULL,
    PRIMARY KEY (shard, tenant, account, id, version)
) STRICT, WITHOUT ROWID;

-- Work of each account; `id` is the account.
CREATE TABLE fc_sync (
    shard INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    -- Cursor of the transactions, in the middle of a sync with its target and the last transaction read.
    position TEXT NOT NULL DEFAULT '',
    -- Ownership snapshot whose owners are complete.
    ownership TEXT,
    -- Raised by each cause of work; noted by the claim; done when the sync that noted it has ended.
    wanted INTEGER NOT NULL DEFAULT 0,
    noted INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    -- 0 webhook, 1 reconciliation, 2 first load.
    lane INTEGER NOT NULL,
    -- Null if nothing is due. While leased, the end of the lease.
    due_ms INTEGER,
    -- Whether the account was inserted by a listing and nothing has raised `wanted` since.
    listed INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until_ms INTEGER NOT NULL DEFAULT 0,
    token INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    failing_since_ms INTEGER,
    attempt_ms INTEGER,
    success_ms INTEGER,
    PRIMARY KEY (shard, tenant, id)
) STRICT;
CREATE INDEX fc_sync_due ON fc_sync (shard, lane, due_ms) WHERE due_ms IS NOT NULL;

-- Inbox. The raw body is kept until the sync that covers the event is done; its SHA-256 stays.
CREATE TABLE fc_event (
    shard INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    account TEXT,
    created INTEGER,
    api_version TEXT,
    source TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    -- Value of `wanted` that it raised; null if the mirror has nothing to do for it.
    wanted INTEGER,
    digest TEXT NOT NULL,
    raw TEXT,
    PRIMARY KEY (shard, tenant, id)
) STRICT;
CREATE INDEX fc_event_open ON fc_event (shard, tenant, account, wanted) WHERE raw IS NOT NULL;

-- Change feed: each change of a mirrored row, numbered without gaps within its shard.
CREATE TABLE fc_change (
    shard INTEGER NOT NULL,
    number INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    account TEXT NOT NULL,
    entity TEXT NOT NULL,
    id TEXT NOT NULL,
    operation TEXT NOT NULL,
    version INTEGER,
    observed_ms INTEGER NOT NULL,
    PRIMARY KEY (shard, number)
) STRICT, WITHOUT ROWID;

INSERT INTO fc_shard (shard) VALUES (0);
