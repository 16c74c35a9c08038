//! A misspelled key would be lost.

use migrate_runtime::ColumnType;

#[derive(ColumnType)]
#[column_type(renam_all = "UPPERCASE", enum)]
enum Kind {
    #[column_type(name = "x")]
    One,
}

#[derive(ColumnType)]
#[column_type(rename_all = "uppercase")]
enum Other {
    One,
}

fn main() {}
