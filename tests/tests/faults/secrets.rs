//! A password in a URL: no piece of it in any output or file of any command, whether the URL works, is refused by the
//! server, or can't be read.

use std::fs;
use std::path::Path;
use std::process::Output;

use mysql::prelude::Queryable as _;
use tempfile::TempDir;

use crate::servers::Engine;
use crate::subject_process::text;

/// The password, whose middle has a sign of its own in URLs.
const PASSWORD: &str = "qzxqzx@vjkvjk";
const ENCODED: &str = "qzxqzx%40vjkvjk";
/// What is looked for.
const PIECES: [&str; 2] = ["qzxqzx", "vjkvjk"];

/// Every command of the runner, in an order in which each has something to do, and all that writes a file.
const COMMANDS: [&[&str]; 24] = [
    &["upgrade", "--sql"],
    &["upgrade", "--dry-run"],
    &["upgrade", "s1"],
    &["status"],
    &["current"],
    &["history", "-i"],
    &["check"],
    &["diff"],
    &["dump"],
    &["verify"],
    &["lint"],
    &["merge-check"],
    &["backup", "create"],
    &["backup", "list"],
    &["deploy", "--write-plan", "plan.json"],
    &["deploy", "--plan", "plan.json", "--log", "log"],
    &["backup", "restore", "latest"],
    &["backup", "restore", "latest", "--yes"],
    &["upgrade"],
    &["downgrade"],
    &["stamp", "head"],
    &["resolve", "s1", "--applied"],
    &["baseline"],
    &["upgrade", "nowhere"],
];

/// A user of a server with this password, and a directory to run in.
struct SecretsFixture {
    engine: Engine,
    user: String,
    /// Host, port and database.
    address: String,
    folder: TempDir,
}

impl SecretsFixture {
    fn new(name: &str) -> Option<SecretsFixture> {
        let engine = Engine::new(name)?;
        let url = engine.url();
        let (_, address) = url.split_once('@').unwrap();
        let user = format!("u_{}", address.rsplit_once('/').unwrap().1);
        let fixture = SecretsFixture {
            user,
            address: address.to_owned(),
            folder: tempfile::tempdir().unwrap(),
            engine,
        };
        match &fixture.engine {
            Engine::Mysql(database) => {
                let mut conn = database.connect();
                let user = &fixture.user;
                conn.query_drop(format!("CREATE USER {user}@'%' IDENTIFIED BY '{PASSWORD}'"))
                    .unwrap();
                conn.query_drop(format!("GRANT ALL ON *.* TO {user}@'%'"))
                    .unwrap();
            }
            other => other.run(&format!(
                "CREATE ROLE {} SUPERUSER LOGIN PASSWORD '{PASSWORD}'",
                fixture.user
            )),
        }
        Some(fixture)
    }

    fn scheme(&self) -> &'static str {
        match self.engine {
            Engine::Mysql(_) => "mysql",
            _ => "postgres",
        }
    }

    /// The URLs that are accepted.
    fn valid_urls(&self) -> [String; 2] {
        let (scheme, user, address) = (self.scheme(), &self.user, &self.address);
        [
            format!("{scheme}://{user}:{ENCODED}@{address}"),
            format!("{scheme}://{user}@{address}?password={ENCODED}"),
        ]
    }

    /// URLs that are refused: by a server, by a closed port, and because they can't be read.
    fn invalid_urls(&self) -> Vec<String> {
        let (scheme, user, address) = (self.scheme(), &self.user, &self.address);
        let database = address.rsplit_once('/').unwrap().1;
        vec![
            format!("{scheme}://{user}:{ENCODED}x@{address}_missing"),
            format!("{scheme}://{user}:{ENCODED}@127.0.0.1:1/{database}"),
            format!("{scheme}://{user}:{PASSWORD}@{address}"),
            format!("{scheme}://{user}:{ENCODED}%@{address}"),
            format!("{scheme}://{user}:qzxqzx/vjkvjk@{address}"),
            format!("{scheme}://{user}:{ENCODED}@127.0.0.1:port/{database}"),
            format!("{scheme}://{user}:{ENCODED}@{address}?bogus=vjkvjk"),
            format!("{scheme}://{user}:{ENCODED}@db.example.org/{database}?sslmode=vjkvjk"),
            format!("{user}:{ENCODED}@{address}"),
        ]
    }

    fn run(&self, url: &str, arguments: &[&str]) -> Output {
        let mut command = self.engine.runner(arguments);
        command
            .current_dir(self.folder.path())
            .env("DATABASE_URL", url)
            .env("MIGRATE_SCRATCH_URL", url)
            .env_remove("MIGRATE_SCRATCH_URL_MYSQL")
            .env("TMPDIR", self.folder.path());
        // The runner of the tests chooses its backend by this.
        if !url.starts_with(self.scheme()) {
            command
                .env("DATABASE_URL", self.engine.url())
                .args(["--database-url", url]);
        }
        command.output().unwrap()
    }

    /// Checks every file of the folder.
    fn check_files(&self) {
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                check(&path.display().to_string(), &path);
                if path.is_dir() {
                    folders.push(path);
                } else {
                    check(&String::from_utf8_lossy(&fs::read(&path).unwrap()), &path);
                }
            }
        }
    }
}

