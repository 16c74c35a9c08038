//! How to set a device up.

#![allow(
    clippy::duplicated_attributes,
    reason = "two indexes may begin with the same column"
)]

use migrate_runtime::Model;

/// A kind of device.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "platforms")]
pub struct Platform {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The name to show.
    #[model(type = "VARCHAR", unique)]
    pub name: String,
    /// The name that people see.
    #[model(type = "VARCHAR")]
    pub display_name: String,
    /// What people read about it.
    #[model(type = "VARCHAR")]
    pub description: Option<String>,
    /// Whether it is on offer.
    #[model(index)]
    pub is_active: Option<bool>,
    /// Where it stands in a list.
    pub order: Option<i32>,
    /// When the row was made.
    #[model(type = "TIMESTAMP")]
    pub created_at: Option<String>,
    /// When the row was changed last.
    #[model(type = "TIMESTAMP")]
    pub updated_at: Option<String>,
}

/// How to set a device up.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "tutorials")]
#[model(index(platform_id, is_active, name = "idx_tutorial_platform_active"))]
#[model(index(platform_id, is_basic, name = "idx_tutorial_platform_basic"))]
pub struct Tutorial {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The kind of device.
    #[model(index, references(Platform))]
    pub platform_id: i32,
    /// The title.
    #[model(type = "VARCHAR")]
    pub title: String,
    /// The text.
    pub text: Option<String>,
    /// The key of a film on Telegram.
    #[model(type = "VARCHAR")]
    pub video_file_id: Option<String>,
    /// The key of a short film on Telegram.
    #[model(type = "VARCHAR")]
    pub video_note_id: Option<String>,
    /// Whether it comes first.
    #[model(index)]
    pub is_basic: Option<bool>,
    /// Where it stands in a list.
    pub order: Option<i32>,
    /// Whether it is on offer.
    #[model(index)]
    pub is_active: Option<bool>,
    /// When the row was made.
    #[model(type = "TIMESTAMP")]
    pub created_at: Option<String>,
    /// When the row was changed last.
    #[model(type = "TIMESTAMP")]
    pub updated_at: Option<String>,
}

/// A file of a tutorial.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "tutorial_files")]
pub struct TutorialFile {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The tutorial.
    #[model(index, references(Tutorial))]
    pub tutorial_id: i32,
    /// The key of the file on Telegram.
    #[model(type = "VARCHAR")]
    pub file_id: String,
    /// The file's name.
    #[model(type = "VARCHAR")]
    pub file_name: Option<String>,
    /// The file's kind.
    #[model(type = "VARCHAR")]
    pub file_type: Option<String>,
    /// What people read about it.
    #[model(type = "VARCHAR")]
    pub description: Option<String>,
    /// Where it stands in a list.
    pub order: Option<i32>,
    /// When the row was made.
    #[model(type = "TIMESTAMP")]
    pub created_at: Option<String>,
}
