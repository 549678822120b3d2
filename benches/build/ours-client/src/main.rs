//! Retrieves one account with fc-client.

use fc_client::Client;
use fc_client::types::AccountId;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let client = Client::from_env()?;
        let id: AccountId = std::env::args().nth(1).ok_or("usage: retrieve-fc-client ACCOUNT")?.parse()?;
        let account = client.retrieve_account(id).send().await?;
        println!("{} {:?}", account.institution_name, account.status);
        Ok(())
    })
}
