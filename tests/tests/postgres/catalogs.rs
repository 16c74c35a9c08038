//! Every column of the server's catalogs is compared, or has a documented reason why not.

use std::collections::BTreeMap;

use migrate_engine::backend::postgres_catalogues::CATALOGS;
use migrate_tests::servers;

#[test]
fn every_column_of_a_catalog_is_compared_or_has_a_reason() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (catalogue, _, columns) in CATALOGS {
        for column in columns.split(' ') {
            *known.entry(format!("{catalogue}.{column}")).or_default() += 1;
        }
    }
    let twice: Vec<_> = known.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let columns = database.strings(
        "SELECT c.relname || '.' || a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid \
         WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped",
    );
    let unknown: Vec<String> = columns
        .into_iter()
        .filter(|column| !known.contains_key(column))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
