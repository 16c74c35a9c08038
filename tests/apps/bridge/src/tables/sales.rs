//! What is sold, and how it is paid.

#![allow(
    clippy::duplicated_attributes,
    reason = "two indexes may begin with the same column"
)]

use migrate_runtime::Model;

use super::machines::Server;
use super::people::User;

/// What a subscription costs.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "tariffs")]
pub struct Tariff {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The name to show.
    #[model(type = "VARCHAR")]
    pub name: String,
    /// What a month costs.
    pub price: f64,
    /// For how many days.
    pub duration_days: i32,
    /// How many gigabytes it may use.
    pub traffic_limit: Option<f64>,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "payments")]
pub struct Payment {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The key on Telegram.
    #[model(type = "VARCHAR", references(User(tg_id)))]
    pub tg_id: String,
    /// How much, in units of the currency.
    pub amount: f64,
    /// The currency's ISO code.
    #[model(type = "VARCHAR", default = "RUB")]
    pub currency: Option<String>,
    /// The tariff.
    #[model(references(Tariff))]
    pub tariff_id: Option<i32>,
    /// How far it is.
    #[model(type = "VARCHAR")]
    pub status: Option<String>,
    /// When the row was made.
    #[model(type = "TIMESTAMP")]
    pub created_at: Option<String>,
    /// The server.
    #[model(references(Server))]
    pub server_id: Option<i32>,
    /// The key of the payment at the bank.
    #[model(type = "VARCHAR", unique_index)]
    pub yookassa_payment_id: Option<String>,
    /// When it was paid.
    #[model(type = "TIMESTAMP")]
    pub paid_at: Option<String>,
}

/// A code that makes a subscription cheaper.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "promo_codes")]
pub struct PromoCode {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// What the user types.
    #[model(type = "VARCHAR", unique_index)]
    pub code: String,
    /// How many percent less it costs.
    pub discount_percent: f64,
    /// How often it may be used; without end if empty.
    pub max_uses: Option<i32>,
    /// How often it was used.
    pub current_uses: Option<i32>,
    /// Whether it is on offer.
    pub is_active: Option<bool>,
    /// When the row was made.
    #[model(type = "TIMESTAMP")]
    pub created_at: Option<String>,
    /// When the row was changed last.
    #[model(type = "TIMESTAMP")]
    pub updated_at: Option<String>,
    /// Whether one user may use it twice.
    #[model(default = false)]
    pub allow_reuse_by_same_user: Option<bool>,
}

/// Who used a code, and for what.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "promo_code_usages")]
pub struct PromoCodeUsage {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The code.
    #[model(references(PromoCode))]
    pub promo_code_id: i32,
    /// The user.
    #[model(references(User))]
    pub user_id: i32,
    /// The payment.
    #[model(references(Payment))]
    pub payment_id: Option<i32>,
    /// When it was used.
    #[model(type = "TIMESTAMP")]
    pub used_at: Option<String>,
}

/// What a customer has.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "subscriptions")]
pub struct Subscription {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The user.
    #[model(references(User))]
    pub user_id: i32,
    /// The server.
    #[model(references(Server))]
    pub server_id: i32,
    /// The tariff.
    #[model(references(Tariff))]
    pub tariff_id: i32,
    /// The key in the panel.
    #[model(type = "VARCHAR")]
    pub x3ui_client_id: Option<String>,
    /// How far it is.
    #[model(type = "VARCHAR")]
    pub status: Option<String>,
    /// When it ends.
    #[model(type = "TIMESTAMP")]
    pub expire_date: Option<String>,
    /// How many gigabytes it has used.
    pub traffic_used: Option<f64>,
    /// How many gigabytes it may use.
    pub traffic_limit: Option<f64>,
    /// When the row was made.
    #[model(type = "TIMESTAMP")]
    pub created_at: Option<String>,
    /// When the row was changed last.
    #[model(type = "TIMESTAMP")]
    pub updated_at: Option<String>,
    /// The address in the panel.
    #[model(type = "VARCHAR")]
    pub x3ui_client_email: Option<String>,
    /// Whether the user was told three days before the end.
    #[model(default = false)]
    pub notification_3_days_sent: Option<bool>,
    /// Whether the user was told a day before the end.
    #[model(default = false)]
    pub notification_1_day_sent: Option<bool>,
    /// Whether the user was warned of the deletion.
    #[model(default = false)]
    pub notification_deletion_warning_1_sent: Option<bool>,
    /// Whether the user was warned again.
    #[model(default = false)]
    pub notification_deletion_warning_2_sent: Option<bool>,
    /// The key in links.
    #[model(type = "VARCHAR", index)]
    pub sub_id: Option<String>,
    /// The name in links.
    #[model(type = "VARCHAR", index)]
    pub location_unique_name: Option<String>,
    /// Whether it is for one customer.
    #[model(default = false, index)]
    pub is_private: Option<bool>,
}

/// A paid subscription that could not be set up, to be tried again.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "failed_subscription_attempts")]
#[model(index(payment_id, status, name = "idx_failed_attempt_payment"))]
#[model(index(status, next_attempt_at, name = "idx_failed_attempt_status_next"))]
pub struct FailedSubscriptionAttempt {
    /// The row's key.
    #[model(primary_key, autoincrement, index)]
    pub id: i32,
    /// The payment.
    #[model(index, references(Payment))]
    pub payment_id: i32,
    /// The user.
    #[model(index, references(User))]
    pub user_id: i32,
    /// The server.
    #[model(index, references(Server))]
    pub server_id: i32,
    /// The subscription.
    #[model(index, references(Subscription))]
    pub subscription_id: Option<i32>,
    /// Whether it was to go on.
    #[model(index)]
    pub is_renewal: Option<bool>,
    /// What went wrong.
    pub error_message: String,
    /// What kind of trouble it was.
    #[model(type = "VARCHAR")]
    pub error_type: Option<String>,
    /// How often it was tried.
    pub attempt_count: Option<i32>,
    /// How often it is to be tried.
    pub max_attempts: Option<i32>,
    /// When it is tried next.
    #[model(type = "TIMESTAMP", index)]
    pub next_attempt_at: Option<String>,
    /// How far it is.
    #[model(type = "VARCHAR", index)]
    pub status: Option<String>,
    /// Whether the money was to be given back.
    pub refund_attempted: Option<bool>,
    /// The key of the refund at the bank.
    #[model(type = "VARCHAR")]
    pub refund_id: Option<String>,
    /// When the row was made.
    #[model(type = "TIMESTAMP", index)]
    pub created_at: Option<String>,
    /// When the row was changed last.
    #[model(type = "TIMESTAMP")]
    pub updated_at: Option<String>,
    /// When it worked.
    #[model(type = "TIMESTAMP")]
    pub completed_at: Option<String>,
}
