//! Questions on a real terminal, which `script` of util-linux gives: what yes, no and Ctrl-C do.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use migrate_tests::{command, normalize};

use crate::package::Package;

const CTRL_C: &str = "\u{3}";
const END: &str = "\u{4}";

/// What was shown, and how the process ended.
struct Shown {
    text: String,
    status: i32,
}

impl Package {
    /// Runs a command on a terminal of its own, and types `keys` once `prompt` is shown.
    fn on_a_terminal(&self, arguments: &str, prompt: &str, keys: &str) -> Shown {
        // A shell lets what it runs in the background ignore Ctrl-C, and so would these tests.
        let line = format!(
            "env --default-signal=INT {} {arguments}",
            command().display()
        );
        let mut script = Command::new("timeout");
        let script = self
            .environment(&mut script)
            .args([
                "300",
                "script",
                "--quiet",
                "--return",
                "--flush",
                "--command",
                &line,
                "/dev/null",
            ])
            .current_dir(self.project.path())
            .env_remove("CI")
            .env("TERM", "xterm");
        let mut child = script
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut text = String::new();
        let mut bytes = [0; 4096];
        let mut typed = false;
        loop {
            let count = output.read(&mut bytes).unwrap();
            text.push_str(&String::from_utf8_lossy(&bytes[..count]));
            if count == 0 {
                break;
            }
            if !typed && text.contains(prompt) {
                typed = true;
                input.write_all(keys.as_bytes()).unwrap();
                input.flush().unwrap();
            }
        }
        assert!(typed, "`{prompt}` was not asked: {text}");
        let status = child.wait().unwrap().code().unwrap();
        let text = normalize(&text.replace('\r', ""), self.project.path());
        Shown { text, status }
    }
}

fn package(name: &str) -> Package {
    let package = Package::new(name, &["src/lib.rs"]);
    let models = "pub mod migrations;

use migrate_runtime::Model;

#[derive(Model)]
#[model(table = \"users\")]
pub struct User {
    #[model(primary_key)]
    pub id: i64,
    pub name: Option<String>,
}
";
    package.project.write("src/lib.rs", models);
    package
        .migrate("revision --autogenerate -m users --rev-id r1")
        .done();
    package
}

#[test]
fn a_rename_is_confirmed() {
    let package = package("asked");
    package
        .project
        .replace("src/lib.rs", "name: Option", "full_name: Option");
    let prompt = "Was column `users.name` renamed to `full_name`?";
    let ask = |arguments: &str, keys: &str| {
        let arguments = format!("revision --autogenerate {arguments}");
        package.on_a_terminal(&arguments, prompt, keys)
    };
    let read = || std::fs::read_to_string(package.project.join("src/migrations/mod.rs")).unwrap();
    let before = read();

    let left = ask("-m none", CTRL_C);
    assert_eq!(left.status, 130, "{}", left.text);
    assert!(
        !left.text.contains("\u{1b}[?25l"),
        "the cursor stays: {:?}",
        left.text
    );
    assert_eq!(read(), before);

    let left = ask("-m none", END);
    assert_eq!(left.status, 1, "{}", left.text);
    assert!(left.text.contains("no answer was given"), "{}", left.text);
    assert_eq!(read(), before);

    let no = ask("-m no --rev-id r2", "what?\nno\n");
    assert_eq!(no.status, 0, "{}", no.text);
    let file = package.file_of("no");
    let text = package.project.read(&file);
    assert!(
        text.contains("drop_column") && text.contains("add_column"),
        "{text}"
    );
    std::fs::remove_file(file).unwrap();
    package.project.write("src/migrations/mod.rs", &before);

    let yes = ask("-m yes --rev-id r2", "yes\n");
    assert_eq!(yes.status, 0, "{}", yes.text);
    let text = package.project.read(package.file_of("yes"));
    assert!(text.contains("rename_column"), "{text}");
}

#[test]
fn what_loses_values_or_changes_a_database_is_confirmed() {
    let package = package("prompted");
    let current = || package.migrate("current --database-url p.db").stdout;
    let fill = || {
        let connection = rusqlite::Connection::open(package.project.join("p.db")).unwrap();
        let insert = "INSERT INTO users VALUES (1, 'Ann')";
        connection.execute(insert, []).unwrap();
    };
    package.migrate("upgrade --database-url p.db").done();
    fill();

    let prompt = "[yes/no]";
    let ask = |arguments: &str, keys: &str| {
        package.on_a_terminal(&format!("{arguments} --database-url p.db"), prompt, keys)
    };
    for (keys, status) in [(CTRL_C, 130), ("no\n", 1), ("y\n", 1), (END, 1)] {
        let shown = ask("downgrade", keys);
        assert_eq!(shown.status, status, "{keys:?}: {}", shown.text);
        assert!(current().contains("r1"), "{keys:?}: {}", shown.text);
    }
    package
        .migrate("backup create b.db --database-url p.db")
        .done();
    let bytes = std::fs::read(package.project.join("p.db")).unwrap();
    for (keys, status) in [(CTRL_C, 130), ("no\n", 1)] {
        let shown = ask("backup restore b.db", keys);
        assert_eq!(shown.status, status, "{keys:?}: {}", shown.text);
        assert_eq!(std::fs::read(package.project.join("p.db")).unwrap(), bytes);
    }
    let shown = ask("backup restore b.db", "yes\n");
    assert_eq!(shown.status, 0, "{}", shown.text);

    let shown = ask("downgrade", "yes\n");
    assert_eq!(shown.status, 0, "{}", shown.text);
    assert!(!current().contains("r1"), "{}", shown.text);

    for (keys, status, applied) in [(CTRL_C, 130, false), ("no\n", 1, false), ("yes\n", 0, true)] {
        let shown = ask("deploy", keys);
        assert_eq!(shown.status, status, "{keys:?}: {}", shown.text);
        assert_eq!(
            current().contains("r1"),
            applied,
            "{keys:?}: {}",
            shown.text
        );
    }
}
