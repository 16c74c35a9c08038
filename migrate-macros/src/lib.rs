//! The macros of `cargo migrate`: revision files checked while the application compiles.
//!
//! ```text
//! the directory     read and checked once a build ─┬─► revision!: the mistakes of its file, each at its token
//! revision! { … }   tokens ──► header ─────────────┘
//! migrations!(…)    tokens ──► settings, the directory ──► fn migrations(), its tests, the mistakes of no file
//! ```
//!
//! Each macro is parse, check, expand: the check collects every mistake, and expanding can't fail. What is wrong is left
//! out of what is expanded, so that the compiler adds no errors of its own to ours. The grammar and the checks are those
//! of `migrate-graph`, which the command and the run time use too.
//!
//! A `revision!` without mistakes expands to nothing: `migrations!` writes the list of all revisions from what it read,
//! because an item in each file would cost the compiler several times as much.

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

/// States what a revision is called, what it follows and when it was made.
///
/// It stands at the top level of a revision file, once, beside the functions `up` and `down`:
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
/// The first line of the file's documentation is the revision's message. `cargo migrate revision` writes such a file.
///
/// # Keys
///
/// | key | value | |
/// |---|---|---|
/// | `revision` | `"…"` | the id: 1 to 64 of `A-Z a-z 0-9 _`, not `head`, `heads`, `base` or `current` |
/// | `down_revision` | `None`, `"…"` or `["…", "…"]` | what it follows: nothing for a base, several for a merge |
/// | `created` | `"2026-11-23T09:15:00Z"` | when it was made; orders what no link orders |
/// | `branch_labels` | `["…"]` | names for the line that starts here, as in `billing@head`; none if left out |
/// | `depends_on` | `["…"]` | revisions of other lines that must be applied first; none if left out |
/// | `replaces` | `["…"]` | the range of revisions that it stands for, oldest first; none if left out |
/// | `transaction` | `true` or `false` | whether it runs inside a transaction; `true` if left out |
///
/// Values are plain literals: `cargo migrate` reads them without building anything.
///
/// # The functions
///
/// `pub fn up(op: &mut Op<Sqlite>) -> Result<()>` and the same for `down`, with the backend that [`migrations!`] names.
/// A revision for several backends is generic, `op: &mut Op<impl Backend>`. Both stand in the file itself, because the
/// file is what is hashed to see later whether an applied revision was edited.
///
/// # What does not compile
///
/// Every mistake of a directory is told in one build, each in the file and at the token that is guilty:
///
/// - an unknown, repeated or missing key, and a value that can't be one;
/// - a `down_revision` or `depends_on` that no revision has, with the nearest id;
/// - a `replaces` that is no range with one end, or that begins elsewhere than the revision itself;
/// - an id or a branch label that an older revision has already, and a label that is an id;
/// - a circle of links, and a revision that follows or depends on itself;
/// - a parent that is named twice, or is an ancestor of another parent;
/// - a second head, unless `migrations!` says `heads = many`; a second base without a branch label;
/// - `up` or `down` missing, private, `async`, with other parameters or without a result, or for a database that the
///   chain is not for. What only types tell is the compiler's own error, at the header;
/// - a revision that `frozen.lock` has and whose tokens are not what they were when it was frozen;
/// - a second `revision!` in a file, and one in a file that is none of the directory's.
///
/// [`migrations!`]: macro@migrations
#[proc_macro]
pub fn revision(input: TokenStream) -> TokenStream {
    report::guard("revision!", || revision::expand(input.into()).into())
}

/// Makes a chain of the revisions whose files stand beside it: `pub fn migrations()` and its tests.
///
/// It stands in the file that has the `mod` lines of the revisions, which is `src/migrations/mod.rs`,
/// `src/migrations.rs`, or the root of a crate:
///
/// ```ignore
/// //! Schema revisions, oldest first.
/// mod m20261122_103000_create_users;
/// mod m20261123_091500_add_avatar_url;
///
/// migrate_runtime::migrations!(backend = Sqlite);
/// ```
///
/// An application then calls `migrations::migrations().upgrade(&mut connection)`, or hands `migrations()` to its runner.
///
/// # Keys
///
/// | key | value | |
/// |---|---|---|
/// | `backend` | `Sqlite` | the database: a backend of `migrate_runtime::v1`, or the path of any type that is one |
/// | `backends` | `[Sqlite, Postgres]` | instead of `backend`: a chain for each of them, of generic revisions |
/// | `heads` | `one` or `many` | whether two heads are a mistake, which they are if it is left out |
/// | `version_table` | `"…"` | the table that records what is applied; `migrate_revisions` if left out |
///
/// # What it gives
///
/// With `backend`, a function `pub fn migrations() -> &'static Migrations<Sqlite>`. With `backends`, the function is
/// `pub fn migrations<B: MigrateChain>() -> &'static Migrations<B>`, where `MigrateChain` is a trait that each of the
/// backends has.
///
/// Under `cfg(test)`, a module `migrations_tests` with two tests: `one_head`, unless `heads = many`, and `up_down_up`,
/// which applies each revision, takes it back and applies it again on an empty database, and compares the schema each
/// time. With several backends there are both for each, as in `up_down_up_sqlite`.
///
/// # What does not compile
///
/// - an unknown or repeated key, a value that can't be one, no backend, or one that is named twice;
/// - a revision file in the directory that no `mod` line names, which would never run: here, with the line to add;
/// - a `mod` line of a revision that stands inside another item or under a `cfg`;
/// - a revision that `frozen.lock` has and no file, and a line of it that can't be read;
/// - everything that [`revision!`] tells in the files.
///
/// A directory is read once in a build. A file that is new and has no `mod` line yet is seen when the crate is compiled
/// next; the commands of `cargo migrate` see it at once.
///
/// [`revision!`]: macro@revision
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    report::guard("migrations!", || migrations::expand(input.into()).into())
}

