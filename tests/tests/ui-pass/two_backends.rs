//! One history for each of two backends, of generic revisions.

#[path = "../../ui/tests/ui/second_backend.rs"]
mod second_backend;

#[path = "two_backends/mod.rs"]
mod migrations;

use migrate_runtime::v1::Sqlite;
use second_backend::Second;

fn main() {
    assert_eq!(migrations::migrations::<Sqlite>().graph().unwrap().len(), 2);
    assert_eq!(migrations::migrations::<Second>().graph().unwrap().len(), 2);
}
