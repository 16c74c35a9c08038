use super::*;

const HEADER: &str =
    "revision! { revision: \"a1\", down_revision: None, created: \"2026-11-23T09:15:00Z\" }";

fn directory(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("migrations");
    fs::create_dir(&path).unwrap();
    for (name, text) in files {
        fs::write(path.join(name), text).unwrap();
    }
    (root, path)
}

fn messages(directory: &Directory) -> Vec<String> {
    let diagnostics = directory.diagnostics(HeadsAllowed::One);
    diagnostics
        .iter()
        .map(|diagnostic| diagnostic.kind.to_string())
        .collect()
}

#[test]
fn many_files_are_read_in_the_order_of_their_names() {
    let (_root, path) = directory(&[("mod.rs", "")]);
    let names: Vec<String> = (0..300).map(|n| format!("m{n:03}.rs")).collect();
    for name in &names {
        fs::write(path.join(name), format!("{HEADER} // {name}")).unwrap();
    }
    let directory = Directory::read(&path).unwrap();
    let read = |file: &RevisionFile| file.path.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(directory.files.iter().map(read).collect::<Vec<_>>(), names);
    assert!(
        directory
            .files
            .iter()
            .all(|file| file.text.ends_with(&read(file)))
    );
    assert_eq!(directory.check().inspections.len(), 300);
}

#[test]
fn the_module_file_may_be_beside_the_directory_or_the_root() {
    for (name, is_found) in [
        ("migrations/mod.rs", true),
        ("migrations.rs", true),
        ("migrations/lib.rs", true),
        ("migrations/main.rs", true),
        ("migrations/other.rs", false),
    ] {
        let (root, path) = directory(&[("m1.rs", HEADER)]);
        fs::write(
            root.path().join(name),
            "mod m1;\nmigrations!(backend = Sqlite);\n",
        )
        .unwrap();
        let directory = Directory::read(&path).unwrap();
        assert_eq!(directory.settings().is_some(), is_found, "{name}");
        let expected = if is_found { name } else { "migrations/mod.rs" };
        assert_eq!(directory.mod_path, root.path().join(expected));
        assert_eq!(messages(&directory), [] as [&str; 0]);
    }
}

#[test]
fn a_revision_needs_one_mod_line_in_the_right_place() {
    for (mod_rs, is_right) in [
        ("mod m1;", true),
        ("mod x { mod m1; } mod m1;", true),
        ("mod r#m1;", true),
        ("mod m2;", false),
        ("#[cfg(test)] mod m1;", false),
    ] {
        let (_root, path) = directory(&[("mod.rs", mod_rs), ("m1.rs", HEADER), ("m2.rs", "")]);
        let directory = Directory::read(&path).unwrap();
        assert_eq!(messages(&directory).is_empty(), is_right, "{mod_rs}");
    }
}
