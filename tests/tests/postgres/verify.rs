//! `verify` on tables of types that only PostgreSQL has, and on deferred keys and keys to other schemas.

use migrate_runtime::Migrations;
use migrate_runtime::v1::{Op, Postgres, Result};
use migrate_runtime::verify::{RevisionResult, RoundTrip, VerifyOptions};
use migrate_tests::revisions::{Code, linear_history};
use migrate_tests::servers;

/// A table for each type of the server's own, whose values may not be NULL.
const TABLES: &str = "
DO $$ DECLARE it record; BEGIN
    FOR it IN SELECT typname, format_type(oid, NULL) AS spelled FROM pg_type
        WHERE typtype IN ('b', 'r', 'm') AND typnamespace = 'pg_catalog'::regnamespace AND typcategory <> 'A'
    LOOP
        EXECUTE format('CREATE TABLE %I (id integer PRIMARY KEY, v %s NOT NULL)', 't_' || it.typname, it.spelled);
        CONTINUE WHEN to_regtype(it.spelled || '[]') IS NULL;
        EXECUTE format('CREATE TABLE %I (id integer PRIMARY KEY, v %s[] NOT NULL)', 'a_' || it.typname, it.spelled);
    END LOOP;
END $$";

const UNTABLES: &str = "
DO $$ DECLARE it record; BEGIN
    FOR it IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^[ta]_' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('DROP TABLE %I', it.relname);
    END LOOP;
END $$";

const OWN_TYPES: &str = "
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TYPE pair AS (first integer, second text);
CREATE TYPE span AS RANGE (subtype = time);
CREATE DOMAIN positive AS integer CHECK (VALUE > 5 AND VALUE < 20);
CREATE DOMAIN post_code AS text NOT NULL CHECK (VALUE ~ '^\\d{5}(-\\d{4})?$');
CREATE DOMAIN colour AS character varying(7) CHECK (VALUE ~* '^#[0-9a-f]{6}$');
CREATE TABLE own (
    id integer PRIMARY KEY, m mood NOT NULL, ms mood[] NOT NULL, p pair NOT NULL, ps pair[] NOT NULL, s span NOT NULL,
    d positive NOT NULL, ds positive[] NOT NULL, c post_code UNIQUE, k colour NOT NULL, n numeric(6, 2)[] NOT NULL,
    b bit(3) NOT NULL, w character varying(3)[] NOT NULL, i interval day to second(3) NOT NULL, x timestamp(3) NOT NULL);";

const UNOWN_TYPES: &str =
    "DROP TABLE own; DROP TYPE mood, pair, span; DROP DOMAIN positive, post_code, colour";

fn verified(revisions: &[(Code<Postgres>, Code<Postgres>)]) -> Option<Vec<RevisionResult>> {
    let server = servers::postgres()?;
    let migrations: &'static Migrations<Postgres> = linear_history(revisions);
    let scratch_server = format!("{}/postgres", server.url);
    let verify_options = VerifyOptions::new().scratch_server(Some(scratch_server.into()));
    Some(migrations.verify(&verify_options).unwrap())
}

