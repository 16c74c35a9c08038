//! The cases: for each operation what exists before, what it does to the schema, and which databases refuse it.

use migrate_runtime::v1::params;
use migrate_schema::operation::{
    AddColumn, AddConstraint, AddEnumValue, AlterColumn, Constraint, ConstraintRef, CreateEnum,
    CreateIndex, CreateTable, CreateTrigger, CreateView, DropColumn, DropConstraint, DropIndex,
    DropTable, DropView, Insert, Operation, Position, RenameColumn, RenameConstraint,
    RenameEnumValue, RenameIndex, RenameTable, SetTableComment, SetTableOptions,
    ValidateConstraint,
};
use migrate_schema::schema::{
    Check, Column, EnumType, ForeignKey, Index, IndexPart, PrimaryKey, ReferentialAction, Schema,
    Table, Trigger, Type, Unique, View,
};

/// Turns the schema that was found before into the one that is expected, given the one that was found.
type Expect = Box<dyn Fn(&mut Schema, &Schema)>;

/// One operation.
pub struct Case {
    /// Its name in messages.
    pub name: &'static str,
    /// What is run before, apart from the operation.
    pub given: Vec<Operation>,
    /// The operation.
    pub operation: Operation,
    /// What it makes of the schema, given what was found: a view has the database's own text.
    pub expect: Expect,
    /// The databases that can't do it.
    pub refused_on: &'static [&'static str],
    /// The one database that it runs on, if not all.
    pub only_on: Option<&'static str>,
    /// Whether rows come or go.
    pub changes_rows: bool,
    /// Whether it has no reverse.
    pub has_no_reverse: bool,
}

impl Case {
    fn new(
        name: &'static str,
        operation: Operation,
        expect: impl Fn(&mut Schema) + 'static,
    ) -> Case {
        Case {
            name,
            given: given(),
            operation,
            expect: Box::new(move |schema, _| expect(schema)),
            refused_on: &[],
            only_on: None,
            changes_rows: false,
            has_no_reverse: false,
        }
    }

    fn after(mut self, operation: Operation) -> Case {
        self.given.push(operation);
        self
    }

    fn refused_on(mut self, databases: &'static [&'static str]) -> Case {
        self.refused_on = databases;
        self
    }

    fn only_on(mut self, database: &'static str) -> Case {
        self.only_on = Some(database);
        self
    }

    /// Expects a view, in whatever text the database has for its query.
    fn making_view(mut self, name: &'static str) -> Case {
        self.expect = Box::new(move |schema, found| {
            schema
                .views
                .extend(found.views.iter().find(|view| view.name == name).cloned());
            assert_eq!(schema.views.len(), 1, "there is no view `{name}`");
        });
        self
    }

    /// Expects a trigger, in whatever text the database has for it.
    fn making_trigger(mut self, name: &'static str) -> Case {
        self.expect = Box::new(move |schema, found| {
            let created = found.triggers.iter().find(|trigger| trigger.name == name);
            schema.triggers.extend(created.cloned());
            assert_eq!(schema.triggers.len(), 1, "there is no trigger `{name}`");
        });
        self
    }

    fn changing_rows(mut self) -> Case {
        self.changes_rows = true;
        self
    }

    fn without_reverse(mut self) -> Case {
        self.has_no_reverse = true;
        self
    }
}

/// Users and their posts, three rows each.
fn given() -> Vec<Operation> {
    let users = Insert::new("users", ["id", "email", "age"])
        .row(params![1, "a@example.org", 41])
        .row(params![2, "it's \"b\"", 42])
        .row(params![3, "ünïcödé", None::<i64>]);
    let posts = Insert::new("posts", ["id", "user_id", "title"])
        .row(params![1, 1, "one"])
        .row(params![2, 1, "two"])
        .row(params![3, 2, "three"]);
    vec![
        Operation::CreateTable(CreateTable::new(users_table())),
        Operation::CreateTable(CreateTable::new(posts_table())),
        Operation::Insert(users),
        Operation::Insert(posts),
    ]
}