/// Makes a struct a type for the rows of a table, as a revision's row helpers read and write them.
///
/// It stands in the revision file, so that it stays as it was on the day the revision was written:
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
/// | attribute | where | |
/// |---|---|---|
/// | `table = "…"` | on the struct | the table |
/// | `key = "…"`, `key = ["…", "…"]` | on the struct | the columns of the key; `id` if left out |
/// | `column = "…"` | on a field | the column, where it is not called as the field |
///
/// Columns that the struct does not name are not read and not written. The type of each field is a
/// `migrate_runtime::rows::ColumnValue`.
#[proc_macro_derive(Row, attributes(row))]
pub fn row(input: TokenStream) -> TokenStream {
    report::guard("derive(Row)", || row::expand(input.into()).into())
}

/// Makes a struct a model: it tells its table, and is seen wherever the program is linked.
///
/// ```ignore
/// use migrate_runtime::Model;
///
/// #[derive(Model)]
/// #[model(table = "users")]
/// struct User {
///     #[model(primary_key, identity)]
///     id: i64,
///     #[model(unique, length = 120, was = "mail")]
///     email: String,
///     #[model(references(Team, on_delete = set_null))]
///     team_id: Option<i64>,
///     #[model(default = expr("CURRENT_TIMESTAMP"))]
///     created_at: String,
/// }
/// ```
///
/// The type of a field is a `migrate_runtime::model::ColumnType`, and a column takes NULL where it is an `Option`. The
/// struct becomes a `migrate_runtime::rows::Row` besides, for the row helpers.
///
/// # On the struct
///
/// Fields are named as they are called in Rust, SQL stands in quotes.
///
/// | attribute | |
/// |---|---|
/// | `table = "…"` | the table; the struct's name in snake case if left out |
/// | `was = "…"` | the table's name before: a rename, and not a drop |
/// | `primary_key(a, b, name = "…")` | a key of several columns, or one with a name |
/// | `no_primary_key` | says that the table has none |
/// | `unique(a, b, …)` | with `name = "…"`, `deferrable = immediate` or `deferred`, `nulls = not_distinct` |
/// | `index(a, b desc, "lower(c)", …)`, `unique_index(…)` | with `name`, `where = "…"`, `using = "…"`, `include(d)`, `options = "…"`, `nulls = not_distinct`; behind a part `desc`, `nulls first`, `nulls last`, `collate "…"`, `opclass "…"`, `prefix 10` |
/// | `foreign_key(a, b, references(Other(a, b), …))` | a link by several columns |
/// | `check = "…"`, `check("…", name = "…")` | a condition that each row keeps |
/// | `comment = "…"`, `options = "…"` | what people read in the database; what stands after the columns |
/// | `managed = false` | no revision is to make the table: the struct only reads and writes its rows |
///
/// # On a field
///
/// | attribute | |
/// |---|---|
/// | `column = "…"` | the column, where it is not called as the field |
/// | `type = "…"`, `length = 120` | another type than the field's own has; `VARCHAR(120)` |
/// | `primary_key`, `unique`, `index`, `unique_index`, `check` | as above, over this column; in brackets the same settings |
/// | `references(User)`, `references(User(email), …)`, `references("users"("id"), …)` | with `on_delete`, `on_update` (`cascade`, `set_null`, `set_default`, `restrict`, `no_action`), `name = "…"`, `deferrable` |
/// | `default = 7`, `= "…"`, `= true`, `= CONSTANT`, `= expr("now()")` | the value where an INSERT gives none |
/// | `generated = "…"`, `generated("…", stored)` | computed from an SQL expression |
/// | `identity`, `identity = always`, `autoincrement` | the database numbers the rows |
/// | `collation = "…"`, `comment = "…"` | how its text compares; what people read in the database |
/// | `was = "…"` | the column's name before: a rename, and not a drop |
/// | `skip` | no column; a row that is read gets `Default::default()` |
#[proc_macro_derive(Model, attributes(model))]
pub fn model(input: TokenStream) -> TokenStream {
    report::guard("derive(Model)", || model::expand(input.into()).into())
}

/// Makes a newtype or an enum without fields a type that columns of a model have.
///
/// ```ignore
/// use migrate_runtime::ColumnType;
///
/// /// A whole number of cents: `BIGINT`, as `i64` is.
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
/// /// A type of its own where the database has such types.
/// #[derive(ColumnType)]
/// #[column_type(enum = "mood", rename_all = "UPPERCASE")]
/// enum Mood {
///     Sad,
///     #[column_type(rename = "JOYFUL")]
///     Happy,
/// }
/// ```
///
/// The type also becomes a `migrate_runtime::rows::ColumnValue`, by which rows are read and written, and goes into the
/// parameters of statements.
///
/// # Attributes
///
/// | attribute | where | |
/// |---|---|---|
/// | `type = "…"` | on the type | the column's type, as `"NUMERIC(10, 2)"` |
/// | `length = 20` | on the type | `VARCHAR(20)`; a word that is longer does not compile |
/// | `text` | on an enum | kept as words, which it is anyway |
/// | `integer` | on an enum | kept as the numbers that the variants are given |
/// | `enum = "…"` | on an enum | a type of this name: of its own on PostgreSQL, at the column on MySQL, text on SQLite |
/// | `rename_all = "…"` | on an enum | `snake_case` if left out, or the ways that serde has |
/// | `rename = "…"` | on a variant | its word |
#[proc_macro_derive(ColumnType, attributes(column_type))]
pub fn column_type(input: TokenStream) -> TokenStream {
    report::guard("derive(ColumnType)", || {
        column_type::expand(input.into()).into()
    })
}
