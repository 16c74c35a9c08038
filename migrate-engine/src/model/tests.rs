//! The result of the derive for a struct, and the schema of several models.

use crate::model::{Model, ModelTable, desired_schema, desired_schema_with, registered};
use crate::rows::{Row, RowReader, ValueRef};
use migrate_schema::diff::DiffRules;
use migrate_schema::schema::{
    Deferrable, Generated, Identity, Index, IndexPart, Nulls, NullsDistinct, Order,
    ReferentialAction, Table, Type,
};
use migrate_schema::value::Value;

#[derive(Model)]
#[model(table = "users", renamed_from = "people", comment = "Who may log in")]
#[model(unique(name, email, name = "uq_who", nulls = not_distinct))]
#[model(index("lower(email)" desc nulls last, name collate "NOCASE", name = "ix_low", predicate = "active"))]
#[model(check("age >= 0 AND age < 200", name = "ck_age"))]
#[expect(dead_code, reason = "only described")]
struct User {
    #[model(primary_key, identity)]
    id: i64,
    #[model(unique, length = 120, collation = "NOCASE", renamed_from = "mail")]
    email: String,
    #[model(default = "no \"name\"", comment = "as it is shown")]
    name: String,
    #[model(type = "NUMERIC(10, 2)", default = -1.5, check = "balance > -100")]
    balance: f64,
    #[model(default = 7)]
    age: Option<i32>,
    #[model(default = true, index)]
    active: bool,
    #[model(default = expr("CURRENT_TIMESTAMP"))]
    created: String,
    #[model(default = GREETING)]
    greeting: String,
    #[model(generated("lower(email)", stored))]
    low: String,
    #[model(column = "type", references(Team, on_delete = set_null, deferrable = deferred))]
    r#type: Option<i64>,
    #[model(skip)]
    session: Vec<String>,
}

const GREETING: &str = "hello";

#[derive(Model)]
#[model(table = "teams")]
#[model(foreign_key(owner, kind, references("members"("user", kind), on_update = cascade, name = "fk_own")))]
struct Team {
    #[model(primary_key(name = "teams_key"), autoincrement)]
    id: i64,
    #[model(references(User(email)), unique_index(desc, name = "ix_owner", nulls = not_distinct))]
    owner: String,
    kind: i16,
}

#[derive(Model)]
#[model(table = "members", primary_key(user, kind), managed = false)]
struct Member {
    user: String,
    kind: i16,
}

#[derive(Model, Debug, PartialEq)]
#[model(no_primary_key, managed = false)]
struct AuditLine {
    text: String,
    #[model(skip)]
    seen: bool,
    count: Option<i64>,
}

fn column<'t>(table: &'t Table, name: &str) -> &'t migrate_schema::schema::Column {
    table.find_column(name).unwrap()
}

#[test]
fn a_field_becomes_a_column_of_its_type() {
    let described = User::describe();
    let users = &described.table;
    let names: Vec<&str> = users
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "id", "email", "name", "balance", "age", "active", "created", "greeting", "low", "type"
        ]
    );
    assert_eq!(column(users, "id").data_type, Type::BigInt);
    assert_eq!(column(users, "id").identity, Some(Identity::ByDefault));
    assert_eq!(column(users, "email").data_type, Type::Varchar(120));
    assert_eq!(column(users, "email").collation.as_deref(), Some("NOCASE"));
    assert_eq!(column(users, "balance").data_type, Type::Numeric(10, 2));
    assert_eq!(
        column(users, "name").comment.as_deref(),
        Some("as it is shown")
    );
    let low = column(users, "low").generated.clone();
    assert_eq!(low, Some(Generated::Stored("lower(email)".to_owned())));
    assert!(column(users, "name").not_null && !column(users, "age").not_null);
    assert_eq!(users.comment.as_deref(), Some("Who may log in"));
    assert_eq!(described.renamed_from.as_deref(), Some("people"));
    assert_eq!(
        described.renamed_columns,
        [("email".to_owned(), "mail".to_owned())]
    );
}

