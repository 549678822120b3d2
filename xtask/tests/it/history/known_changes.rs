//! Known changes between the two real versions, found by an independent comparison of the whole specs.

use xtask::changes::change::{Change, Class};
use xtask::generator::wire;

/// Known changes: name, place and class.
const KNOWN: &[(&str, &str, Class)] = {
    use Class::{Additive, BreaksCallers, DocsOnly};
    &[
        // Operations: four more, none less.
        ("subscribe", "POST /v1/financial_connections/accounts/{account}/subscribe", Additive),
        ("unsubscribe", "POST /v1/financial_connections/accounts/{account}/unsubscribe", Additive),
        ("list transactions", "GET /v1/financial_connections/transactions", Additive),
        ("retrieve transaction", "GET /v1/financial_connections/transactions/{transaction}", Additive),
        // Requests
        ("explode is stated on parameters", "GET /v1/financial_connections/accounts ?limit", DocsOnly),
        ("on those of the path too", "GET /v1/financial_connections/accounts/{account} ?account", DocsOnly),
        (
            "account_holder + customer_account",
            "GET /v1/financial_connections/accounts ?account_holder[customer_account]",
            Additive,
        ),
        (
            "in the body too",
            "POST /v1/financial_connections/sessions account_holder[customer_account]",
            Additive,
        ),
        (
            "features + transactions",
            "POST /v1/financial_connections/accounts/{account}/refresh features[] = transactions",
            Additive,
        ),
        ("filters − countries", "POST /v1/financial_connections/sessions filters[countries]", BreaksCallers),
        ("filters + country", "POST /v1/financial_connections/sessions filters[country]", Additive),
        (
            "filters + account_subcategories",
            "POST /v1/financial_connections/sessions filters[account_subcategories]",
            Additive,
        ),
        (
            "filters + require_payment_method_support",
            "POST /v1/financial_connections/sessions filters[require_payment_method_support]",
            Additive,
        ),
        ("+ limits", "POST /v1/financial_connections/sessions limits", Additive),
        ("+ manual_entry", "POST /v1/financial_connections/sessions manual_entry", Additive),
        (
            "prefetch + transactions",
            "POST /v1/financial_connections/sessions prefetch[] = transactions",
            Additive,
        ),
        // Objects
        ("account + account_numbers", "financial_connections.account.account_numbers", Additive),
        ("account + status_details", "financial_connections.account.status_details", Additive),
        ("account + subscriptions", "financial_connections.account.subscriptions", Additive),
        ("account + transaction_refresh", "financial_connections.account.transaction_refresh", Additive),
        ("permissions became open", "financial_connections.account.permissions[]", DocsOnly),
        (
            "payment method types became open",
            "financial_connections.account.supported_payment_method_types[]",
            DocsOnly,
        ),
        ("session + bank_account_token", "financial_connections.session.bank_account_token", Additive),
        ("session + limits", "financial_connections.session.limits", Additive),
        ("session + manual_entry", "financial_connections.session.manual_entry", Additive),
        ("client_secret may be null", "financial_connections.session.client_secret", BreaksCallers),
        (
            "session prefetch + transactions",
            "financial_connections.session.prefetch[] = transactions",
            Additive,
        ),
        ("+ transaction", "financial_connections.transaction", Additive),
        ("+ authorization, of the SDK spec", "financial_connections.authorization", Additive),
        ("title of account", "financial_connections.account", DocsOnly),
        ("title of session", "financial_connections.session", DocsOnly),
        ("title of account_owner", "financial_connections.account_owner", DocsOnly),
        ("title of account_ownership", "financial_connections.account_ownership", DocsOnly),
        ("holder + customer_account", "bank_connections_resource_accountholder.customer_account", Additive),
        (
            "balance refresh + next",
            "bank_connections_resource_balance_refresh.next_refresh_available_at",
            Additive,
        ),
        (
            "ownership refresh + next",
            "bank_connections_resource_ownership_refresh.next_refresh_available_at",
            Additive,
        ),
        (
            "session filters − countries",
            "bank_connections_resource_link_account_session_filters.countries",
            BreaksCallers,
        ),
        (
            "session filters + country",
            "bank_connections_resource_link_account_session_filters.country",
            Additive,
        ),
        (
            "session filters + subcategories",
            "bank_connections_resource_link_account_session_filters.account_subcategories",
            Additive,
        ),
        (
            "session filters + support",
            "bank_connections_resource_link_account_session_filters.require_payment_method_support",
            Additive,
        ),
        ("+ account_number_details", "bank_connections_resource_account_number_details", Additive),
        ("+ account_status_details", "bank_connections_resource_account_status_details", Additive),
        (
            "+ active status details",
            "bank_connections_resource_account_status_details_api_resource_active_status_details",
            Additive,
        ),
        ("+ session limits", "bank_connections_resource_link_account_session_limits", Additive),
        ("+ session manual entry", "bank_connections_resource_link_account_session_manual_entry", Additive),
        ("+ transaction_refresh", "bank_connections_resource_transaction_refresh", Additive),
        (
            "+ status transitions",
            "bank_connections_resource_transaction_resource_status_transitions",
            Additive,
        ),
        // Helpers of the authorization, of the SDK spec too
        (
            "+ authorization status details",
            "bank_connections_resource_authorization_status_details",
            Additive,
        ),
        (
            "+ its active form",
            "bank_connections_resource_authorization_status_details_api_resource_active_status_details",
            Additive,
        ),
        (
            "+ its inactive form",
            "bank_connections_resource_authorization_status_details_api_resource_inactive_status_details",
            Additive,
        ),
        // Shared schemas
        ("error + advice_code", "api_errors.advice_code", Additive),
        ("error + network_advice_code", "api_errors.network_advice_code", Additive),
        ("error + network_decline_code", "api_errors.network_decline_code", Additive),
        ("error source became open", "api_errors.source", DocsOnly),
        ("event + context", "event.context", Additive),
        ("title of event", "event", DocsOnly),
        ("event object is stated to be free-form", "notification_event_data.object", DocsOnly),
        ("previous attributes too", "notification_event_data.previous_attributes", DocsOnly),
        // Event types: nine more, none less.
        ("event", "event financial_connections.account.account_numbers_updated", Additive),
        ("event", "event financial_connections.account.expected_deactivation_date_updated", Additive),
        ("event", "event financial_connections.account.refreshed_ownership", Additive),
        ("event", "event financial_connections.account.refreshed_transactions", Additive),
        ("event", "event financial_connections.account.supported_payment_method_types_updated", Additive),
        ("event", "event financial_connections.account.upcoming_account_number_expiry", Additive),
        ("event", "event financial_connections.account.upcoming_deactivation", Additive),
        ("event", "event financial_connections.authorization.expected_deactivation_date_updated", Additive),
        ("event", "event financial_connections.authorization.upcoming_deactivation", Additive),
    ]
};

/// Requires that the report has each of them with its class, and no other change.
pub(super) fn assert_exactly(changes: &[Change]) {
    for (what, place, class) in KNOWN {
        let is_reported = changes
            .iter()
            .any(|change| change.class == *class && change.wire.iter().any(|wire| wire == place));
        assert!(is_reported, "not reported as {}: {what}, {place}", class.as_str());
    }
    for change in changes {
        for place in &change.wire {
            let known = KNOWN.iter().any(|(_, known, class)| {
                // The parts of a new item are new too.
                let part_of_new = *class == Class::Additive && wire::is_within(place, known);
                *class == change.class && (part_of_new || place == known || is_explode(change, place))
            });
            assert!(known, "reported, but not known: {change:?}");
        }
    }
}

/// "All form and path parameters" are too many to list.
fn is_explode(change: &Change, place: &str) -> bool {
    change.reason.starts_with("`explode` is stated") && place.contains(" ?")
}
