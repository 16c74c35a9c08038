//! Places where servers stand; what a customer chooses.

use migrate_runtime::v1::{Backend, Op, Result, params};
use postgres::GenericClient;

/// The name of the place of servers that never said theirs.
pub const NO_LOCATION: &str = "No location";

/// One place.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// The row's key.
    pub id: i32,
    /// The name to show.
    pub name: String,
    /// The price of a subscription here.
    pub price: f64,
    /// Whether it is on offer.
    pub is_active: Option<bool>,
}

impl Location {
    /// Returns all locations by name.
    ///
    /// # Errors
    ///
    /// The database's error.
    pub fn all(client: &mut impl GenericClient) -> Result<Vec<Self>, postgres::Error> {
        let sql = "SELECT id, name, price, is_active FROM locations ORDER BY name";
        let rows = client.query(sql, &[])?;
        rows.iter()
            .map(|row| {
                Ok(Self {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    price: row.try_get(2)?,
                    is_active: row.try_get(3)?,
                })
            })
            .collect()
    }
}

/// Makes a location of each text in `servers.location`, as cheap as its cheapest server; returns how many there are.
///
/// Servers without the text share one, so that each server has a location afterwards.
///
/// # Errors
///
/// The database's error.
pub fn create_from_servers(op: &mut Op<impl Backend>) -> Result<u64> {
    op.execute_with(
        "INSERT INTO locations (name, price, is_active, created_at, updated_at)
         SELECT coalesce(location, ?1), min(price), true, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP
         FROM servers GROUP BY 1 ORDER BY 1",
        &params![NO_LOCATION],
    )
}

/// Links each server to the location that its text names; returns how many it linked.
///
/// # Errors
///
/// The database's error.
pub fn link_servers(op: &mut Op<impl Backend>) -> Result<u64> {
    op.execute_with(
        "UPDATE servers SET location_id = locations.id FROM locations
         WHERE locations.name = coalesce(servers.location, ?1)",
        &params![NO_LOCATION],
    )
}

/// Writes each location's name into its servers; returns how many got one.
///
/// # Errors
///
/// The database's error.
pub fn write_names_into_servers(op: &mut Op<impl Backend>) -> Result<u64> {
    op.execute_with(
        "UPDATE servers SET location = locations.name FROM locations
         WHERE locations.id = servers.location_id AND locations.name <> ?1",
        &params![NO_LOCATION],
    )
}

/// Shows the locations that never said whether they are hidden.
///
/// # Errors
///
/// The database's error.
pub fn fill_is_hidden(op: &mut Op<impl Backend>) -> Result<u64> {
    op.execute_with(
        "UPDATE locations SET is_hidden = false WHERE is_hidden IS NULL",
        &[],
    )
}
