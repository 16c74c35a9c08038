//! Schema revisions, oldest first. `cargo migrate revision` adds a line.

mod m20240304_091500_create_links;
mod m20240310_120000_count_visits;
mod m20240402_083000_add_owners;
mod m20240511_170000_index_links_by_owner;
mod m20261201_140000_add_hosts;

migrate_runtime::migrations!(backend = migrate_sqlx::Sqlite);