impl Drop for SecretsFixture {
    fn drop(&mut self) {
        let user = &self.user;
        let statements = match self.engine {
            Engine::Mysql(_) => vec![format!("DROP USER {user}@'%'")],
            _ => vec![
                format!("REASSIGN OWNED BY {user} TO CURRENT_USER"),
                format!("DROP ROLE {user}"),
            ],
        };
        for sql in statements {
            // A user or role that remains is harmless.
            let _ = self.engine.try_query(&sql);
        }
    }
}

#[track_caller]
fn check(text: &str, source: &Path) {
    for piece in PIECES {
        assert!(!text.contains(piece), "{}: {text}", source.display());
    }
}

fn no_piece_of_a_password_is_printed_on(name: &str, rows: &str) {
    let Some(fixture) = SecretsFixture::new(name) else {
        return;
    };
    for (url, form) in fixture.valid_urls().iter().zip(["-v", "--json"]) {
        fixture.engine.clear();
        let _ = fs::remove_file(fixture.folder.path().join("plan.json"));
        let mut worked = 0;
        for command in COMMANDS {
            let output = fixture.run(url, &[command, &[form]].concat());
            check(&text(&output), Path::new(&command.join(" ")));
            worked += usize::from(output.status.success());
        }
        // What refuses does so for a reason: a restore without a confirmation, an invalid target.
        assert!(
            worked > 15,
            "only {worked} commands of {name} did their work"
        );
        fixture.engine.clear();
        for kind in ["panic", "err"] {
            let mut command = fixture.engine.runner(&["upgrade", form]);
            let output = command
                .env("DATABASE_URL", url)
                .env("MIGRATE_FAULT", format!("before:op:3={kind}"))
                .env("RUST_BACKTRACE", "1")
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(1), "{}", text(&output));
            check(&text(&output), Path::new(kind));
        }
        for row in fixture.engine.query(rows) {
            check(&row, Path::new("the version table"));
        }
        fixture.check_files();
    }
    for (number, url) in fixture.invalid_urls().iter().enumerate() {
        // All commands open the database by one function, and a URL is parsed by one.
        let some = [
            &["status"][..],
            &["upgrade"],
            &["backup", "create"],
            &["backup", "restore", "latest"],
        ];
        let commands = COMMANDS
            .iter()
            .filter(|command| number == 0 || some.contains(command));
        for command in commands {
            let form = [&["-v"][..], &["--json"], &[]][number % 3];
            let output = fixture.run(url, &[command, form].concat());
            let source = format!("{} {url}", command.join(" "));
            check(&text(&output), Path::new(&source));
        }
    }
    fixture.check_files();
}

#[test]
fn no_piece_of_a_password_is_printed_on_postgresql() {
    no_piece_of_a_password_is_printed_on(
        "postgres",
        "SELECT row_to_json(r)::text FROM migrate_revisions AS r",
    );
}

#[test]
fn no_piece_of_a_password_is_printed_on_mariadb() {
    let rows = "SELECT CONCAT_WS(' ', revision, message, checksum, status, compatibility, journal) FROM migrate_revisions";
    no_piece_of_a_password_is_printed_on("mysql", rows);
}
