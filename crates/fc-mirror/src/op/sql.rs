//! Statements of the operations.

statements! {
    LOCK_SYNC = "lock_sync" one(Int, Text, Text);
    RAISE_WANTED = "raise_wanted" one(Int, Text, Text, Int, Int);
    INSERT_LISTED_SYNC = "insert_listed_sync" one(Int, Text, Text, Int, Int);
    INSERT_EVENT = "insert_event" one(Int, Text, Text, Text, Text, Int, Text, Text, Int, Text, Text);
    SET_EVENT_WANTED = "set_event_wanted" one(Int, Text, Text, Int);
    FORGET_BODIES = "forget_bodies" one(Int, Text, Text, Int);
    CLAIM = "claim" one(Texts, Text, Int, Int, Int, Int, Int);
    ACCOUNT_RAW = "account_raw" one(Int, Text, Text);
    KNOWN_ACCOUNTS = "known_accounts" one(Ints, Text, Texts);
    ACCOUNT_STATE = "account_state" one(Int, Text, Text);
    UPSERT_ACCOUNT = "upsert_account" one(
        Int, Text, Text, Text, Text, Text, Text, Text, Text, Text, Text, Flag, Int, Text, Text, Text, Text, Int, Int,
        Text, Text, Text, Int, Int, Int, Text, Int, Text, Text, Text, Int,
    );
    NEWEST_BALANCE = "newest_balance" one(Int, Text, Text);
    INSERT_BALANCES = "insert_balances" batch(Int, Text, Text, Int, Int, Text, Text, Int, Int, Int, Int, Int);
    KNOWN_TRANSACTIONS = "known_transactions" one(Int, Text, Text, Texts);
    UPSERT_TRANSACTIONS = "upsert_transactions" batch(
        Int, Text, Text, Text, Text, Int, Text, Text, Int, Int, Int, Int, Text, Flag, Int, Text, Text, Text,
    );
    INSERT_VERSIONS = "insert_versions" batch(
        Int, Text, Text, Text, Int, Text, Int, Text, Text, Int, Int, Int, Int, Text, Int,
    );
    NEXT_CHANGE = "next_change" one(Int, Int);
    INSERT_CHANGES = "insert_changes" batch(Int, Int, Text, Text, Text, Text, Text, Int, Int);
    SET_POSITION = "set_position" one(Int, Text, Text, Text);
    KNOWN_OWNERS = "known_owners" one(Int, Text, Text, Text);
    UPSERT_OWNERS = "upsert_owners" batch(
        Int, Text, Text, Text, Text, Text, Text, Text, Text, Int, Text, Text, Text,
    );
    SET_OWNERSHIP = "set_ownership" one(Int, Text, Text, Text);
    EXTEND_LEASE = "extend_lease" one(Int, Text, Text, Int, Int);
    FINISH_DONE = "finish_done" one(Int, Text, Text, Int, Int, Int);
    FINISH_FAILED = "finish_failed" one(Int, Text, Text, Int, Int, Int, Text);
    REPAIR_DUE = "repair_due" one(Int, Int, Int);
    UPSERT_TENANT = "upsert_tenant" one(Int, Text, Text, Flag, Text, Int);
    CLAIM_TENANT = "claim_tenant" one(Int, Text, Text, Int, Int, Int);
    SET_LISTING = "set_listing" one(Int, Text, Int, Text, Int, Int, Int);
    FINISH_LISTING = "finish_listing" one(Int, Text, Int, Int, Int, Int, Int);
    FAIL_TENANT = "fail_tenant" one(Int, Text, Int, Int, Text, Int);
    RELEASE_TENANT = "release_tenant" one(Int, Text, Int);
    EXTEND_TENANT = "extend_tenant" one(Int, Text, Int, Int);
    RAISE_LISTING = "raise_listing" one(Int, Text, Int);
    BACKLOG = "backlog" one(Texts, Int, Int, Int);
    TENANT_STATE = "tenant_state" one(Int, Text);
    CHANGES_AFTER = "changes_after" one(Int, Int, Int);
    ERASE_SYNC = "erase_sync" one(Int, Text, Text);
    ERASE_ACCOUNT = "erase_account" one(Int, Text, Text, Int);
    ERASE_OWNERS = "erase_owners" one(Int, Text, Text);
    ERASE_BALANCES = "erase_balances" one(Int, Text, Text);
    ERASE_TRANSACTIONS = "erase_transactions" one(Int, Text, Text);
    ERASE_VERSIONS = "erase_versions" one(Int, Text, Text);
    ERASE_BODIES = "erase_bodies" one(Int, Text, Text);
    ACCOUNTS_OF_HOLDER = "accounts_of_holder" one(Int, Text, Text);
    TENANT_OF_ACCOUNT = "tenant_of_account" one(Int, Texts, Text);
    STORED_TRANSACTIONS = "stored_transactions" one(Int, Text, Text);
    STORED_ACCOUNT = "stored_account" one(Int, Text, Text);
    UNSEEN_ACCOUNTS = "unseen_accounts" one(Int, Text, Text, Int, Int, Int);
    VANISH_ACCOUNT = "vanish_account" one(Int, Text, Text, Int);
    OLD_BALANCES = "old_balances" one(Int, Text, Int, Int, Int, Int, Int);
    ASK_BALANCE = "ask_balance" one(Int, Text, Text, Int);
    TAKE_REFRESH = "take_refresh" one(Int, Text, Int, Int);
    BEGIN_EVENTS = "begin_events" one(Int, Text, Int, Int, Int, Int, Int);
    SET_EVENTS = "set_events" one(Int, Text, Int, Int, Int);
    REREAD = "reread" one(Int, Text, Text);
    SEE_WORKER = "see_worker" one(Int, Text, Text, Int);
    FORGET_WORKER = "forget_worker" one(Int, Text, Text);
    LIVE_WORKERS = "live_workers" one(Int, Text, Int, Int);
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[cfg(feature = "sqlite")]
    #[test]
    fn every_statement_is_prepared_by_sqlite() {
        for statement in ALL {
            match crate::store::preparation::on_sqlite(statement) {
                Ok(parameters) => assert_eq!(parameters, statement.kinds.len(), "{}", statement.name),
                Err(error) => panic!("{}: {error}", statement.name),
            }
        }
    }

    #[cfg(feature = "postgres")]
    #[tokio::test]
    async fn every_statement_is_prepared_by_postgres() {
        let Some(cluster) = crate::testing::cluster::shared() else { return };
        let url = cluster.new_database();
        for statement in ALL {
            match crate::store::preparation::on_postgres(&url, statement).await {
                Ok(parameters) => assert_eq!(parameters, statement.kinds.len(), "{}", statement.name),
                Err(error) => panic!("{}: {error}", statement.name),
            }
        }
    }

    #[test]
    fn every_file_of_an_engine_is_a_statement() {
        for engine in ["sqlite", "postgres"] {
            let folder = format!("{}/sql/{engine}", env!("CARGO_MANIFEST_DIR"));
            let mut files: Vec<String> = std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter_map(|name| name.strip_suffix(".sql").map(str::to_owned))
                .collect();
            files.sort_unstable();
            let mut names: Vec<&str> = ALL.iter().map(|statement| statement.name).collect();
            names.sort_unstable();
            assert_eq!(files, names, "{engine}");
        }
    }
}
