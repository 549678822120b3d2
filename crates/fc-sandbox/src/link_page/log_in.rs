//! Log-in at a test institution: a function from all input so far to the next step.
//!
//! The sandbox stores nothing between the steps; each request of the page holds all input so far.

use serde::{Deserialize, Serialize};

use crate::bank::institution::{Institution, LogIn, Outage};

/// The input of the user so far. It has no `Debug`, because people type real passwords into test pages.
#[derive(Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Entered {
    /// The name of the institution.
    pub(super) institution: String,
    /// Whether the user agreed on the institution's page, or clicked through a log-in without questions.
    authorized: bool,
    user_name: String,
    password: String,
    /// The key of the method for sending a code.
    method: String,
    code: String,
    confirmed: bool,
    /// The answer to the security question.
    answer: String,
}

impl Entered {
    /// Whether the user has only just chosen the institution.
    pub(super) fn is_nothing(&self) -> bool {
        *self == Self { institution: self.institution.clone(), ..Self::default() }
    }
}

/// The next step.
pub(super) enum Next {
    Ask(Step),
    /// The session is finished, without accounts.
    End {
        message: &'static str,
    },
    /// The user is logged in.
    Accounts,
}

/// A step that the page shows to the user.
#[derive(Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(super) enum Step {
    Unavailable { outage: Outage },
    Simple,
    Credentials { incorrect: bool },
    Oauth,
    Method { methods: &'static [Method] },
    Code { sent_to: &'static str },
    Confirm,
    SecurityQuestion { question: &'static str },
}

impl Step {
    /// The institution is down without notice.
    pub(super) const DOWN: Self = Self::Unavailable { outage: Outage::Unscheduled };
}

/// A method for sending a code.
#[derive(Serialize)]
pub(super) struct Method {
    key: &'static str,
    label: &'static str,
    #[serde(skip)]
    sent_to: &'static str,
}

static METHODS: &[Method] = &[
    Method {
        key: "text", label: "Text message to •••• 0143", sent_to: "the number that ends in 0143"
    },
    Method { key: "email", label: "E-mail to j•••@example.com", sent_to: "j•••@example.com" },
];

/// The step after this input, or the reason why the input is invalid. Every code and every answer is right; only passwords
/// have meanings.
pub(super) fn next(institution: &Institution, entered: &Entered) -> Result<Next, String> {
    if let Some(outage) = institution.outage() {
        return Ok(Next::Ask(Step::Unavailable { outage }));
    }
    match institution.log_in() {
        LogIn::Simple if !entered.authorized => Ok(Next::Ask(Step::Simple)),
        LogIn::OAuth if !entered.authorized => Ok(Next::Ask(Step::Oauth)),
        LogIn::Simple | LogIn::OAuth => Ok(Next::Accounts),
        LogIn::Credentials => credentials(entered),
    }
}

fn credentials(entered: &Entered) -> Result<Next, String> {
    if entered.user_name.is_empty() || entered.password.is_empty() {
        return Ok(Next::Ask(Step::Credentials { incorrect: false }));
    }
    let sent_to = METHODS[0].sent_to;
    Ok(match entered.password.as_str() {
        "incorrect" => Next::Ask(Step::Credentials { incorrect: true }),
        "error" => Next::End { message: "The bank ended the log-in with an error." },
        "options" if entered.method.is_empty() => Next::Ask(Step::Method { methods: METHODS }),
        "options" => {
            let method = METHODS.iter().find(|method| method.key == entered.method);
            let method = method.ok_or_else(|| {
                let keys: Vec<&str> = METHODS.iter().map(|method| method.key).collect();
                format!("no code can be sent by `{}`: choose one of {}", entered.method, keys.join(", "))
            })?;
            ask_unless(!entered.code.is_empty(), Step::Code { sent_to: method.sent_to })
        }
        "mfa" => ask_unless(!entered.code.is_empty(), Step::Code { sent_to }),
        "confirm_mfa" => ask_unless(entered.confirmed, Step::Confirm),
        "security_question" => {
            let question = "What was the name of your first pet?";
            ask_unless(!entered.answer.is_empty(), Step::SecurityQuestion { question })
        }
        _ => Next::Accounts,
    })
}

fn ask_unless(given: bool, step: Step) -> Next {
    if given { Next::Accounts } else { Next::Ask(step) }
}
