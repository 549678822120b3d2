//! Settings of snapshots: values that change with each run or release become a word in brackets.

use insta::Settings;

/// The settings of every snapshot.
pub(crate) fn settings() -> Settings {
    let mut settings = Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.add_filter(r"127\.0\.0\.1:\d+", "[host]");
    settings.add_filter(r"fc-client/\d+\.\d+\.\d+\S*", "fc-client/[version]");
    settings.add_filter(r"(?m)^(stripe-version: ).+$", "$1[api version]");
    settings.add_filter(r"(?m)^(idempotency-key: )[0-9a-f]{32}$", "$1[random]");
    settings
}
