-- Accounts that need a user or an operator, and why.
SELECT account, holder, institution, state, action, deactivation_at, error
FROM fc_health
WHERE state <> 'active' OR action = 'relink_required';
