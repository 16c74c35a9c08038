//! What it runs on.

use migrate_runtime::Model;

/// A place where servers stand.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "locations")]
pub struct Location {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The name to show.
    #[model(type = "VARCHAR", unique)]
    pub name: String,
    /// What people read about it.
    #[model(type = "VARCHAR")]
    pub description: Option<String>,
    /// What a month costs.
    pub price: f64,
    /// Whether it is on offer.
    pub is_active: Option<bool>,
    /// When the row was made.
    #[model(type = "TIMESTAMP")]
    pub created_at: Option<String>,
    /// When the row was changed last.
    #[model(type = "TIMESTAMP")]
    pub updated_at: Option<String>,
    /// Whether customers do not see it.
    #[model(default = false, index)]
    pub is_hidden: Option<bool>,
}

/// A machine that subscriptions run on.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "servers")]
pub struct Server {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The name to show.
    #[model(type = "VARCHAR")]
    pub name: String,
    /// Where the panel is.
    #[model(type = "VARCHAR")]
    pub api_url: String,
    /// The user of the panel.
    #[model(type = "VARCHAR")]
    pub api_username: String,
    /// What people read about it.
    #[model(type = "VARCHAR")]
    pub description: Option<String>,
    /// Whether it is on offer.
    pub is_active: Option<bool>,
    /// How many users it takes.
    pub max_users: Option<i32>,
    /// How many users it has.
    pub current_users: Option<i32>,
    /// When the row was made.
    #[model(type = "TIMESTAMP")]
    pub created_at: Option<String>,
    /// When the row was changed last.
    #[model(type = "TIMESTAMP")]
    pub updated_at: Option<String>,
    /// Where it stands.
    #[model(references(Location))]
    pub location_id: i32,
    /// The password of the panel.
    #[model(type = "VARCHAR", default = "")]
    pub api_password: String,
    /// The certificate of the panel.
    pub ssl_certificate: Option<String>,
    /// Until when it is paid.
    #[model(type = "TIMESTAMP", index)]
    pub payment_expire_date: Option<String>,
    /// For how many days it is paid at a time.
    pub payment_days: Option<i32>,
    /// Where links begin.
    #[model(type = "VARCHAR")]
    pub sub_url: Option<String>,
}
