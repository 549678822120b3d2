//! Linking: what the user does in the browser, without one.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account_number::{AccountNumber, PaymentMethodType};
use crate::clock::Instant;
use crate::institution::{Institution, NumberPlan};
use crate::model::{Account, AccountStatus, Feature, Session, Subscription};
use crate::random::Random;
use crate::world::World;

/// An account that a user has at an institution, to be linked.
///
/// ```
/// use fc_sandbox::{AccountOwner, AccountSpec};
///
/// let spec = AccountSpec::checking()
///     .institution("Harbor Bank")
///     .display_name("Household")
///     .last4("6789")
///     .owners([AccountOwner::new("Jane Diaz").email("jane@example.com")])
///     .transactions(250);
/// # let _ = spec;
/// ```
#[derive(Clone, Debug)]
pub struct AccountSpec {
    pub(crate) category: &'static str,
    pub(crate) subcategory: &'static str,
    institution: String,
    pub(crate) display_name: Option<String>,
    pub(crate) last4: Option<String>,
    currency: String,
    country: String,
    owners: Option<Vec<AccountOwner>>,
    transactions: u32,
    pub(crate) payable: bool,
    number: NumberPlan,
    failing: Vec<Feature>,
}

impl AccountSpec {
    /// The most transactions that an account can have had: whoever reads one of them has all of them worked out, in memory.
    pub const MAX_TRANSACTIONS: u32 = 1_000_000;

    fn new(category: &'static str, subcategory: &'static str, display_name: &str) -> Self {
        Self {
            category,
            subcategory,
            institution: "Test Institution".to_owned(),
            display_name: Some(display_name.to_owned()),
            last4: None,
            currency: "usd".to_owned(),
            country: "US".to_owned(),
            owners: None,
            transactions: 40,
            payable: category == "cash",
            number: NumberPlan::Plain,
            failing: Vec::new(),
        }
    }

    /// A checking account.
    #[must_use]
    pub fn checking() -> Self {
        Self::new("cash", "checking", "Checking")
    }

    /// A savings account.
    #[must_use]
    pub fn savings() -> Self {
        Self::new("cash", "savings", "Savings")
    }

    /// A credit card.
    #[must_use]
    pub fn credit_card() -> Self {
        Self::new("credit", "credit_card", "Credit Card")
    }

    /// A line of credit.
    #[must_use]
    pub fn line_of_credit() -> Self {
        Self::new("credit", "line_of_credit", "Line of Credit")
    }

    /// A mortgage.
    #[must_use]
    pub fn mortgage() -> Self {
        Self::new("credit", "mortgage", "Mortgage")
    }

    /// An investment account.
    #[must_use]
    pub fn investment() -> Self {
        Self::new("investment", "other", "Brokerage")
    }

    /// The account of a kind's name, as the control endpoint has them: `checking`, `savings`, `credit_card`,
    /// `line_of_credit`, `mortgage` or `investment`.
    #[must_use]
    pub fn of_kind(kind: &str) -> Option<Self> {
        Some(match kind {
            "checking" => Self::checking(),
            "savings" => Self::savings(),
            "credit_card" => Self::credit_card(),
            "line_of_credit" => Self::line_of_credit(),
            "mortgage" => Self::mortgage(),
            "investment" => Self::investment(),
            _ => return None,
        })
    }

    /// The name of the bank. A test institution ([`Institution`]) does with the account what it does with its own.
    #[must_use]
    pub fn institution(mut self, name: impl Into<String>) -> Self {
        self.institution = name.into();
        self
    }

    /// What the bank or the holder calls the account.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// The last four digits of the number; random if not given.
    #[must_use]
    pub fn last4(mut self, digits: impl Into<String>) -> Self {
        self.last4 = Some(digits.into());
        self
    }

    /// The currency, in lower case; `usd` if not given.
    #[must_use]
    pub fn currency(mut self, currency: impl Into<String>) -> Self {
        self.currency = currency.into();
        self
    }

    /// The country of the institution; `US` if not given.
    #[must_use]
    pub fn country(mut self, country: impl Into<String>) -> Self {
        self.country = country.into();
        self
    }

    /// Who owns it; one person with an invented name if not given. If there is nobody, a refresh of the owners succeeds and
    /// brings none.
    #[must_use]
    pub fn owners(mut self, owners: impl IntoIterator<Item = AccountOwner>) -> Self {
        self.owners = Some(owners.into_iter().collect());
        self
    }

    /// How many transactions the account has had, in the last 180 days at most; 40 if not given, and
    /// [`AccountSpec::MAX_TRANSACTIONS`] at most. It goes on at that pace.
    #[must_use]
    pub fn transactions(mut self, count: u32) -> Self {
        self.transactions = count;
        self
    }

