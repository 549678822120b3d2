//! Linking: what the user does in the browser, without one.

use std::fmt;

use crate::account_number::{AccountNumber, PaymentMethodType};
use crate::account_spec::{AccountOwner, AccountSpec};
use crate::clock::Instant;
use crate::institution::Institution;
use crate::model::{Account, AccountStatus, Feature, Session, Subscription};
use crate::random::Random;
use crate::world::World;

/// Why accounts were not linked; nothing was changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// No world has a session of this id or client secret.
    UnknownSession,
    /// The user has been through this session; it serves once.
    SessionFinished,
    /// More accounts than `limits[accounts]` lets through.
    TooManyAccounts {
        /// The limit.
        limit: i64,
        /// How many were to be linked.
        asked: usize,
    },
    /// An account that the session's filters do not offer.
    NotOffered {
        /// Its place among those given, from 0.
        index: usize,
        /// Which filter, and what it lets through.
        reason: String,
    },
    /// Nobody can log in at the account's institution.
    InstitutionDown {
        /// Its place among those given, from 0.
        index: usize,
        /// The institution.
        institution: String,
    },
    /// A description that no account can have.
    InvalidSpec {
        /// Its place among those given, from 0.
        index: usize,
        /// What is wrong.
        reason: String,
    },
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSession => {
                write!(f, "no session has this id or client secret: create one through the API first")
            }
            Self::SessionFinished => write!(f, "the session has been used: create another one"),
            Self::TooManyAccounts { limit, asked } => {
                write!(f, "the session takes at most {limit} accounts, not {asked}")
            }
            Self::NotOffered { index, reason } => {
                write!(f, "the session does not offer account {index}: {reason}")
            }
            Self::InstitutionDown { index, institution } => {
                write!(f, "account {index} cannot be linked: {institution} is down")
            }
            Self::InvalidSpec { index, reason } => write!(f, "account {index} cannot exist: {reason}"),
        }
    }
}

impl std::error::Error for LinkError {}

impl World {
    /// The session of this id or client secret.
    pub(crate) fn session(&self, id_or_secret: &str) -> Option<u32> {
        self.sessions.find(id_or_secret).or_else(|| self.session_by_secret.get(id_or_secret).copied())
    }

    /// The user goes through `session` and links these accounts; none when they leave early.
    pub(crate) fn link(
        &mut self,
        session: u32,
        mut specs: Vec<AccountSpec>,
        now: Instant,
    ) -> Result<Vec<String>, LinkError> {
        if self.sessions[session].finished {
            return Err(LinkError::SessionFinished);
        }
        for (index, spec) in specs.iter_mut().enumerate() {
            spec.follow_institution().map_err(|reason| LinkError::InvalidSpec { index, reason })?;
        }
        check(&self.sessions[session], &specs)?;
        self.require_open_institutions(&specs)?;
        self.sessions[session].finished = true;
        let prefetch = self.sessions[session].prefetch.clone();
        let (mut ids, mut log_ins) = (Vec::new(), Vec::new());
        for spec in specs {
            let number = spec.number;
            let authorization = self.log_in(&mut log_ins, &spec.institution);
            let account = self.open_account(session, authorization, spec, now);
            self.emit("financial_connections.account.created", account, None, now);
            for feature in prefetch.iter().filter_map(|name| Feature::from_name(name)) {
                self.start_refresh(account, feature, None, now);
            }
            self.begin_number(account, number, now);
            ids.push(self.accounts[account].id.clone());
        }
        for (_, authorization) in log_ins {
            self.begin_connection(authorization, now);
        }
        Ok(ids)
    }

    fn require_open_institutions(&self, specs: &[AccountSpec]) -> Result<(), LinkError> {
        for (index, spec) in specs.iter().enumerate() {
            let institution = &spec.institution;
            let closed = Institution::named(institution).is_some_and(|known| known.outage().is_some());
            if closed || self.faults.is_down(institution) {
                return Err(LinkError::InstitutionDown { index, institution: institution.clone() });
            }
        }
        Ok(())
    }

