//! Expressions come back as the server printed them, whatever is cast to what in them.

use std::collections::BTreeMap;

use migrate_engine::backend::Backend as _;
use migrate_runtime::v1::Postgres;
use migrate_schema::diff::{Options, create};
use migrate_tests::servers::{self, Database};

use crate::full_schema::{schema, within};

const LITERALS: [&str; 9] = [
    "'now'", "'x'", "'ok '", "'{}'", "'1'", "'0.1'", "0.1", "-1.5", "7",
];

const TYPES: [&str; 17] = [
    "text",
    "varchar",
    "varchar(1)",
    "bpchar",
    "name",
    "date",
    "timestamp",
    "timestamptz",
    "mood",
    "jsonb",
    "text[]",
    "bigint",
    "int",
    "numeric",
    "numeric(5,1)",
    "real",
    "float8",
];

/// Where an expression can be in a check.
const PLACES: [&str; 24] = [
    "t = %",
    "v = %",
    "u = %",
    "% = t",
    "t ~ %",
    "v LIKE %",
    "t IS DISTINCT FROM %",
    "t IN (%, 'b')",
    "u IN (%, 'b')",
    "tags && ARRAY[%]",
    "tags = '{}' || %",
    "names && ARRAY[%]",
    "tags = ARRAY[%]::varchar[]",
    "to_jsonb(%) = data",
    "data || % IS NOT NULL",
    "data ->> % = 'b'",
    "lower(%) = t",
    "coalesce(v, %) = 'b'",
    "CASE WHEN i > 0 THEN % ELSE 'b' END = t",
    "r = %",
    "f > %",
    "n < %",
    "i > %",
    "at > %",
];

/// Makes a column or a check of everything that the server takes.
fn filled(database: &Database) {
    let array = |texts: &[&str]| {
        let texts: Vec<String> = texts.iter().map(|text| text.replace('\'', "''")).collect();
        format!("ARRAY['{}']", texts.join("', '"))
    };
    let (literals, types, locations) = (array(&LITERALS), array(&TYPES), array(&PLACES));
    database.run(&format!(
        "CREATE TYPE mood AS ENUM ('x', 'b');
         CREATE TABLE checks (t text, v varchar, u mood, tags varchar[], names name[], data jsonb, i int, r real, f float8, n numeric, at timestamptz);
         DO $$ DECLARE literal text; one text; other text; place text; many int := 0;
         BEGIN
           FOREACH one IN ARRAY {types} LOOP
             EXECUTE format('CREATE TABLE %I ()', 'as ' || one);
             FOREACH literal IN ARRAY {literals} LOOP
               FOREACH other IN ARRAY {types} LOOP
                 BEGIN EXECUTE format('ALTER TABLE %I ADD %I %s DEFAULT (%s)::%s', 'as ' || one, literal || ' ' || other, one, literal, other);
                 EXCEPTION WHEN others THEN END;
                 BEGIN EXECUTE format('ALTER TABLE %I ADD %I %s DEFAULT ((%s)::%s)::%s', 'as ' || one, literal || ' ' || other || ' again', one, literal, other, one);
                 EXCEPTION WHEN others THEN END;
               END LOOP;
               FOREACH place IN ARRAY {locations} LOOP
                 BEGIN EXECUTE format('ALTER TABLE checks ADD CONSTRAINT %I CHECK (%s)', place || ' ' || literal || ' ' || one, replace(place, '%', format('(%s)::%s', literal, one)));
                 EXCEPTION WHEN others THEN END;
                 BEGIN EXECUTE format('ALTER TABLE checks ADD CONSTRAINT %I CHECK (%s)', place || ' ' || literal || ' ' || one || ' again', replace(place, '%', format('((%s)::text)::%s', literal, one)));
                 EXCEPTION WHEN others THEN END;
               END LOOP;
             END LOOP;
           END LOOP;
         END $$"
    ));
}

/// What the server prints, by its location, each with the column's type where it is a default.
fn printed(database: &Database) -> BTreeMap<String, (String, Option<String>)> {
    let mut found = BTreeMap::new();
    within(database, |op| {
        let rows = op.connection().query(
            "SELECT c.relname || '.' || a.attname, pg_get_expr(d.adbin, d.adrelid), format_type(a.atttypid, a.atttypmod)
             FROM pg_attrdef AS d JOIN pg_class AS c ON c.oid = d.adrelid JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.adnum
             UNION ALL SELECT conname, pg_get_expr(conbin, conrelid), NULL FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0",
            &[],
        )?;
        for row in rows {
            found.insert(row.get(0), (row.get(1), row.get(2)));
        }
        Ok(())
    });
    found
}

/// Takes off what turns a number into one that is exactly the same, and a text into a text by way of another.
fn alike(text: &str) -> String {
    let mut text = text.to_owned();
    for (number, kinds) in [
        (
            "7",
            &["integer", "bigint", "numeric", "double precision"][..],
        ),
        ("1", &["integer", "bigint", "numeric", "double precision"]),
        ("0.1", &["numeric", "double precision"]),
        ("-1.5", &["numeric", "double precision"]),
    ] {
        for kind in kinds {
            for cast in [format!("'{number}'::{kind}"), format!("({number})::{kind}")] {
                text = text.replace(&cast, number);
            }
        }
    }
    for literal in LITERALS {
        let varying = format!("{literal}::character varying");
        text = text.replace(&format!("({varying})::text"), &format!("{literal}::text"));
    }
    text
}

/// Returns whether two defaults give one value, now and at another time.
fn gives_the_same(database: &Database, one: &str, other: &str, kind: &str) -> bool {
    let mut same = false;
    within(database, |op| {
        let sql = format!("SELECT ({one})::{kind}::text = ({other})::{kind}::text");
        same = op.connection().query_one(&sql, &[])?.get(0);
        Ok(())
    });
    same && one.contains("'now'") == other.contains("'now'")
}

#[test]
fn every_cast_is_kept() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let (one, other) = (server.database(), server.database());
    filled(&one);
    let expected = <Postgres>::normalize(schema(&one));
    within(&other, |op| {
        let mut operations = create(&expected, &Options::of(<Postgres>::RULES)).into_iter();
        operations.try_for_each(|operation| op.run(operation))
    });
    let (before, mut after) = (printed(&one), printed(&other));
    assert!(before.len() > 500, "{}", before.len());
    let mut changed = Vec::new();
    for (location, (text, kind)) in before {
        let (built, _) = after.remove(&location).unwrap_or_default();
        let same = match kind {
            _ if alike(&built) == alike(&text) => true,
            Some(kind) if !built.is_empty() => gives_the_same(&one, &text, &built, &kind),
            _ => false,
        };
        if !same {
            changed.push(format!("{location}: {text} became {built}"));
        }
    }
    assert_eq!(changed, [] as [&str; 0]);
}