#[test]
fn a_default_is_what_is_written() {
    use migrate_schema::schema::DefaultValue::{Boolean, Expression, Integer, Real, Text};
    let users = User::describe().table;
    for (name, value) in [
        ("name", Text("no \"name\"".to_owned())),
        ("balance", Real(-1.5)),
        ("age", Integer(7)),
        ("active", Boolean(true)),
        ("created", Expression("CURRENT_TIMESTAMP".to_owned())),
        ("greeting", Text("hello".to_owned())),
    ] {
        assert_eq!(column(&users, name).default, Some(value), "{name}");
    }
    assert_eq!(column(&users, "id").default, None);
}

#[test]
fn keys_checks_and_indexes_belong_to_the_table() {
    let described = User::describe();
    let users = &described.table;
    assert_eq!(users.primary_key.as_ref().unwrap().columns, ["id"]);
    assert_eq!(users.uniques[0].columns, ["email"]);
    assert_eq!(users.uniques[1].columns, ["name", "email"]);
    assert_eq!(users.uniques[1].name.as_deref(), Some("uq_who"));
    assert_eq!(users.uniques[1].nulls, NullsDistinct::NotDistinct);
    let checks: Vec<_> = users
        .checks
        .iter()
        .map(|check| (check.name.as_deref(), check.condition.as_str()))
        .collect();
    assert_eq!(
        checks,
        [
            (None, "balance > -100"),
            (Some("ck_age"), "age >= 0 AND age < 200")
        ]
    );
    let mut low = IndexPart::expression("lower(email)").nulls_last();
    low.order = Order::Descending;
    assert_eq!(low.nulls, Some(Nulls::Last));
    let parts = [low, IndexPart::column("name").collate("NOCASE")];
    let expected = Index::new("ix_low", "users", parts).predicate("active");
    assert_eq!(
        described.indexes,
        [Index::new("", "users", "active"), expected]
    );
}

#[test]
fn a_foreign_key_references_a_model_or_a_table() {
    let users = User::describe().table;
    let key = &users.foreign_keys[0];
    assert_eq!(
        (&key.table[..], &key.references[..]),
        ("teams", &["id".to_owned()][..])
    );
    assert_eq!(key.columns, ["type"]);
    assert_eq!(key.on_delete, Some(ReferentialAction::SetNull));
    assert_eq!(key.deferrable, Deferrable::Deferred);
    let teams = Team::describe();
    let [owner, both] = &teams.table.foreign_keys[..] else {
        panic!("{teams:?}");
    };
    assert_eq!(
        (&owner.table[..], &owner.references[..]),
        ("users", &["email".to_owned()][..])
    );
    assert_eq!(both.columns, ["owner", "kind"]);
    assert_eq!(both.references, ["user", "kind"]);
    assert_eq!(both.name.as_deref(), Some("fk_own"));
    assert_eq!(both.on_update, Some(ReferentialAction::Cascade));
    assert!(teams.indexes[0].unique);
    assert_eq!(teams.indexes[0].parts[0].order, Order::Descending);
    assert!(column(&teams.table, "id").autoincrement);
}

#[test]
fn managed_models_register_themselves_in_the_order_of_the_files() {
    let own = |model: &ModelTable| model.module == module_path!();
    let models: Vec<ModelTable> = registered().into_iter().filter(own).collect();
    let tables: Vec<&str> = models
        .iter()
        .map(|model| model.table.name.as_str())
        .collect();
    assert_eq!(tables, ["users", "teams"]);
    assert!(
        models[0].location.contains("model/tests.rs:"),
        "{}",
        models[0].location
    );
}

#[test]
fn a_model_is_a_row_and_skipped_fields_are_empty() {
    assert_eq!(<User as Row>::KEY, ["id"]);
    assert_eq!(<Member as Row>::KEY, ["user", "kind"]);
    assert_eq!(<AuditLine as Row>::COLUMNS, ["text", "count"]);
    let values = [ValueRef::Text("x".into()), ValueRef::Integer(3)];
    let line = AuditLine::from_reader(&mut RowReader::new(&values)).unwrap();
    let expected = AuditLine {
        text: "x".to_owned(),
        seen: false,
        count: Some(3),
    };
    assert_eq!(line, expected);
    assert_eq!(line.value_ref(1).into_value(), Value::Integer(3));
}

fn both() -> [ModelTable; 3] {
    [User::describe(), Team::describe(), Member::describe()]
}

