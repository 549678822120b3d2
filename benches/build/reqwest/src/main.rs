//! Retrieves one account with reqwest and `serde_json` alone, untyped.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let client = reqwest::Client::new();
        let id = std::env::args().nth(1).ok_or("usage: retrieve-reqwest ACCOUNT")?;
        let url = format!("https://api.stripe.com/v1/financial_connections/accounts/{id}");
        let answer = client.get(url).bearer_auth(std::env::var("STRIPE_SECRET_KEY")?).send().await?;
        let account: serde_json::Value = serde_json::from_slice(&answer.error_for_status()?.bytes().await?)?;
        println!("{} {}", account["institution_name"], account["status"]);
        Ok(())
    })
}
