//! `cargo migrate completions`.

use migrate_tests::Project;

#[test]
fn an_unknown_shell_is_refused() {
    let run = Project::new().migrate("completions tcsh");
    assert_eq!(run.status, 2);
    assert!(
        run.stderr
            .contains("possible values: bash, elvish, fish, powershell, zsh"),
        "{run}"
    );
}

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = Project::new()
            .migrate(&format!("completions {shell}"))
            .done()
            .stdout;
        assert!(script.contains("downgrade"), "{shell}");
    }
}
