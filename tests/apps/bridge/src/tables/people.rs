//! Those who use the service, and those who run it.

use migrate_runtime::Model;

use super::sales::Tariff;

/// A customer.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "users")]
pub struct User {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The key on Telegram.
    #[model(type = "VARCHAR", unique_index)]
    pub tg_id: String,
    /// The name on Telegram.
    #[model(type = "VARCHAR")]
    pub username: Option<String>,
    /// The key in the panel.
    #[model(type = "VARCHAR")]
    pub x3ui_id: Option<String>,
    /// The tariff.
    #[model(references(Tariff))]
    pub plan_id: Option<i32>,
    /// When it ends.
    #[model(type = "TIMESTAMP")]
    pub expire_date: Option<String>,
    /// How far it is.
    #[model(type = "VARCHAR")]
    pub status: Option<String>,
    /// How many gigabytes it has used.
    pub traffic_used: Option<f64>,
    /// How many gigabytes it may use.
    pub traffic_limit: Option<f64>,
    /// Whether the user runs the service.
    pub is_admin: Option<bool>,
    /// When the row was made.
    #[model(type = "TIMESTAMP")]
    pub created_at: Option<String>,
    /// Whether the first discount is used up.
    #[model(default = false)]
    pub used_first_purchase_discount: Option<bool>,
    /// The key in links.
    #[model(type = "VARCHAR", index)]
    pub sub_id: Option<String>,
    /// The address.
    #[model(type = "VARCHAR")]
    pub email: Option<String>,
}

/// A question of a customer.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "support_tickets")]
pub struct SupportTicket {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The user.
    #[model(references(User))]
    pub user_id: i32,
    /// What the user wrote.
    pub message: String,
    /// How far it is.
    #[model(type = "VARCHAR")]
    pub status: Option<String>,
    /// What the answer is.
    #[model(type = "VARCHAR")]
    pub admin_response: Option<String>,
    /// When the row was made.
    #[model(type = "TIMESTAMP")]
    pub created_at: Option<String>,
    /// When the row was changed last.
    #[model(type = "TIMESTAMP")]
    pub updated_at: Option<String>,
    /// When it was answered.
    #[model(type = "TIMESTAMP")]
    pub answered_at: Option<String>,
    /// The key of a picture on Telegram.
    #[model(type = "VARCHAR")]
    pub photo_file_id: Option<String>,
}

/// A page of the handbook for those who run the service.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "admin_documentation")]
pub struct AdminDocumentation {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The title.
    #[model(type = "VARCHAR")]
    pub title: String,
    /// The text.
    pub content: Option<String>,
    /// When the row was made.
    #[model(type = "TIMESTAMP")]
    pub created_at: Option<String>,
    /// When the row was changed last.
    #[model(type = "TIMESTAMP")]
    pub updated_at: Option<String>,
    /// Who wrote it.
    #[model(references(User))]
    pub created_by: Option<i32>,
}

/// A file of such a page.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "admin_documentation_files")]
pub struct AdminDocumentationFile {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The page.
    #[model(index, references(AdminDocumentation))]
    pub documentation_id: i32,
    /// The key of the file on Telegram.
    #[model(type = "VARCHAR")]
    pub file_id: String,
    /// The file's name.
    #[model(type = "VARCHAR")]
    pub file_name: Option<String>,
    /// The file's kind.
    #[model(type = "VARCHAR")]
    pub file_type: String,
    /// What people read about it.
    #[model(type = "VARCHAR")]
    pub description: Option<String>,
    /// Where it stands in a list.
    pub order: Option<i32>,
    /// When the row was made.
    #[model(type = "TIMESTAMP")]
    pub created_at: Option<String>,
}
