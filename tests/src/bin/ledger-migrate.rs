//! The runner of the ledger revisions.

fn main() -> std::process::ExitCode {
    migrate_runtime::main(migrate_tests::ledger::migrations())
}
