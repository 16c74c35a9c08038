//! Schema revisions, oldest first. `cargo migrate revision` adds a line.
mod m20250914_102107_create_budget_tables;
mod m20250921_180244_add_income_sources;
mod m20251002_081530_add_date_to_income;
mod m20251005_204011_share_expenses_and_categories;
mod m20251006_071255_add_shared_budget_to_users;
mod m20251011_133000_ensure_expenses_description;
mod m20251018_164520_add_transaction_type_carryover;
mod m20251025_090548_sync_all_expenses_columns;
mod m20251025_112003_sync_all_tables_schema;
mod m20251101_193326_fix_income_table_structure;

migrate_runtime::migrations!(backend = Sqlite);