fn users_table() -> Table {
    let mut table = Table::new("users");
    table.column(Column::new("id", Type::Integer).not_null());
    table.column(email());
    table.column(Column::new("age", Type::Integer));
    table.column(kind());
    table.primary_key(PrimaryKey::new("id").named("pk_users"));
    table
}

fn posts_table() -> Table {
    let mut table = Table::new("posts");
    table.column(Column::new("id", Type::Integer).not_null());
    table.column(Column::new("user_id", Type::Integer).not_null());
    table.column(Column::new("title", Type::Varchar(100)));
    table
}

fn email() -> Column {
    Column::new("email", Type::Varchar(120)).not_null()
}

fn kind() -> Column {
    Column::new("kind", Type::Varchar(10))
        .not_null()
        .default("plain")
}

fn table<'s>(schema: &'s mut Schema, name: &str) -> &'s mut Table {
    schema
        .tables
        .iter_mut()
        .find(|table| table.name == name)
        .unwrap()
}

fn column<'s>(schema: &'s mut Schema, name: &str) -> &'s mut Column {
    let columns = &mut table(schema, "users").columns;
    columns
        .iter_mut()
        .find(|column| column.name == name)
        .unwrap()
}

fn constraint(constraint: Constraint) -> AddConstraint {
    let table = match &constraint {
        Constraint::Unique(_) | Constraint::Check(_) => "users",
        _ => "posts",
    };
    AddConstraint::new(table, constraint)
}

fn unique() -> Unique {
    Unique::new("email").named("uq_users_email")
}

fn check() -> Check {
    Check::new("age > 0").named("ck_users_age")
}

fn key() -> ForeignKey {
    let mut key = ForeignKey::to("users", "id")
        .named("fk_posts_user")
        .on_delete(ReferentialAction::Cascade);
    key.columns = vec!["user_id".to_owned()];
    key
}

fn index() -> Index {
    Index::new("ix_users_email", "users", "email")
}

/// Returns the reverse, which has the definition of what it drops.
fn drop(operation: Operation) -> Operation {
    operation.reverse().unwrap()
}

pub fn all() -> Vec<Case> {
    let groups = [
        tables(),
        columns(),
        altered(),
        constraints(),
        indexes(),
        objects(),
        others(),
    ];
    groups.into_iter().flatten().collect()
}

fn tables() -> Vec<Case> {
    let mut new = Table::new("new table");
    new.column(Column::new("id", Type::BigInt).not_null());
    new.column(
        Column::new("amount", Type::Numeric(10, 2))
            .not_null()
            .default(0),
    );
    new.column(Column::new("order", Type::Text));
    new.column(Column::new("user_id", Type::Integer));
    new.primary_key(PrimaryKey::new("id").named("pk_new"));
    new.foreign_key(
        "user_id",
        ForeignKey::to("users", "id")
            .named("fk_new_user")
            .on_delete(ReferentialAction::SetNull),
    );
    new.check(Check::new("amount >= 0").named("ck_new_amount"));
    let created = new.clone();
    vec![
        Case::new(
            "create_table",
            Operation::CreateTable(CreateTable::new(new)),
            move |schema| schema.tables.push(created.clone()),
        ),
        Case::new(
            "drop_table",
            drop(Operation::CreateTable(CreateTable::new(posts_table()))),
            |schema| schema.tables.retain(|table| table.name != "posts"),
        ),
        Case::new(
            "rename_table",
            Operation::RenameTable(RenameTable::new("posts", "articles")),
            |schema| table(schema, "posts").name = "articles".to_owned(),
        ),
        Case::new(
            "set_table_comment",
            Operation::SetTableComment({
                let mut op = SetTableComment::new("users", Some("People, it's said".to_owned()));
                op.from = Some(None);
                op
            }),
            |schema| table(schema, "users").comment = Some("People, it's said".to_owned()),
        )
        .refused_on(&["sqlite"]),
        Case::new(
            "set_table_options",
            Operation::SetTableOptions({
                let mut op = SetTableOptions::new("users", Some("WITHOUT ROWID".to_owned()));
                op.from = Some(None);
                op
            }),
            |schema| table(schema, "users").options = Some("WITHOUT ROWID".to_owned()),
        )
        .only_on("sqlite"),
    ]
}

