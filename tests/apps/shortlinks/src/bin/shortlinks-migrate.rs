//! The migration runner of this package: `cargo migrate upgrade` builds and runs it.

fn main() -> std::process::ExitCode {
    migrate_runtime::main(shortlinks::migrations::migrations())
}
