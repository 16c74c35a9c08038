//! Schema revisions, oldest first. `cargo migrate revision` adds a line.

mod m20230912_080000_create_customers;
mod m20230912_080500_create_tickets;
mod m20231004_141500_create_comments;
mod m20240118_101000_index_tags;
mod m20261201_141000_split_names;

migrate_runtime::migrations!(backend = migrate_sqlx::Postgres);
