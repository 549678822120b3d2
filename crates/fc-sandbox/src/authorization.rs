//! Log-ins: a user's consent at one institution, which all accounts linked with it share.
//!
//! The API has no endpoint for them; they show in events only.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::agenda::Task;
use crate::clock::Instant;
use crate::institution::{Connection, Institution, SOON};
use crate::model::AccountStatus;
use crate::table::Identified;
use crate::world::World;

/// How long before a planned end the user is to be warned.
pub(crate) const NOTICE: i64 = 30 * 24 * 60 * 60;

/// A log-in.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Authorization {
    pub(crate) id: String,
    pub(crate) institution_name: String,
    /// Rows of the accounts that were linked with it.
    pub(crate) accounts: Vec<u32>,
    /// When it is expected to end.
    pub(crate) ends_at: Option<i64>,
    /// Counts the plans for its end and its renewals, so that the tasks of an earlier plan are known for stale.
    pub(crate) plan: u32,
}

impl Identified for Authorization {
    fn id(&self) -> &str {
        &self.id
    }
}

impl World {
    /// A new log-in at an institution, without accounts yet.
    pub(crate) fn authorize(&mut self, institution_name: &str) -> u32 {
        let id = self.random.id("fcauth_");
        let institution_name = institution_name.to_owned();
        self.authorizations.add(Authorization {
            id,
            institution_name,
            accounts: Vec::new(),
            ends_at: None,
            plan: 0,
        })
    }

    /// What the institution does with a log-in after its accounts are linked.
    pub(crate) fn begin_connection(&mut self, authorization: u32, now: Instant) {
        match self.connection(authorization) {
            Connection::Lasting => {}
            Connection::BreaksSoon { .. } => {
                let plan = self.authorizations[authorization].plan;
                self.schedule(later(now, SOON), Task::EndConnection { authorization, plan });
            }
            Connection::Limited { lasts } => {
                self.plan_end(authorization, Some(now.unix().saturating_add(lasts)), now);
            }
        }
    }

    /// What it does after the user has logged in again.
    pub(crate) fn renew_connection(&mut self, authorization: u32, now: Instant) {
        // A break without notice was to be that of the log-in before.
        self.authorizations[authorization].plan += 1;
        if let Connection::BreaksSoon { renewal: Some(lasts) } | Connection::Limited { lasts } =
            self.connection(authorization)
        {
            self.plan_end(authorization, Some(now.unix().saturating_add(lasts)), now);
        }
    }

    fn connection(&self, authorization: u32) -> Connection {
        let name = &self.authorizations[authorization].institution_name;
        Institution::named(name).map_or(Connection::Lasting, Institution::connection)
    }

    /// Sets, moves or takes back the time at which a log-in is expected to end. The same time again changes nothing.
    pub(crate) fn plan_end(&mut self, authorization: u32, ends_at: Option<i64>, now: Instant) {
        let row = &self.authorizations[authorization];
        if row.ends_at == ends_at {
            return;
        }
        let row = &mut self.authorizations[authorization];
        row.ends_at = ends_at;
        row.plan += 1;
        let plan = row.plan;
        for account in self.active_accounts(authorization) {
            let kind = "financial_connections.account.expected_deactivation_date_updated";
            self.emit(kind, account, None, now);
        }
        let kind = "financial_connections.authorization.expected_deactivation_date_updated";
        self.emit_authorization(kind, authorization, now);
        let Some(ends_at) = ends_at else { return };
        let warn_at = Instant::from_unix(ends_at.saturating_sub(NOTICE));
        if warn_at > now {
            self.schedule(warn_at, Task::WarnOfDeactivation { authorization, plan });
        } else {
            self.warn_of_deactivation(authorization, plan, now);
        }
        self.schedule(Instant::from_unix(ends_at), Task::EndConnection { authorization, plan });
    }

    pub(crate) fn warn_of_deactivation(&mut self, authorization: u32, plan: u32, at: Instant) {
        let active = self.active_accounts(authorization);
        if self.authorizations[authorization].plan != plan || active.is_empty() {
            return;
        }
        for account in active {
            self.emit("financial_connections.account.upcoming_deactivation", account, None, at);
        }
        let kind = "financial_connections.authorization.upcoming_deactivation";
        self.emit_authorization(kind, authorization, at);
    }

    /// The log-in stops working: its accounts turn inactive.
    pub(crate) fn end_connection(&mut self, authorization: u32, plan: u32, at: Instant) {
        let row = &mut self.authorizations[authorization];
        if row.plan != plan {
            return;
        }
        row.ends_at = None;
        row.plan += 1;
        for account in self.active_accounts(authorization) {
            self.deactivate(account, at);
        }
    }

    pub(crate) fn active_accounts(&self, authorization: u32) -> Vec<u32> {
        let accounts = self.authorizations[authorization].accounts.iter().copied();
        accounts.filter(|account| self.accounts[*account].status == AccountStatus::Active).collect()
    }

    pub(crate) fn render_authorization(&self, authorization: u32) -> Value {
        let row = &self.authorizations[authorization];
        let active = !self.active_accounts(authorization).is_empty();
        let mut details = Map::new();
        if !active {
            details.insert("inactive".to_owned(), json!({ "action": "relink_required" }));
        } else if let Some(ends_at) = row.ends_at {
            let expected = json!({ "action": "relink_required", "expected_deactivation_date": ends_at });
            details.insert("active".to_owned(), expected);
        }
        json!({
            "id": row.id,
            "object": "financial_connections.authorization",
            "institution_name": row.institution_name,
            "livemode": self.livemode,
            "status": if active { "active" } else { "inactive" },
            "status_details": details,
        })
    }
}

pub(crate) fn later(now: Instant, seconds: i64) -> Instant {
    now.after(Duration::from_secs(seconds.unsigned_abs()))
}
