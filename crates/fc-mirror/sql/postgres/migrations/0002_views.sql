-- Views for people and dashboards. Days are days of UTC.

-- Newest balance of each account, one row per currency.
CREATE VIEW fc_current_balance AS
SELECT a.shard, a.tenant, a.id AS account, a.institution, a.last4, a.status AS account_status,
       b.currency, b.type, b.current, b.available, b.used,
       to_timestamp(b.as_of) AS as_of, to_timestamp(b.refreshed_at) AS refreshed_at
FROM fc_account a
JOIN fc_balance b ON b.shard = a.shard AND b.tenant = a.tenant AND b.id = a.id AND b.number = a.balance_number;

-- Balance history as periods. The balance at a time is the row with valid_from <= time and time < valid_until, or without
-- valid_until.
CREATE VIEW fc_balance_period AS
SELECT shard, tenant, id AS account, currency, type, current, available, used,
       to_timestamp(as_of) AS valid_from,
       to_timestamp(lead(as_of) OVER (PARTITION BY shard, tenant, id, currency ORDER BY as_of, number)) AS valid_until
FROM fc_balance;

-- Money that left and that came in, per account, day and currency. Void transactions do not count.
CREATE VIEW fc_daily_spending AS
SELECT shard, tenant, account, (to_timestamp(transacted_at) AT TIME ZONE 'UTC')::date AS day, currency,
       coalesce(sum(-amount) FILTER (WHERE amount < 0), 0)::bigint AS spent,
       coalesce(sum(amount) FILTER (WHERE amount > 0), 0)::bigint AS received,
       coalesce(sum(-amount) FILTER (WHERE amount < 0 AND status = 'pending'), 0)::bigint AS pending_spent,
       count(*) AS transactions
FROM fc_transaction
WHERE status <> 'void'
GROUP BY shard, tenant, account, day, currency;

-- State of the connection to each account, and what to do about it.
CREATE VIEW fc_health AS
SELECT s.shard, s.tenant, s.id AS account, a.institution, a.last4, a.holder,
       CASE
           WHEN a.erased_ms IS NOT NULL THEN 'erased'
           WHEN a.id IS NULL THEN 'loading'
           WHEN a.status = 'disconnected' THEN 'disconnected'
           WHEN a.status = 'inactive' OR a.deactivation_action = 'relink_required' THEN 'relink'
           WHEN s.failures > 0 THEN 'failing'
           WHEN s.done = 0 THEN 'loading'
           ELSE 'active'
       END AS state,
       a.deactivation_action AS action,
       to_timestamp(a.deactivation_at) AS deactivation_at,
       to_timestamp(s.failing_since_ms / 1000.0) AS failing_since,
       s.failures, s.error,
       to_timestamp(s.success_ms / 1000.0) AS last_success,
       to_timestamp(s.due_ms / 1000.0) AS next_attempt,
       s.wanted - s.done AS behind
FROM fc_sync s
LEFT JOIN fc_account a ON a.shard = s.shard AND a.tenant = s.tenant AND a.id = s.id;

-- Accounts that may be the same account, linked more than once: same holder, institution and last four digits.
CREATE VIEW fc_possible_duplicate AS
SELECT tenant, account, duplicate_of
FROM (
    SELECT tenant, id AS account,
           first_value(id) OVER (PARTITION BY tenant, holder_type, holder, institution, last4 ORDER BY created, id) AS duplicate_of
    FROM fc_account
    WHERE holder IS NOT NULL AND last4 IS NOT NULL AND status <> 'disconnected' AND erased_ms IS NULL
) linked
WHERE account <> duplicate_of;