    /// Makes it an account that no payment can be made with.
    #[must_use]
    pub fn not_payable(mut self) -> Self {
        self.payable = false;
        self
    }

    /// Lets every refresh of `feature` fail.
    #[must_use]
    pub fn failing(mut self, feature: Feature) -> Self {
        self.failing.push(feature);
        self
    }

    /// Gives it a tokenized account number, which expires this long after linking.
    #[must_use]
    pub fn number_expiring_in(mut self, lasts: Duration) -> Self {
        self.number = NumberPlan::Expiring { lasts: i64::try_from(lasts.as_secs()).unwrap_or(i64::MAX) };
        self
    }

    pub(crate) fn number(mut self, plan: NumberPlan) -> Self {
        self.number = plan;
        self
    }

    /// Makes it what the test institution offers under this name: its number is as that account's, and it cannot be paid
    /// with if that cannot.
    fn follow_institution(&mut self) -> Result<(), String> {
        let Some(institution) = Institution::named(&self.institution) else { return Ok(()) };
        let offered = institution.accounts();
        let like = offered.iter().find(|account| account.display_name == self.display_name);
        match like {
            Some(account) => {
                self.number = account.number;
                self.payable &= account.payable;
                self.failing.extend(&account.failing);
                if self.owners.is_none() {
                    self.owners.clone_from(&account.owners);
                }
            }
            // Whatever it is called, nothing at this institution can be paid with.
            None if offered.iter().all(|account| !account.payable) => self.payable = false,
            None if self.number == NumberPlan::Plain
                && offered.iter().all(|account| account.number != NumberPlan::Plain) =>
            {
                let names: Vec<&str> =
                    offered.iter().filter_map(|account| account.display_name.as_deref()).collect();
                return Err(format!(
                    "its institution tells accounts apart by their names: set display_name to one of {}",
                    names.join(", ")
                ));
            }
            None => {}
        }
        Ok(())
    }
}

/// An owner of an account, as the bank knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountOwner {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) email: Option<String>,
    #[serde(default)]
    pub(crate) phone: Option<String>,
    #[serde(default)]
    pub(crate) raw_address: Option<String>,
}

impl AccountOwner {
    /// An owner of whom only the name is known.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), email: None, phone: None, raw_address: None }
    }

    /// The e-mail address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// The telephone number.
    #[must_use]
    pub fn phone(mut self, phone: impl Into<String>) -> Self {
        self.phone = Some(phone.into());
        self
    }

    /// The address, in one line.
    #[must_use]
    pub fn raw_address(mut self, address: impl Into<String>) -> Self {
        self.raw_address = Some(address.into());
        self
    }
}

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
        let owners = spec.owners.unwrap_or_else(|| vec![invented_owner(&mut random)]);
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
        if let Some(reason) = impossible(spec) {
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

fn impossible(spec: &AccountSpec) -> Option<String> {
    let four_digits = |text: &String| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !spec.last4.as_ref().is_none_or(four_digits) {
        return Some("last4 must be four digits".to_owned());
    }
    if spec.currency.len() != 3 || !spec.currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Some("the currency must be three lower-case letters, such as usd".to_owned());
    }
    if spec.institution.is_empty() {
        return Some("the institution needs a name".to_owned());
    }
    if spec.transactions > AccountSpec::MAX_TRANSACTIONS {
        let (most, asked) = (AccountSpec::MAX_TRANSACTIONS, spec.transactions);
        return Some(format!("transactions must be at most {most}, not {asked}"));
    }
    None
}

fn invented_owner(random: &mut Random) -> AccountOwner {
    let first =
        *random.pick(&["Amara", "Ben", "Chiara", "Diego", "Elif", "Farid", "Grace", "Hana", "Ines", "Jonas"]);
    let last = *random
        .pick(&["Abara", "Brandt", "Cole", "Dufour", "Endo", "Ferris", "Gupta", "Hughes", "Ito", "Jensen"]);
    let street = *random.pick(&["Maple Court", "Harbor Road", "Hill Street", "Oak Avenue", "River Lane"]);
    AccountOwner::new(format!("{first} {last}"))
        .email(format!("{}.{}@example.com", first.to_lowercase(), last.to_lowercase()))
        // 555-0100 to 555-0199 are kept for fiction.
        .phone(format!("+1 {}-555-01{:02}", random.between(201, 989), random.below(100)))
        .raw_address(format!(
            "{} {street}, Springfield, OR {}",
            random.between(1, 999),
            random.between(97_475, 97_478)
        ))
}
