//! A package with models on a server: written, run, changed, and written again.

use insta::{allow_duplicates, assert_snapshot};
use migrate_tests::servers::{mysql, postgres};

use crate::package::{Package, runtime};

/// Returns a package of this backend with one model.
fn package(name: &str, backend: &str, head: &str) -> Package {
    let package = Package::unprepared(name, &["src/lib.rs"]);
    package
        .migrate(&format!(
            "init --backend {backend} --runtime-path {}",
            runtime()
        ))
        .done();
    let models = format!(
        "pub mod migrations;

use migrate_runtime::Model;

#[derive(Model)]
#[model(table = \"users\")]
{head}pub struct User {{
    #[model(primary_key, identity)]
    pub id: i64,
    #[model(length = 120, unique)]
    pub email: String,
    #[model(length = 10, default = \"new\", check = \"status IN ('new', 'old')\")]
    pub status: String,
    #[model(generated(\"upper(email)\", stored), length = 120)]
    pub loud: Option<String>,
    #[model(default = expr(\"CURRENT_TIMESTAMP\"), type = \"TIMESTAMP\")]
    pub created: String,
    #[model(length = 80)]
    pub name: Option<String>,
}}
"
    );
    package.project.write("src/lib.rs", &models);
    package
}

/// Goes from nothing to a second and a third revision, and back.
fn a_life(package: &Package, url: &str) {
    let generate = |arguments: &str| {
        let line = format!("revision --autogenerate {arguments} --database-url {url}");
        package.migrate(&line).to_string()
    };
    let run = |command: &str| package.migrate(&format!("{command} --database-url {url}"));
    let first = generate("-m users --rev-id r1");
    assert!(first.contains("create table `users`"), "{first}");
    run("upgrade").done();
    nothing_to_do(&generate("-m again"));
    assert_eq!(run("check").status, 0);

    package
        .project
        .replace("src/lib.rs", "pub name:", "pub full_name:");
    let check = run("check");
    assert_eq!(check.status, 3, "{check}");
    allow_duplicates! {
        assert_snapshot!(generate("-m x"), @r#"
        exit 1
        --- stderr
        error: possible renames need confirmation, and the command can't ask because it does not run interactively
         note: column `users.name` is missing, and `full_name` is new
         help: pass `--rename users.name=full_name` to rename, or `--no-rename users.name=full_name` to drop and add; or write `renamed_from = "…"` in the model
        "#);
        assert_snapshot!(generate("-m rename --rename users.name=full_name --rev-id r2"), @r#"
        exit 0
        --- stdout
        created src/migrations/m[DATE]_rename.rs (revision r2, follows r1)
        changed src/migrations/mod.rs
                rename column `users.name` to `full_name`
           next review it, then run `cargo migrate upgrade`
        "#);
    }
    run("upgrade").done();
    nothing_to_do(&generate("-m again"));

    package.project.replace(
        "src/lib.rs",
        "    #[model(length = 80)]\n    pub full_name: Option<String>,\n",
        "    pub age: i32,\n",
    );
    allow_duplicates! {
        assert_snapshot!(generate("-m age --rev-id r3 --no-rename users.full_name=age"), @r#"
        exit 0
        --- stdout
        created src/migrations/m[DATE]_age.rs (revision r3, follows r2)
        changed src/migrations/mod.rs
                add column `users.age`
                drop column `users.full_name`
        warning: drop column `users.full_name` (data-loss); release a version that does not use the column first, and make sure that a backup has its values
           next complete the 2 `compile_error!` lines: their messages describe what to write
        "#);
    }
    let file = package.file_of("age");
    let text = std::fs::read_to_string(&file).unwrap();
    let layout = package.cargo("fmt --check");
    assert_eq!(layout.status, 0, "{layout}");
    std::fs::write(&file, filled(&text)).unwrap();
    run("upgrade").done();
    let check = run("check");
    assert_eq!(check.status, 0, "{check}");
    nothing_to_do(&generate("-m again"));
    run("downgrade base --allow-data-loss").done();
    run("upgrade").done();
}

fn nothing_to_do(output: &str) {
    let nothing = "nothing to do: no difference was found, so no file was written";
    assert!(output.contains(nothing), "{output}");
}

/// Puts the author's text into the marked positions.
fn filled(text: &str) -> String {
    let mut filled = String::new();
    let mut parts = text.split("compile_error!(");
    filled.push_str(parts.next().unwrap());
    for (part, word) in parts.zip(["\"nobody reads it\"", "\"length(email)\""]) {
        filled.push_str(word);
        filled.push_str(&part[part.find(')').unwrap() + 1..]);
    }
    filled
}

#[test]
fn a_package_on_postgres_follows_its_models() {
    let Some(server) = postgres() else { return };
    let database = server.database();
    let head = "#[model(index(\n    \"lower(email)\",\n    name = \"ix_low\",\n    predicate = \"status IN ('new', 'old')\"\n))]\n";
    let package = package("models_on_postgres", "postgres", head);
    a_life(&package, &database.url);
    assert_snapshot!(package.project.read(package.file_of("users")), @r#"
    //! users

    use migrate_runtime::v1::*;

    revision! {
        revision: "r1",
        down_revision: None,
        created: "[DATE]",
    }

    pub fn up(op: &mut Op<Postgres>) -> Result<()> {
        op.create_table("users", |t| {
            t.column(Column::new("id", BigInt).identity().not_null());
            t.column(Column::new("email", Varchar(120)).not_null());
            t.column(Column::new("status", Varchar(10)).not_null().default("new"));
            t.column(Column::new("loud", Varchar(120)).generated_stored("upper(email)"));
            t.column(
                Column::new("created", Timestamp)
                    .not_null()
                    .default(Expr::new("current_timestamp")),
            );
            t.column(Column::new("name", Varchar(80)));
            t.primary_key(PrimaryKey::new("id").named("pk_users"));
            t.unique(Unique::new("email").named("uq_users_email"));
            t.check(Check::new("status IN ('new', 'old')").named("ck_users_eb59933b"));
        })?;
        op.create_index(
            Index::new("ix_low", "users", [IndexPart::expression("lower(email)")])
                .predicate("status IN ('new', 'old')"),
        )?;
        Ok(())
    }

    pub fn down(op: &mut Op<Postgres>) -> Result<()> {
        op.drop_table("users")?;
        Ok(())
    }
    "#);
    assert_snapshot!(package.project.read(package.file_of("rename")), @r#"
    //! rename

    use migrate_runtime::v1::*;

    revision! {
        revision: "r2",
        down_revision: "r1",
        created: "[DATE]",
    }

    pub fn up(op: &mut Op<Postgres>) -> Result<()> {
        op.rename_column("users", "name", "full_name")?;
        Ok(())
    }

    pub fn down(op: &mut Op<Postgres>) -> Result<()> {
        op.rename_column("users", "full_name", "name")?;
        Ok(())
    }
    "#);
}

#[test]
fn a_package_on_mariadb_follows_its_models() {
    let Some(server) = mysql() else { return };
    let database = server.database();
    let package = package("models_on_mariadb", "mysql", "");
    a_life(&package, &database.url);
    assert_snapshot!(package.project.read(package.file_of("users")), @r#"
    //! users

    use migrate_runtime::v1::*;

    revision! {
        revision: "r1",
        down_revision: None,
        created: "[DATE]",
    }

    pub fn up(op: &mut Op<Mysql>) -> Result<()> {
        op.create_table("users", |t| {
            t.column(Column::new("id", BigInt).autoincrement().not_null());
            t.column(Column::new("email", Varchar(120)).not_null());
            t.column(Column::new("status", Varchar(10)).not_null().default("new"));
            t.column(Column::new("loud", Varchar(120)).generated_stored("ucase(email)"));
            t.column(
                Column::new("created", DateTime)
                    .not_null()
                    .default(Expr::new("CURRENT_TIMESTAMP")),
            );
            t.column(Column::new("name", Varchar(80)));
            t.primary_key(PrimaryKey::new("id").named("PRIMARY"));
            t.unique(Unique::new("email").named("uq_users_email"));
            t.check(Check::new("status in ('new', 'old')").named("ck_users_eb59933b"));
        })?;
        Ok(())
    }

    pub fn down(op: &mut Op<Mysql>) -> Result<()> {
        op.drop_table("users")?;
        Ok(())
    }
    "#);
    assert_snapshot!(package.project.read(package.file_of("age")), @r#"
    //! age

    use migrate_runtime::v1::*;

    revision! {
        revision: "r3",
        down_revision: "r2",
        created: "[DATE]",
    }

    pub fn up(op: &mut Op<Mysql>) -> Result<()> {
        // This loses the values of users.full_name.
        op.allow_data_loss("nobody reads it")?;
        op.alter_table("users", |t| {
            t.add_column(Column::new("age", Integer).not_null().fill("length(email)"));
            t.drop_column("full_name");
        })?;
        Ok(())
    }

    pub fn down(op: &mut Op<Mysql>) -> Result<()> {
        op.alter_table("users", |t| {
            t.add_column(Column::new("full_name", Varchar(80)).after("created"));
            t.drop_column("age");
        })?;
        Ok(())
    }
    "#);
}
