//! Retrieves one account with fc-ext.

use fc_ext::FinancialConnections;
use fc_ext::types::AccountId;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let fc = FinancialConnections::from_env()?;
        let id: AccountId = std::env::args().nth(1).ok_or("usage: retrieve-fc-ext ACCOUNT")?.parse()?;
        let account = fc.accounts().retrieve(id).send().await?;
        println!("{} {:?}", account.institution_name, account.status);
        Ok(())
    })
}
