-- Periods of balances end with the next balance of the account, in whatever currencies that is.

DROP VIEW fc_balance_period;

-- Balance history as periods. The balance at a time is the rows with valid_from <= time and time < valid_until, or without
-- valid_until, one per currency. A currency that the next balance lacks has no row then.
CREATE VIEW fc_balance_period AS
SELECT shard, tenant, id AS account, currency, type, current, available, used,
       to_timestamp(as_of) AS valid_from,
       to_timestamp(min(as_of) OVER following) AS valid_until
FROM fc_balance
-- The rows of one balance are peers, because they differ in the currency only.
WINDOW following AS (PARTITION BY shard, tenant, id ORDER BY as_of, number GROUPS BETWEEN 1 FOLLOWING AND 1 FOLLOWING);
