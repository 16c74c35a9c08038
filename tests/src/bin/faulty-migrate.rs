//! The runner of the faulty chain.

fn main() -> std::process::ExitCode {
    migrate_runtime::main(migrate_tests::faulty::migrations())
}
