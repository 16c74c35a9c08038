//! The runner of the ledger chain.

fn main() -> std::process::ExitCode {
    migrate_runtime::main(migrate_tests::ledger::migrations())
}
