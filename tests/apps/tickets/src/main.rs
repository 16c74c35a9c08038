//! Prints the customers with open tickets.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let url =
        std::env::var("DATABASE_URL").unwrap_or_else(|_| "postgres://localhost/tickets".to_owned());
    let pool = tickets::start(&url).await?;
    for customer in tickets::customers::with_open_tickets(&pool).await? {
        println!("{}, {}", customer.family_name, customer.given_name);
    }
    Ok(())
}