fn add(column: Column) -> AddColumn {
    AddColumn::new("users", column)
}

fn added(name: &'static str, new: Column) -> Case {
    let created = new.clone();
    Case::new(name, Operation::AddColumn(add(new)), move |schema| {
        table(schema, "users").column(created.clone());
    })
}

fn columns() -> Vec<Case> {
    let text = || Column::new("nick", Type::Varchar(30));
    vec![
        added("add_column", text()),
        added(
            "add_column with a default",
            text().not_null().default("it's"),
        ),
        added(
            "add_column of a boolean",
            Column::new("active", Type::Boolean)
                .not_null()
                .default(true),
        ),
        added(
            "add_column of every other type",
            Column::new("at", Type::Timestamp),
        ),
        added(
            "add_column computed on write",
            Column::new("double_age", Type::Integer).generated_stored("age * 2"),
        ),
        added(
            "add_column computed on read",
            Column::new("double_age", Type::Integer).generated_virtual("age * 2"),
        )
        .refused_on(&["postgres before 18"]),
        added(
            "add_column with a comment",
            text().comment("what friends say"),
        )
        .refused_on(&["sqlite"]),
        Case::new(
            "add_column with a fill",
            Operation::AddColumn({
                let mut op = add(Column::new("initial", Type::Varchar(1)).not_null());
                op.fill = Some("substr(email, 1, 1)".to_owned());
                op
            }),
            |schema| {
                table(schema, "users").column(Column::new("initial", Type::Varchar(1)).not_null())
            },
        ),
        Case::new(
            "add_column after another",
            Operation::AddColumn({
                let mut op = add(text());
                op.position = Position::After("id".to_owned());
                op
            }),
            move |schema| table(schema, "users").columns.insert(1, text()),
        )
        .refused_on(&["postgres"]),
        Case::new(
            "drop_column",
            Operation::DropColumn({
                let mut op = DropColumn::new("users", "kind");
                op.column = Some(kind());
                op
            }),
            |schema| {
                table(schema, "users")
                    .columns
                    .retain(|column| column.name != "kind")
            },
        ),
        Case::new(
            "rename_column",
            Operation::RenameColumn(RenameColumn::new("users", "age", "years")),
            |schema| column(schema, "age").name = "years".to_owned(),
        ),
    ]
}

fn alter(name: &str, before: Column, change: impl FnOnce(&mut AlterColumn)) -> Operation {
    let mut op = AlterColumn::new("users", name);
    op.from(before);
    change(&mut op);
    Operation::AlterColumn(op)
}

fn altered() -> Vec<Case> {
    let age = || Column::new("age", Type::Integer);
    vec![
        Case::new(
            "alter_column type",
            alter("email", email(), |c| c.set_type(Type::Varchar(200))),
            |schema| column(schema, "email").data_type = Type::Varchar(200),
        ),
        Case::new(
            "alter_column type and what it is made from",
            alter("age", age(), |c| c.set_type(Type::BigInt)),
            |schema| column(schema, "age").data_type = Type::BigInt,
        ),
        Case::new(
            "alter_column not null, filled",
            alter("age", age(), |c| c.not_null_with_fill("0")),
            |schema| column(schema, "age").not_null = true,
        ),
        Case::new(
            "alter_column null",
            alter("kind", kind(), |c| c.null()),
            |schema| column(schema, "kind").not_null = false,
        ),
        Case::new(
            "alter_column default",
            alter("kind", kind(), |c| c.default("other")),
            |schema| column(schema, "kind").default = Some("other".into()),
        ),
        Case::new(
            "alter_column without a default",
            alter("kind", kind(), |c| c.drop_default()),
            |schema| column(schema, "kind").default = None,
        ),
        Case::new(
            "alter_column comment",
            alter("age", age(), |c| c.comment("in years")),
            |schema| column(schema, "age").comment = Some("in years".to_owned()),
        )
        .refused_on(&["sqlite"]),
        Case::new(
            "alter_column identity",
            alter("id", Column::new("id", Type::Integer).not_null(), |c| {
                c.identity_always()
            }),
            |schema| {
                let id = column(schema, "id").clone();
                *column(schema, "id") = id.identity_always();
            },
        )
        .refused_on(&["sqlite", "mysql"]),
    ]
}

