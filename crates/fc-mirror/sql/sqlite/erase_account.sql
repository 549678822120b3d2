UPDATE fc_account
SET holder_type = NULL, holder = NULL, institution = NULL, display_name = NULL, last4 = NULL, category = NULL,
    subcategory = NULL, status = 'erased', created = NULL, permissions = NULL, subscriptions = NULL, ownership = NULL,
    balance_status = NULL, balance_attempted_at = NULL, balance_available_at = NULL, ownership_status = NULL,
    transaction_refresh = NULL, transaction_status = NULL, transaction_attempted_at = NULL,
    transaction_available_at = NULL, deactivation_at = NULL, deactivation_action = NULL, balance_number = 0,
    raw = NULL, digest = '', updated_ms = ?4, erased_ms = ?4
WHERE shard = ?1 AND tenant = ?2 AND id = ?3 AND erased_ms IS NULL
