//! `fcctl link`: a user links accounts in the browser, from the terminal.

mod page;

use std::time::Duration;

use clap::Args;
use fc_ext::types::Session;
use fc_ext::{FinancialConnections, NewAccountHolder, Paged as _, RefreshFeature};

use self::page::{LocalPage, Result as PageResult};
use crate::argument::{Feature, Holder, Permission, duration};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::http::Controls;
use crate::output::Printer;
use crate::rows::account::ACCOUNTS;
use crate::terminal::{self, Progress};

/// Where Stripe serves its library for browsers.
const STRIPE_JS: &str = "https://js.stripe.com/v3/";

/// Time between two looks at the session.
const INTERVAL: Duration = Duration::from_secs(1);

/// Open the linking page in the browser, wait until the user has linked accounts, and print them.
///
/// Against a sandbox it is the sandbox's page, offline. Against Stripe it is a page on this machine that opens Stripe's
/// modal; STRIPE_PUBLISHABLE_KEY or the profile has the publishable key for it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fcctl link
  fcctl link --holder cus_1 --permission balances --permission transactions
  fcctl link --no-browser --jsonl --fields id")]
pub(crate) struct Arguments {
    /// Customer (`cus_…`) or Stripe account (`acct_…`) that links; in test mode by default a new customer
    #[arg(long, value_name = "HOLDER")]
    holder: Option<Holder>,
    /// Permission to ask for; can be repeated
    #[arg(long = "permission", value_name = "PERMISSION", value_enum, value_delimiter = ',',
        default_values = ["balances", "ownership", "payment_method", "transactions"])]
    permissions: Vec<Permission>,
    /// Data to fetch when an account is linked; can be repeated
    #[arg(long, value_name = "FEATURE", value_enum, value_delimiter = ',')]
    prefetch: Vec<Feature>,
    /// Wait at most this long
    #[arg(long, value_name = "SPAN", default_value = "15m", value_parser = duration)]
    timeout: Duration,
    /// Print the address of the page, and do not open it
    #[arg(long)]
    no_browser: bool,
    /// Address of Stripe.js, for tests of the page
    #[arg(long, value_name = "URL", default_value = STRIPE_JS, hide = true)]
    stripe_js: String,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let target = context.target()?;
    let client = context.client()?;
    let mut printer = Printer::new(&context.output, &ACCOUNTS)?;
    let is_sandbox = !target.is_stripe() && Controls::of(&target.base_url)?.exist().await;
    let publishable_key = if is_sandbox {
        None
    } else {
        Some(target.publishable_key.clone().ok_or_else(|| {
            Failure::new(Exit::Denied, "the page of Stripe needs the publishable key of your account")
                .next("set STRIPE_PUBLISHABLE_KEY (pk_…), which Stripe's dashboard shows")
        })?)
    };
    let session = create(context, &client, &arguments).await?;
    context.when_interrupted(format!("see what was linked with fcctl sessions show {}", session.id));
    let Some(secret) = &session.client_secret else {
        return Err(Failure::new(Exit::Failed, "the session came without a client secret"));
    };
    let (url, page) = match &publishable_key {
        None => (format!("{}#{}", Controls::of(&target.base_url)?.url("/link"), secret.expose()), None),
        Some(key) => {
            let page = LocalPage::serve(key, secret.expose(), &arguments.stripe_js).await?;
            (page.url().to_owned(), Some(page))
        }
    };
    terminal::note(&format!("{}link accounts at {url}", if target.is_live() { "LIVE MODE: " } else { "" }));
    if !arguments.no_browser {
        terminal::open_page(&url);
    }
    let progress = Progress::new("waiting for the user");
    let waited = tokio::time::timeout(arguments.timeout, wait(&client, &session, page)).await;
    drop(progress);
    let later = format!("see later with fcctl sessions show {}", session.id);
    waited.map_err(|_| Failure::new(Exit::NotNow, "no account was linked in time").next(later))??;
    let mut accounts = client.accounts().list().session(&session.id).limit(100).items();
    while let Some(account) = accounts.next().await {
        printer.row(&account?)?;
    }
    printer.finish()
}

async fn create(
    context: &Context,
    client: &FinancialConnections,
    arguments: &Arguments,
) -> Result<Session, Failure> {
    let holder = match &arguments.holder {
        Some(Holder(holder)) => holder.clone(),
        None if context.target()?.is_live() => {
            return Err(
                Failure::usage("live mode: name who links").next("add --holder cus_… or --holder acct_…")
            );
        }
        None => NewAccountHolder::Customer(client.customers().create().name("fcctl link").send().await?.id),
    };
    let permissions = arguments.permissions.iter().copied().map(fc_ext::Permission::from);
    let mut request = client.sessions().create(holder, permissions);
    if !arguments.prefetch.is_empty() {
        request = request.prefetch(arguments.prefetch.iter().copied().map(RefreshFeature::from));
    }
    Ok(request.send().await?)
}

/// Waits until the session has accounts, or until the page says how it ended.
async fn wait(
    client: &FinancialConnections,
    session: &Session,
    page: Option<LocalPage>,
) -> Result<(), Failure> {
    let mut page = page;
    loop {
        let ended = async {
            match &mut page {
                Some(page) => page.result().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            result = ended => return match result {
                PageResult::Linked => Ok(()),
                PageResult::Cancelled => {
                    Err(Failure::new(Exit::Failed, "the user closed the page without linking an account"))
                }
                PageResult::Failed(reason) => Err(Failure::new(Exit::Failed, format!("Stripe's page failed: {reason}"))
                    .next("check the publishable key: it belongs to the same account and mode as the secret one")),
            },
            () = tokio::time::sleep(INTERVAL) => {}
        }
        match client.sessions().retrieve(&session.id).send().await {
            Ok(session) if !session.accounts.data.is_empty() => return Ok(()),
            Ok(_) => {}
            Err(error) if error.is_retryable() => {}
            Err(error) => return Err(error.into()),
        }
    }
}
