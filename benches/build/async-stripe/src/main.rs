//! Retrieves one account with async-stripe.

use stripe::Client;
use stripe_misc::financial_connections_account::RetrieveFinancialConnectionsAccount;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let client = Client::new(std::env::var("STRIPE_SECRET_KEY")?);
        let id = std::env::args().nth(1).ok_or("usage: retrieve-async-stripe ACCOUNT")?;
        let account = RetrieveFinancialConnectionsAccount::new(id).send(&client).await?;
        println!("{} {:?}", account.institution_name, account.status);
        Ok(())
    })
}