#[test]
fn everything_desired_has_a_name() {
    let desired = desired_schema(&both()).unwrap();
    let users = desired.schema.table("users").unwrap();
    let key = users.primary_key.as_ref().unwrap();
    assert_eq!(key.name.as_deref(), Some("pk_users"));
    assert_eq!(users.uniques[0].name.as_deref(), Some("uq_users_email"));
    assert_eq!(
        users.foreign_keys[0].name.as_deref(),
        Some("fk_users_type_teams")
    );
    let names: Vec<&str> = desired
        .schema
        .indexes
        .iter()
        .map(|index| index.name.as_str())
        .collect();
    assert_eq!(names, ["ix_low", "ix_owner", "ix_users_active"]);
    assert_eq!(desired.hints.tables[0].from, "people");
    assert_eq!(desired.hints.columns[0].0, "users");
    assert_eq!(desired.hints.columns[0].1.from, "mail");
}

#[test]
fn contradicting_models_are_reported_with_both_locations() {
    let refused = |change: fn(&mut [ModelTable; 3])| {
        let mut models = both();
        change(&mut models);
        let error = desired_schema(&models).unwrap_err();
        assert_eq!(
            (error.code(), error.notes().len()),
            ("invalid_model", 2),
            "{error}"
        );
        error.to_string()
    };
    assert_eq!(
        refused(|models| models[1].table.name = "Users".to_owned()),
        "two models describe table `Users`"
    );
    assert_eq!(
        refused(|models| models[1].indexes[0].name = "ix_low".to_owned()),
        "two models have an index `ix_low`"
    );
    assert_eq!(
        refused(|models| models[0].renamed_from = Some("teams".to_owned())),
        "table `users` was called `teams`, and another model describes table `teams`"
    );
    assert_eq!(
        refused(|models| models[2].renamed_from = Some("people".to_owned())),
        "`people` is the previous name of two tables: `users` and `members`"
    );
    assert_eq!(
        refused(|models| models[2].table.primary_key = None),
        "a foreign key of `teams` references `members` by `user`, `kind`, which is not unique there"
    );
    assert_eq!(
        refused(|models| models[2].table.columns.truncate(1)),
        "a foreign key of `teams` references `members`, which has no column `kind`"
    );
}

#[test]
fn names_that_differ_in_case_only_are_two_where_the_database_counts_case() {
    let mut models = both();
    let has_it = |index: &Index| index.name == "ix_low";
    let model = models.iter_mut().find(|it| it.indexes.iter().any(has_it));
    let indexes = &mut model.unwrap().indexes;
    let mut other = indexes.iter().find(|it| has_it(it)).unwrap().clone();
    other.name = other.name.to_uppercase();
    indexes.push(other);
    assert!(desired_schema(&models).is_ok());
    let rules = DiffRules::new().with_case_insensitive_names();
    let error = desired_schema_with(&models, &rules, &[]).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("are the same name to the database"),
        "{message}"
    );
}

#[test]
fn names_that_change_in_a_cycle_are_refused() {
    let refused = |change: fn(&mut [ModelTable; 3])| {
        let mut models = both();
        change(&mut models);
        desired_schema(&models).err().map(|error| error.to_string())
    };
    let renames = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let owned = |&(new, old): &(&str, &str)| (new.to_owned(), old.to_owned());
        pairs.iter().map(owned).collect()
    };
    assert_eq!(
        refused(|models| {
            let names = [models[0].table.name.clone(), models[1].table.name.clone()];
            let [one, other] = names;
            models[0].renamed_from = Some(other);
            models[1].renamed_from = Some(one);
        })
        .as_deref(),
        Some("tables change names in a cycle: `users`, `teams`")
    );
    let mut models = both();
    models[0].renamed_columns = renames(&[("a", "b"), ("b", "c"), ("c", "a")]);
    let error = desired_schema(&models).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.notes().len()),
        (
            "columns of `users` change names in a cycle: `a`, `b`, `c`",
            1
        )
    );
    // A chain that ends is not a cycle, and a column whose previous name is its own name is not renamed.
    models[0].renamed_columns = renames(&[("a", "b"), ("b", "c"), ("d", "d"), ("e", "a")]);
    assert!(desired_schema(&models).is_ok());
}