    /// The log-in at an institution, one for all accounts that are linked together.
    fn log_in(&mut self, log_ins: &mut Vec<(String, u32)>, institution: &str) -> u32 {
        if let Some((_, authorization)) = log_ins.iter().find(|(name, _)| name == institution) {
            return *authorization;
        }
        let authorization = self.authorize(institution);
        log_ins.push((institution.to_owned(), authorization));
        authorization
    }

    fn open_account(&mut self, session: u32, authorization: u32, spec: AccountSpec, now: Instant) -> u32 {
        let id = self.random.id("fca_");
        let mut random = Random::new(self.seed, &["account", &id]);
        let last4 = spec.last4.unwrap_or_else(|| format!("{:04}", random.below(10_000)));
        let owners = spec.owners.unwrap_or_else(|| vec![AccountOwner::invented(&mut random)]);
        let Session { holder, permissions, .. } = &self.sessions[session];
        let account = Account {
            created: now.unix(),
            holder: holder.clone(),
            institution_name: spec.institution,
            display_name: spec.display_name,
            last4,
            currency: spec.currency,
            category: spec.category.into(),
            subcategory: spec.subcategory.into(),
            permissions: permissions.clone(),
            status: AccountStatus::Active,
            authorization,
            payment_methods: if spec.payable { vec![PaymentMethodType::UsBankAccount] } else { Vec::new() },
            number: spec.payable.then(|| AccountNumber::new(spec.number, now)),
            balance: None,
            balance_attempt: None,
            ownership: None,
            ownership_attempt: None,
            transactions_attempt: None,
            transaction_refresh: None,
            subscription: Subscription::default(),
            owners,
            transactions: spec.transactions,
            failing: spec.failing,
            outcomes: Vec::new(),
            id,
        };
        let holder = account.holder.clone();
        let account = self.accounts.add(account);
        self.accounts_of.entry(holder).or_default().push(account);
        self.sessions[session].accounts.push(account);
        self.authorizations[authorization].accounts.push(account);
        account
    }
}

fn check(session: &Session, specs: &[AccountSpec]) -> Result<(), LinkError> {
    if let Some(limit) = session.account_limit
        && i64::try_from(specs.len()).is_ok_and(|asked| asked > limit)
    {
        return Err(LinkError::TooManyAccounts { limit, asked: specs.len() });
    }
    let support = session.filters.as_ref().and_then(|filters| filters.payment_method_support.as_deref());
    for (index, spec) in specs.iter().enumerate() {
        if let Some(reason) = spec.impossible() {
            return Err(LinkError::InvalidSpec { index, reason });
        }
        if let Some(reason) = refusal(session, spec) {
            return Err(LinkError::NotOffered { index, reason });
        }
    }
    if support == Some("at_least_one") && !specs.is_empty() && !specs.iter().any(|spec| spec.payable) {
        let reason =
            "filters[require_payment_method_support] is at_least_one, and no account can be paid with";
        return Err(LinkError::NotOffered { index: 0, reason: reason.to_owned() });
    }
    Ok(())
}

/// Why the session does not let an account through, for itself alone.
pub(crate) fn refusal(session: &Session, spec: &AccountSpec) -> Option<String> {
    let support = session.filters.as_ref().and_then(|filters| filters.payment_method_support.as_deref());
    if support == Some("all") && !spec.payable {
        return Some("filters[require_payment_method_support] is all, and it cannot be paid with".to_owned());
    }
    let filters = session.filters.as_ref()?;
    if let Some(offered) = &filters.account_subcategories
        && !offered.iter().any(|subcategory| subcategory == spec.subcategory)
    {
        return Some(format!("filters[account_subcategories] lets through {}", offered.join(", ")));
    }
    match &filters.country {
        Some(country) if !country.eq_ignore_ascii_case(&spec.country) => {
            Some(format!("filters[country] is {country}"))
        }
        _ => None,
    }
}
