//! The macros of `cargo migrate`, which check revision files while the application compiles.
//!
//! ```text
//! the directory     read and checked once per build ─┬─► revision!: the errors of its file, each at its token
//! revision! { … }   tokens ──► header ───────────────┘
//! migrations!(…)    tokens ──► settings, the directory ──► fn migrations(), its tests, all other errors
//! ```
//!
//! Each macro has three stages: parse, check and expand. The check collects every error, and the expansion can't
//! fail. It must not contain invalid parts, so that the compiler adds no further errors. The grammar and the checks are
//! those of `migrate-graph`, which the command and the runtime also use.
//!
//! A `revision!` without errors expands to nothing. `migrations!` generates the list of all revisions, because an
//! item in each file would take the compiler several times as long.

use proc_macro::TokenStream;

mod attribute;
mod column_type;
mod directory;
mod header_tokens;
mod list;
mod migrations;
mod model;
mod report;
mod revision;
mod row;
mod servers;

/// Declares the id, the parents and the creation date of a revision.
///
/// Write it once at the top level of a revision file, together with the functions `up` and `down`:
///
/// ```ignore
/// //! Add avatar_url to users.
///
/// use migrate_runtime::v1::*;
///
/// revision! {
///     revision: "a1b2c3d4e5f6",
///     down_revision: "9f8e7d6c5b4a",
///     created: "2026-11-23T09:15:00Z",
/// }
///
/// pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
///     op.add_column("users", Column::new("avatar_url", Text))
/// }
///
/// pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
///     op.drop_column("users", "avatar_url")
/// }
/// ```
///
/// The first line of the file's documentation is the revision's message. `cargo migrate revision` creates such a file.
///
/// # Keys
///
/// | key | value | meaning |
/// |---|---|---|
/// | `revision` | `"…"` | the id: 1 to 64 characters of `A-Z a-z 0-9 _`, not `head`, `heads`, `base` or `current` |
/// | `down_revision` | `None`, `"…"` or `["…", "…"]` | the parents: none for a base, several for a merge |
/// | `created` | `"2026-11-23T09:15:00Z"` | the creation date; it orders revisions that no link orders |
/// | `branch_labels` | `["…"]` | labels of the branch that starts here, as in `billing@head`; default: none |
/// | `depends_on` | `["…"]` | revisions of other branches that must be applied first; default: none |
/// | `replaces` | `["…"]` | the range of revisions that it replaces, oldest first; default: none |
/// | `transaction` | `true` or `false` | whether it runs inside a transaction; default: `true` |
///
/// Values must be plain literals, because `cargo migrate` reads them without building anything.
///
/// # The functions
///
/// Write `pub fn up(op: &mut Op<Sqlite>) -> Result<()>` and the same for `down`, with the backend that [`migrations!`]
/// names. For several backends, make them generic: `op: &mut Op<impl Backend>`. Both functions must be in the file
/// itself, because the checksum of the file shows later whether an applied revision was edited.
///
/// # Compile errors
///
/// One build reports all errors of a directory, each in the offending file and at the offending token:
///
/// - an unknown, repeated or missing key, and an invalid value;
/// - a `down_revision` or `depends_on` that does not exist, with the most similar id;
/// - a `replaces` that is not a range with one end, or whose parents differ from those of the revision;
/// - an id or a branch label that an older revision already has, and a label that is also an id;
/// - a cycle of links, and a revision that follows or depends on itself;
/// - a parent that is named twice, or is an ancestor of another parent;
/// - a second head, unless `migrations!` has `heads = many`; a second base without a branch label;
/// - an `up` or `down` that is missing, private or `async`, has other parameters or no result, or is for another
///   backend; the compiler reports type errors, at the header;
/// - a revision in `frozen.lock` that was edited after it was frozen;
/// - a second `revision!` in a file, and one in a file outside of the directory.
///
/// [`migrations!`]: macro@migrations
#[proc_macro]
pub fn revision(input: TokenStream) -> TokenStream {
    report::guard("revision!", || revision::expand(input.into()).into())
}