fn constraints() -> Vec<Case> {
    let add = |item: Constraint| Operation::AddConstraint(constraint(item));
    let primary = PrimaryKey::new("id");
    let named = {
        let mut table = Table::new("posts");
        table.primary_key(PrimaryKey::new("id").named("pk_posts"));
        table.primary_key.unwrap()
    };
    let created = named.clone();
    vec![
        Case::new("add unique", add(Constraint::Unique(unique())), |schema| {
            table(schema, "users").uniques.push(unique());
        }),
        Case::new(
            "drop unique",
            drop(add(Constraint::Unique(unique()))),
            |schema| {
                table(schema, "users").uniques.clear();
            },
        )
        .after(add(Constraint::Unique(unique()))),
        Case::new("add check", add(Constraint::Check(check())), |schema| {
            table(schema, "users").checks.push(check());
        }),
        Case::new(
            "drop check",
            drop(add(Constraint::Check(check()))),
            |schema| {
                table(schema, "users").checks.clear();
            },
        )
        .after(add(Constraint::Check(check()))),
        Case::new(
            "add foreign key",
            add(Constraint::ForeignKey(key())),
            |schema| {
                table(schema, "posts").foreign_keys.push(key());
            },
        ),
        Case::new(
            "drop foreign key",
            drop(add(Constraint::ForeignKey(key()))),
            |schema| {
                table(schema, "posts").foreign_keys.clear();
            },
        )
        .after(add(Constraint::ForeignKey(key()))),
        Case::new(
            "add primary key",
            add(Constraint::PrimaryKey(named)),
            move |schema| {
                table(schema, "posts").primary_key = Some(created.clone());
            },
        ),
        Case::new(
            "drop a primary key that has no name",
            Operation::DropConstraint({
                let mut op = DropConstraint::of("posts", ConstraintRef::PrimaryKey);
                op.constraint = Some(Constraint::PrimaryKey(primary.clone()));
                op
            }),
            |schema| table(schema, "posts").primary_key = None,
        )
        .after(add(Constraint::PrimaryKey(primary))),
        Case::new(
            "add deferred foreign key",
            add(Constraint::ForeignKey(key().deferred())),
            |schema| table(schema, "posts").foreign_keys.push(key().deferred()),
        )
        .refused_on(&["mysql"]),
        Case::new(
            "add foreign key that is not valid",
            add(Constraint::ForeignKey(key().not_valid())),
            |schema| table(schema, "posts").foreign_keys.push(key().not_valid()),
        )
        .refused_on(&["sqlite", "mysql"]),
        Case::new(
            "validate constraint",
            Operation::ValidateConstraint(ValidateConstraint::new("posts", "fk_posts_user")),
            |schema| table(schema, "posts").foreign_keys = vec![key()],
        )
        .after(add(Constraint::ForeignKey(key().not_valid())))
        .only_on("postgres")
        .without_reverse(),
        Case::new(
            "rename constraint",
            Operation::RenameConstraint(RenameConstraint::new("users", "uq_users_email", "uq")),
            |schema| table(schema, "users").uniques[0].name = Some("uq".to_owned()),
        )
        .after(add(Constraint::Unique(unique())))
        .refused_on(&["sqlite"]),
    ]
}

