//! Customers, and the queries of the application.

use sqlx::{FromRow, PgConnection, PgPool};

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Customer {
    /// The key.
    pub id: i64,
    /// The given name; empty if the customer has only one name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
}

/// Returns the customers with tickets that are not closed, by family name.
///
/// # Errors
///
/// The database's error.
pub async fn with_open_tickets(pool: &PgPool) -> sqlx::Result<Vec<Customer>> {
    sqlx::query_as(
        "SELECT id, given_name, family_name FROM customers AS c \
         WHERE EXISTS (SELECT FROM tickets WHERE customer_id = c.id AND status <> 'closed') \
         ORDER BY family_name, given_name",
    )
    .fetch_all(pool)
    .await
}

/// Splits the full name of every customer, and returns how many there are.
///
/// # Errors
///
/// The database's error; then no customer has changed.
pub async fn split_names(db: &mut PgConnection) -> sqlx::Result<usize> {
    use sqlx::Connection as _;

    let mut transaction = db.begin().await?;
    let customers: Vec<(i64, String)> = sqlx::query_as("SELECT id, full_name FROM customers")
        .fetch_all(&mut *transaction)
        .await?;
    for (id, full_name) in &customers {
        let (given_name, family_name) = split(full_name);
        sqlx::query("UPDATE customers SET given_name = $1, family_name = $2 WHERE id = $3")
            .bind(given_name)
            .bind(family_name)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(customers.len())
}

/// Splits a name before its last word: `("Ada", "Lovelace")`.
#[must_use]
pub fn split(full_name: &str) -> (&str, &str) {
    let full_name = full_name.trim();
    full_name
        .rsplit_once(char::is_whitespace)
        .map_or(("", full_name), |(given, family)| {
            (given.trim_end(), family)
        })
}
