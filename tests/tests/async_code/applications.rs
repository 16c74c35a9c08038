//! Applications that come from another tool: their database is taken over, and a new revision calls a function of the
//! application. Its step and its schema change are applied together, or neither.

use std::time::Duration;

use migrate_runtime::RunOptions;
use migrate_runtime::v1::Backend;
use migrate_tests::servers;
use migrate_tools::baseline::{self, BaselineOptions, Tool};
use postgres::NoTls;

use crate::engine::Engine;

const WAIT: Duration = Duration::from_secs(10);

/// Records the history of sqlx in a database, and checks that a replay builds the same.
fn take_over<B: Backend>(
    migrations: &'static migrate_runtime::Migrations<B>,
    url: &str,
    scratch_server: Option<&str>,
) {
    let access = migrate_engine::backend::Access::WriteExisting;
    let mut client = B::open(url.as_ref(), access, WAIT).unwrap().unwrap();
    let done = baseline::adopt::<B>(
        migrations,
        &mut client,
        &RunOptions::default(),
        scratch_server.map(AsRef::as_ref),
        &BaselineOptions::default(),
    )
    .unwrap();
    assert_eq!(done.tool, Some(Tool::Sqlx));
    assert_eq!(done.added.len(), 4);
    assert_eq!(done.differences, Vec::<String>::new());
}

/// The history table of sqlx, and its rows.
fn history(versions: &[&str]) -> String {
    let table = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
                 success BOOLEAN NOT NULL);";
    let rows = versions.iter().map(|version| {
        format!("INSERT INTO _sqlx_migrations VALUES ({version}, 'a migration', TRUE);")
    });
    std::iter::once(table.to_owned()).chain(rows).collect()
}

const SHORTLINKS: &str = concat!(
    include_str!("../../apps/shortlinks/migrations/20240304091500_create_links.up.sql"),
    include_str!("../../apps/shortlinks/migrations/20240310120000_count_visits.up.sql"),
    include_str!("../../apps/shortlinks/migrations/20240402083000_add_owners.up.sql"),
    include_str!("../../apps/shortlinks/migrations/20240511170000_index_links_by_owner.up.sql"),
);

const LINKS: &str = "INSERT INTO links (slug, target) VALUES ('docs', 'https://Docs.Example.ORG:8443/start'), \
                     ('mail', 'mailto:a@example.org'), ('home', 'http://example.org');";

#[tokio::test]
async fn axum_and_sqlx_on_sqlite() {
    let database = <migrate_sqlx::Sqlite>::database().unwrap();
    let old = rusqlite::Connection::open(&database.url).unwrap();
    let versions = [
        "20240304091500",
        "20240310120000",
        "20240402083000",
        "20240511170000",
    ];
    old.execute_batch(&format!("{SHORTLINKS}{LINKS}{}", history(&versions)))
        .unwrap();
    let migrations = shortlinks::migrations::migrations();
    take_over(migrations, &database.url, None);

    // The function of the application fails at its second link.
    old.execute_batch(
        "CREATE TRIGGER refuse BEFORE UPDATE ON links WHEN OLD.slug = 'mail' \
         BEGIN SELECT RAISE(ABORT, 'not this one'); END",
    )
    .unwrap();
    let url = format!("sqlite:{}", database.url);
    let error = shortlinks::start(&url).await.unwrap_err();
    assert!(error.to_string().contains("not this one"), "{error}");
    let columns = "SELECT count(*) FROM pragma_table_info('links') WHERE name = 'host'";
    let count: i64 = old.query_row(columns, [], |row| row.get(0)).unwrap();
    assert_eq!(count, 0);

    old.execute_batch("DROP TRIGGER refuse").unwrap();
    let _ = shortlinks::start(&url).await.unwrap();
    let mut hosts = old.prepare("SELECT host FROM links ORDER BY slug").unwrap();
    let hosts = hosts.query_map([], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(
        hosts.collect::<Result<Vec<_>, _>>().unwrap(),
        ["docs.example.org", "example.org", ""]
    );
}

const TICKETS: &str = concat!(
    include_str!("../../apps/tickets/migrations/20230912080000_create_customers.up.sql"),
    include_str!("../../apps/tickets/migrations/20230912080500_create_tickets.up.sql"),
    include_str!("../../apps/tickets/migrations/20231004141500_create_comments.up.sql"),
    include_str!("../../apps/tickets/migrations/20240118101000_index_tags.up.sql"),
);

const CUSTOMERS: &str = "INSERT INTO customers (full_name, email) VALUES ('Ada  King Lovelace', 'ada@example.org'), \
                         ('Plato', 'plato@example.org'); \
                         INSERT INTO tickets (customer_id, subject) VALUES (1, 'Notes'), (2, 'Cave');";

#[test]
fn tokio_and_sqlx_on_postgres() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let mut old = postgres::Client::connect(&database.url, NoTls).unwrap();
    let versions = [
        "20230912080000",
        "20230912080500",
        "20231004141500",
        "20240118101000",
    ];
    old.batch_execute(&format!("{TICKETS}{CUSTOMERS}{}", history(&versions)))
        .unwrap();
    let migrations = tickets::migrations::migrations();
    take_over(migrations, &database.url, Some(&database.url));

    // The function of the application fails at its second customer.
    old.batch_execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$; \
         CREATE TRIGGER refuse BEFORE UPDATE ON customers FOR EACH ROW WHEN (OLD.full_name = 'Plato') \
         EXECUTE FUNCTION refuse()",
    )
    .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let error = runtime.block_on(tickets::start(&database.url)).unwrap_err();
    assert!(error.to_string().contains("not this one"), "{error}");
    let columns =
        "SELECT count(*) FROM information_schema.columns WHERE column_name = 'family_name'";
    assert_eq!(old.query_one(columns, &[]).unwrap().get::<_, i64>(0), 0);

    old.batch_execute("DROP TRIGGER refuse ON customers; DROP FUNCTION refuse()")
        .unwrap();
    let customers = runtime.block_on(async {
        let pool = tickets::start(&database.url).await.unwrap();
        let customers = tickets::customers::with_open_tickets(&pool).await.unwrap();
        pool.close().await;
        customers
    });
    let names = customers
        .iter()
        .map(|one| (one.given_name.as_str(), one.family_name.as_str()));
    assert_eq!(
        names.collect::<Vec<_>>(),
        [("Ada  King", "Lovelace"), ("", "Plato")]
    );
}