/// Generates `pub fn migrations()`, which returns the revisions of the directory, and its tests.
///
/// Write it in the file with the `mod` lines of the revisions: `src/migrations/mod.rs`, `src/migrations.rs`, or the
/// root of a crate:
///
/// ```ignore
/// //! Schema revisions, oldest first.
/// mod m20261122_103000_create_users;
/// mod m20261123_091500_add_avatar_url;
///
/// migrate_runtime::migrations!(backend = Sqlite);
/// ```
///
/// The application then calls `migrations::migrations().upgrade(&mut connection)`, or passes `migrations()` to its
/// runner.
///
/// # Keys
///
/// | key | value | meaning |
/// |---|---|---|
/// | `backend` | `Sqlite` | a backend of `migrate_runtime::v1`, or the path of another backend type |
/// | `backends` | `[Sqlite, Postgres]` | several backends, for generic revisions, instead of `backend` |
/// | `heads` | `one` or `many` | the number of heads that are allowed; default: `one` |
/// | `after` | `[jobs::migrations]` | the functions that return the histories of libraries, which run first |
/// | `models` | `[crate, shop_models]` | the crates whose models describe the schema; default: `[crate]`, the own package |
/// | `on_connect` | `crate::db::prepare` | the function that prepares each connection; with several backends a list |
/// | `schema` | `crate::schema::build` | the function that builds the desired schema in the database of a URL, instead of models |
/// | `version_table` | `"…"` | the table that records the applied revisions; default: `migrate_revisions` |
///
/// # Generated items
///
/// With `backend`, a function `pub fn migrations() -> &'static Migrations<Sqlite>`. With `backends`, the function is
/// `pub fn migrations<B: HasMigrations>() -> &'static Migrations<B>`, where `HasMigrations` is a trait that each of the
/// backends has.
///
/// Under `cfg(test)`, the module `migrations_tests` has two tests: `one_head`, unless `heads = many`, and `up_down_up`.
/// The latter upgrades, downgrades and upgrades each revision on a scratch database and compares the schemas. With
/// several backends there are two tests for each, such as `up_down_up_sqlite`. If a backend needs a server, configure
/// it in the environment or in a `.env` of the package or a parent directory. Without a server at compile time the
/// tests are ignored, and the reason names the variables to set. An ignored test that is run anyway fails.
///
/// # Compile errors
///
/// - an unknown or repeated key, an invalid value, a missing backend, or a backend that is named twice;
/// - a revision file without a `mod` line, which would never run; the error includes the line to add;
/// - a `mod` line of a revision inside another item or under a `cfg`;
/// - a revision in `frozen.lock` without a file, and an invalid line in `frozen.lock`;
/// - every error that [`revision!`] reports in the files.
///
/// A build reads the directory once. A new file without a `mod` line is found the next time the crate is compiled; the
/// commands of `cargo migrate` find it immediately.
///
/// [`revision!`]: macro@revision
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    report::guard("migrations!", || migrations::expand(input.into()).into())
}

/// Makes a struct a row type, which a revision's row helpers read and write.
///
/// Write the struct in the revision file, so that later changes of the application do not affect it:
///
/// ```ignore
/// #[derive(Row)]
/// #[row(table = "users", key = "id")]
/// struct UserRow {
///     id: i64,
///     #[row(column = "e_mail")]
///     email: String,
///     avatar: Option<String>,
/// }
///
/// pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
///     op.rows::<UserRow>().update(|user| {
///         user.email = user.email.to_lowercase();
///         Ok(())
///     })?;
///     Ok(())
/// }
/// ```
///
/// # Attributes
///
/// | attribute | place | meaning |
/// |---|---|---|
/// | `table = "…"` | on the struct | the table |
/// | `schema = "…"` | on the struct | its schema; default: that of the connection |
/// | `key = "…"`, `key = ["…", "…"]` | on the struct | the key columns; default: `id` |
/// | `column = "…"` | on a field | the column; default: the name of the field |
///
/// Columns without a field are not read and not written. The type of each field must implement
/// `migrate_runtime::rows::ColumnValue`.
#[proc_macro_derive(Row, attributes(row))]
pub fn row(input: TokenStream) -> TokenStream {
    report::guard("derive(Row)", || row::expand(input.into()).into())
}

