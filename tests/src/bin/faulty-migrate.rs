//! The runner of the faulty revisions.

fn main() -> std::process::ExitCode {
    migrate_runtime::main(migrate_tests::faulty::migrations())
}