fn indexes() -> Vec<Case> {
    let create = |index: Index| Operation::CreateIndex(CreateIndex::new(index));
    let created = |name, new: Index| {
        let expected = new.clone();
        Case::new(name, create(new), move |schema: &mut Schema| {
            schema.indexes.push(expected.clone());
        })
    };
    vec![
        created("create_index", index()),
        created(
            "create_index unique over two",
            Index::new("ix", "users", ["email", "kind"]).unique(),
        ),
        created(
            "create_index downwards",
            Index::new("ix", "users", [IndexPart::column("age").desc()]),
        ),
        created(
            "create_index of some rows",
            index().predicate("age IS NOT NULL"),
        )
        .refused_on(&["mysql"]),
        created(
            "create_index of an expression",
            Index::new("ix", "users", [IndexPart::expression("lower(email)")]),
        )
        .refused_on(&["mariadb"]),
        created("create_index of a method", index().using("hash")).refused_on(&["sqlite", "mysql"]),
        created("create_index with columns beside", index().include("age"))
            .refused_on(&["sqlite", "mysql"]),
        Case::new("drop_index", drop(create(index())), |schema| {
            schema.indexes.clear()
        })
        .after(create(index())),
        Case::new(
            "drop_index by its name",
            Operation::DropIndex(DropIndex::new("users", "ix_users_email")),
            |schema| schema.indexes.clear(),
        )
        .after(create(index()))
        .without_reverse(),
        Case::new(
            "rename_index",
            Operation::RenameIndex(RenameIndex::new("users", "ix_users_email", "ix")),
            |schema| schema.indexes[0].name = "ix".to_owned(),
        )
        .after(create(index()))
        .refused_on(&["sqlite"]),
    ]
}

fn objects() -> Vec<Case> {
    let view = || View::new("adults", "SELECT id, email FROM users WHERE age > 17");
    let create = || Operation::CreateView(CreateView::new(view()));
    let colours = || EnumType::new("colour", ["red", "it's blue"]);
    let make = || Operation::CreateEnum(CreateEnum::new(colours()));
    vec![
        Case::new("create_view", create(), |_| {}).making_view("adults"),
        Case::new("drop_view", drop(create()), |schema| schema.views.clear()).after(create()),
        Case::new(
            "drop_view by its name",
            Operation::DropView(DropView::new("adults")),
            |schema| schema.views.clear(),
        )
        .after(create())
        .without_reverse(),
        Case::new("create_enum", make(), move |schema| {
            schema.enums.push(colours())
        })
        .refused_on(&["sqlite", "mysql"]),
        Case::new("drop_enum", drop(make()), |schema| schema.enums.clear())
            .after(make())
            .only_on("postgres"),
        Case::new(
            "add_enum_value",
            Operation::AddEnumValue(AddEnumValue::new("colour", "green")),
            |schema| schema.enums[0].values.push("green".to_owned()),
        )
        .after(make())
        .only_on("postgres")
        .without_reverse(),
        Case::new(
            "rename_enum_value",
            Operation::RenameEnumValue(RenameEnumValue::new("colour", "red", "dark red")),
            |schema| schema.enums[0].values[0] = "dark red".to_owned(),
        )
        .after(make())
        .only_on("postgres"),
    ]
}

fn others() -> Vec<Case> {
    let trigger = |definition: &str| {
        let trigger = Trigger::new("count_up", "users", definition);
        Operation::CreateTrigger(CreateTrigger::new(trigger))
    };
    let sqlite = trigger(
        "CREATE TRIGGER count_up AFTER DELETE ON users BEGIN DELETE FROM posts WHERE user_id = old.id; END",
    );
    let mysql = trigger(
        "CREATE TRIGGER count_up AFTER DELETE ON users FOR EACH ROW DELETE FROM posts WHERE user_id = old.id",
    );
    let row = Insert::new("users", ["id", "email"])
        .row(params![4, "d"])
        .key("id");
    vec![
        Case::new("create_trigger", sqlite, |_| {})
            .making_trigger("count_up")
            .only_on("sqlite"),
        Case::new("create_trigger", mysql, |_| {})
            .making_trigger("count_up")
            .only_on("mysql"),
        Case::new("insert", Operation::Insert(row), |_| {}).changing_rows(),
        Case::new(
            "drop_table by its name",
            Operation::DropTable(DropTable::new("posts")),
            |schema| {
                schema.tables.retain(|table| table.name != "posts");
            },
        )
        .without_reverse(),
    ]
}
