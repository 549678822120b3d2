-- Accounts that Stripe no longer has, and refreshes of balances that the mirror asked for.

-- When the mirror found that Stripe no longer knows the account; null for one that it knows.
ALTER TABLE fc_account ADD COLUMN vanished_ms INTEGER;
-- When the mirror last asked for a refresh of the balance.
ALTER TABLE fc_account ADD COLUMN balance_asked_ms INTEGER;
CREATE INDEX fc_account_balance ON fc_account (shard, tenant, coalesce(balance_attempted_at, 0)) WHERE status = 'active';

DROP VIEW fc_health;
DROP VIEW fc_possible_duplicate;

-- State of the connection to each account, and what to do about it.
CREATE VIEW fc_health AS
SELECT s.shard, s.tenant, s.id AS account, a.institution, a.last4, a.holder,
       CASE
           WHEN a.erased_ms IS NOT NULL THEN 'erased'
           WHEN a.id IS NULL THEN 'loading'
           WHEN a.vanished_ms IS NOT NULL THEN 'vanished'
           WHEN a.status = 'disconnected' THEN 'disconnected'
           WHEN a.status = 'inactive' OR a.deactivation_action = 'relink_required' THEN 'relink'
           WHEN s.failures > 0 THEN 'failing'
           WHEN s.done = 0 THEN 'loading'
           ELSE 'active'
       END AS state,
       a.deactivation_action AS action,
       datetime(a.deactivation_at, 'unixepoch') AS deactivation_at,
       datetime(s.failing_since_ms / 1000, 'unixepoch') AS failing_since,
       s.failures, s.error,
       datetime(s.success_ms / 1000, 'unixepoch') AS last_success,
       datetime(s.due_ms / 1000, 'unixepoch') AS next_attempt,
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
    WHERE holder IS NOT NULL AND last4 IS NOT NULL AND status <> 'disconnected' AND erased_ms IS NULL AND vanished_ms IS NULL
) linked
WHERE account <> duplicate_of;
