//! A sandbox in this process, which stands in for Stripe while there is no key.

use std::error::Error;
use std::path::Path;

use fc_ext::{ApiKey, Config};
use fc_sandbox::Sandbox;
use tokio::net::TcpListener;

use crate::settings::{Events, Stripe};

/// Starts a sandbox on a free port. Its state is in a file, so that linked accounts are still there after a restart.
/// It ends with the process.
pub(crate) async fn start(file: &Path) -> Result<(Stripe, String), Box<dyn Error + Send + Sync>> {
    let sandbox = Sandbox::builder().open(file)?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { sandbox.run([listener], std::future::pending()).await });
    // Any key with this beginning is one for the sandbox.
    let key = ApiKey::new("sk_test_of_the_bank_app")?;
    let stripe = Stripe {
        config: Config::new(key).with_base_url(&url),
        publishable_key: "pk_test_of_the_bank_app".to_owned(),
        script: format!("{url}/_sandbox/fc.js"),
        events: Events::NewEndpoint,
    };
    Ok((stripe, format!("{url}/_sandbox/console")))
}