/// Makes a struct a model: derives the definition of its table, and registers it at link time.
///
/// ```ignore
/// use migrate_runtime::Model;
///
/// #[derive(Model)]
/// #[model(table = "users")]
/// struct User {
///     #[model(primary_key, identity)]
///     id: i64,
///     #[model(unique, length = 120, renamed_from = "mail")]
///     email: String,
///     #[model(references(Team, on_delete = set_null))]
///     team_id: Option<i64>,
///     #[model(default = expr("CURRENT_TIMESTAMP"))]
///     created_at: String,
/// }
/// ```
///
/// The type of a field must implement `migrate_runtime::model::ColumnType`; for an `Option`, the column is nullable.
/// The struct also implements `migrate_runtime::rows::Row`, for the row helpers.
///
/// # On the struct
///
/// Write the names of fields as in Rust, and SQL in quotes.
///
/// | attribute | meaning |
/// |---|---|
/// | `table = "…"` | the table; default: the struct's name in snake case |
/// | `schema = "…"` | the schema of the table, one of `schemas` in `[package.metadata.migrate]`; default: the connection's schema |
/// | `renamed_from = "…"` | the old name of the table, for a rename |
/// | `primary_key(a, b, name = "…")` | a primary key of several columns, or with a name |
/// | `no_primary_key` | a table without a primary key |
/// | `unique(a, b, …)` | a unique constraint; options: `name = "…"`, `deferrable = immediate` or `deferred`, `nulls = not_distinct` |
/// | `index(a, b desc, "lower(c)", …)`, `unique_index(…)` | an index; options: `name`, `predicate = "…"`, `using = "…"`, `include(d)`, `options = "…"`, `nulls = not_distinct`; after a part: `desc`, `nulls first`, `nulls last`, `collate "…"`, `opclass "…"`, `prefix_length 10` |
/// | `foreign_key(a, b, references(Other(a, b), …))` | a foreign key of several columns |
/// | `check = "…"`, `check("…", name = "…")` | a check constraint |
/// | `comment = "…"` | the comment of the table |
/// | `options = "…"` | SQL after the column list of `CREATE TABLE` |
/// | `managed = false` | a table that revisions do not create: the struct only reads and writes its rows |
///
/// # On a field
///
/// | attribute | meaning |
/// |---|---|
/// | `column = "…"` | the column; default: the name of the field |
/// | `type = "…"` | the SQL type, instead of the type for the field |
/// | `length = 120` | the maximum length: `VARCHAR(120)` |
/// | `primary_key`, `unique`, `index`, `unique_index`, `check` | as above, for this column, with the same options in parentheses |
/// | `references(User)`, `references(User(email), …)`, `references("users"("id"), …)` | a foreign key; options: `on_delete`, `on_update` (`cascade`, `set_null`, `set_default`, `restrict`, `no_action`), `schema = "…"`, `name = "…"`, `deferrable` |
/// | `default = 7`, `= "…"`, `= true`, `= CONSTANT`, `= expr("now()")` | the default value |
/// | `generated = "…"`, `generated("…", stored)` | a generated column with an SQL expression |
/// | `identity`, `identity = always`, `autoincrement` | an auto-increment column |
/// | `collation = "…"` | the collation of the column |
/// | `comment = "…"` | the comment of the column |
/// | `renamed_from = "…"` | the old name of the column, for a rename |
/// | `skip` | a field without a column; when a row is read it gets `Default::default()` |
#[proc_macro_derive(Model, attributes(model))]
pub fn model(input: TokenStream) -> TokenStream {
    report::guard("derive(Model)", || model::expand(input.into()).into())
}

/// Makes a newtype, or an enum without fields, a column type for models.
///
/// ```ignore
/// use migrate_runtime::ColumnType;
///
/// /// An integer number of cents: `BIGINT`, like `i64`.
/// #[derive(ColumnType)]
/// struct Cents(i64);
///
/// /// `expense` or `carry_over`, as text.
/// #[derive(ColumnType)]
/// enum Kind {
///     Expense,
///     CarryOver,
/// }
///
/// /// 1 or 2.
/// #[derive(ColumnType)]
/// #[column_type(integer)]
/// enum Level {
///     Low = 1,
///     High = 2,
/// }
///
/// /// A separate enum type, if the database supports it.
/// #[derive(ColumnType)]
/// #[column_type(enum = "mood", rename_all = "UPPERCASE")]
/// enum Mood {
///     Sad,
///     #[column_type(rename = "JOYFUL")]
///     Happy,
/// }
/// ```
///
/// The type also implements `migrate_runtime::rows::ColumnValue`, so that rows can be read and written, and can be used
/// in the parameters of statements.
///
/// # Attributes
///
/// | attribute | place | meaning |
/// |---|---|---|
/// | `type = "…"` | on the type | the column's SQL type, such as `"NUMERIC(10, 2)"` |
/// | `length = 20` | on the type | `VARCHAR(20)`; a longer value does not compile |
/// | `text` | on an enum | values stored as strings, the default |
/// | `integer` | on an enum | values stored as the numbers of the variants |
/// | `enum = "…"` | on an enum | the name of an enum type: a separate type on PostgreSQL, part of the column on MySQL, text on SQLite |
/// | `rename_all = "…"` | on an enum | a case of serde's `rename_all`; default: `snake_case` |
/// | `rename = "…"` | on a variant | its value |
#[proc_macro_derive(ColumnType, attributes(column_type))]
pub fn column_type(input: TokenStream) -> TokenStream {
    report::guard("derive(ColumnType)", || {
        column_type::expand(input.into()).into()
    })
}
