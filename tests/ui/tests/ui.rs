//! What does not compile: one error in one case, with the compiler's output beside it.
//!
//! Each case is a crate whose migrations directory is beside it under its name. The errors are those of the compiler
//! that the workspace pins; `TRYBUILD=overwrite` writes them anew. What compiles is in `tests/tests/ui_pass.rs`: without a
//! case that has to be linked, trybuild checks all of them in one call of cargo.

#[test]
fn what_is_refused_is_reported_at_its_token() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/revision/*.rs");
    cases.compile_fail("tests/ui/migrations/*.rs");
    cases.compile_fail("tests/ui/row/*.rs");
    cases.compile_fail("tests/ui/model/*.rs");
    cases.compile_fail("tests/ui/column_type/*.rs");
}
