//! The machines that subscriptions run on.

use migrate_runtime::v1::{Backend, Op, Result};
use postgres::GenericClient;

/// One server.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// The row's key.
    pub id: i32,
    /// The name to show.
    pub name: String,
    /// Where it stands.
    pub location_id: i32,
}

impl Server {
    /// Returns all servers by name.
    ///
    /// # Errors
    ///
    /// The database's error.
    pub fn all(client: &mut impl GenericClient) -> Result<Vec<Self>, postgres::Error> {
        let rows = client.query(
            "SELECT id, name, location_id FROM servers ORDER BY name",
            &[],
        )?;
        rows.iter()
            .map(|row| {
                Ok(Self {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    location_id: row.try_get(2)?,
                })
            })
            .collect()
    }
}

/// Gives each server the price of its location; returns how many there are.
///
/// # Errors
///
/// The database's error.
pub fn take_prices_of_locations(op: &mut Op<impl Backend>) -> Result<u64> {
    op.execute_with(
        "UPDATE servers SET price = locations.price FROM locations WHERE locations.id = servers.location_id",
        &[],
    )
}