fn findings(one: &RevisionResult) -> String {
    match &one.round_trip {
        RoundTrip::Failed { findings } => findings.join("\n"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn synthetic_rows_of_every_type_are_generated_and_compared() {
    let nothing: Code<Postgres> = |_| Ok(());
    let Some(all) = verified(&[
        (|op| op.execute(TABLES), |op| op.execute(UNTABLES)),
        (|op| op.execute(OWN_TYPES), |op| op.execute(UNOWN_TYPES)),
        (nothing, nothing),
        (
            |op| {
                op.execute("UPDATE own SET ds = '{7}', p = '(1,x)'; UPDATE t_inet SET v = '::1'; UPDATE t_money SET v = 1")
            },
            nothing,
        ),
    ]) else {
        return;
    };
    for one in &all[..3] {
        assert_eq!(
            one.round_trip,
            RoundTrip::Passed,
            "{}: {:?}",
            one.revision,
            one.notes
        );
    }
    // Internal types of the server that cannot be written, one that names a role, and one that not every server is
    // built with.
    let hard = [
        "xml",
        "aclitem",
        "gtsvector",
        "pg_brin_bloom_summary",
        "pg_brin_minmax_multi_summary",
        "pg_dependencies",
        "pg_mcv_list",
        "pg_ndistinct",
        "pg_node_tree",
    ];
    let known = |table: &String| hard.iter().any(|name| table[2..] == **name);
    let empty: Vec<&String> = all[2]
        .empty_tables
        .iter()
        .filter(|table| !known(table))
        .collect();
    assert_eq!(empty, [] as [&String; 0], "{:?}", all[2].notes);
    let found = findings(&all[3]);
    for message in [
        "values of column `own.ds` differ after `up` and `down`: '{6}' became '{7}' where id = 1001",
        "values of column `own.p` differ",
        "values of column `t_inet.v` differ after `up` and `down`: '10.0.3.233/32' became '::1/128' where id = 1001",
        "values of column `t_money.v` differ",
    ] {
        assert!(found.contains(message), "{message}: {found}");
    }
}

/// What text a value has is the same, whatever a revision sets for its session.
#[test]
fn settings_of_the_session_change_no_value() {
    let create: Code<Postgres> = |op| {
        op.execute("CREATE TABLE t (id integer PRIMARY KEY, i interval, m money, f float8[], b bytea[], z timestamptz[], d date[])")
    };
    let set: Code<Postgres> = |op| {
        op.execute(
            "SET IntervalStyle = 'iso_8601'; SET bytea_output = 'escape'; SET TimeZone = 'Asia/Tokyo'; \
             SET DateStyle = 'German'; SET extra_float_digits = -5",
        )
    };
    let nothing: Code<Postgres> = |_| Ok(());
    let Some(all) = verified(&[(create, |op| op.drop_table("t")), (set, nothing)]) else {
        return;
    };
    assert_eq!(all[1].round_trip, RoundTrip::Passed);
}

fn circle(op: &mut Op<'_, Postgres>) -> Result<()> {
    op.execute(
        "CREATE SCHEMA other; CREATE TABLE other.\"Owner\" (id integer PRIMARY KEY);
         CREATE TABLE firm (id integer PRIMARY KEY, boss integer NOT NULL, place integer);
         CREATE TABLE worker (id integer PRIMARY KEY, firm integer NOT NULL REFERENCES firm DEFERRABLE INITIALLY DEFERRED);
         ALTER TABLE firm ADD FOREIGN KEY (boss) REFERENCES worker DEFERRABLE INITIALLY DEFERRED;
         ALTER TABLE firm ADD FOREIGN KEY (place) REFERENCES other.\"Owner\";
         CREATE TABLE lost (id serial PRIMARY KEY, it integer NOT NULL REFERENCES other.\"Owner\" DEFERRABLE INITIALLY DEFERRED)",
    )
}

#[test]
fn deferred_keys_and_keys_to_another_schema_stop_nothing() {
    let uncircle: Code<Postgres> =
        |op| op.execute("DROP TABLE lost, firm, worker; DROP SCHEMA other CASCADE");
    let nothing: Code<Postgres> = |_| Ok(());
    let Some(all) = verified(&[
        (circle, uncircle),
        (
            |op| op.execute("DELETE FROM worker; DELETE FROM firm"),
            nothing,
        ),
    ]) else {
        return;
    };
    assert_eq!(all[0].round_trip, RoundTrip::Passed);
    // Synthetic rows that need each other in a cycle are not always generated; tables without rows are reported.
    let empty = &all[1].empty_tables;
    assert!(empty.contains(&"lost".to_owned()), "{empty:?}");
}
