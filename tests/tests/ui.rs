//! What does not compile, and what does: one mistake in one case, with what the compiler says beside it.
//!
//! Each case is a crate whose migrations directory stands beside it under its name. The errors are those of the compiler
//! that the workspace pins; `TRYBUILD=overwrite` writes them anew.

#[test]
fn what_is_refused_is_told_at_its_token() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/revision/*.rs");
    cases.compile_fail("tests/ui/migrations/*.rs");
    cases.compile_fail("tests/ui/row/*.rs");
    cases.compile_fail("tests/ui/model/*.rs");
    cases.compile_fail("tests/ui/column_type/*.rs");
    cases.pass("tests/ui-pass/*.rs");
    cases.pass("tests/ui-pass/*/main.rs");
}
