//! What is rendered compiles, and does what it was rendered from: one package with a function for each case, run on a
//! backend that only records what it is requested to do.

use migrate_schema::operation::{
    AddColumn, CreateIndex, CreateTable, DropTable, Operation, RenameColumn,
};
use migrate_schema::render::revision_body;
use migrate_schema::schema::{Column, Index, Table, Type};

use crate::package::Package;

#[path = "../backend/cases.rs"]
#[expect(dead_code, reason = "only the operations are of interest here")]
mod cases;

/// Names that would be code if they were not literals.
const HOSTILE: [&str; 8] = [
    "a\"); panic!(); //",
    "r#\"",
    "\\",
    "two\nlines\r\u{2028}",
    "{}{name}",
    "\u{202e}gnp.exe",
    "*/ #![no_std]",
    "\u{1b}[31m'",
];

fn hostile() -> Vec<Operation> {
    let of = |name: &str| {
        let column = || {
            Column::new(name, Type::custom(name.to_owned()))
                .default(name)
                .check(name)
                .comment(name)
        };
        let mut table = Table::new(name);
        table.column(column());
        table.check(name);
        vec![
            Operation::CreateTable(CreateTable::new(table)),
            Operation::DropTable(DropTable::new(name)),
            Operation::AddColumn(AddColumn::new(name, column())),
            Operation::RenameColumn(RenameColumn::new(name, name, "x")),
            Operation::CreateIndex(CreateIndex::new(
                Index::new(name, name, name).predicate(name),
            )),
        ]
    };
    HOSTILE.into_iter().flat_map(of).collect()
}

/// A drop has what it drops, and a change what was before, only if it was generated from a comparison.
fn as_written(operation: &Operation) -> Operation {
    let mut operation = operation.clone();
    match &mut operation {
        Operation::DropTable(op) => op.table = None,
        Operation::DropColumn(op) => op.column = None,
        Operation::DropIndex(op) => op.index = None,
        Operation::DropConstraint(op) => op.constraint = None,
        Operation::DropView(op) => op.view = None,
        Operation::DropTrigger(op) => op.trigger = None,
        Operation::DropEnum(op) => op.enum_type = None,
        Operation::SetTableComment(op) => op.from = None,
        Operation::SetTableOptions(op) => op.from = None,
        Operation::AlterColumn(op) => {
            op.from = None;
            if op.not_null == Some(true) && op.fill.is_none() {
                op.fill = Some(SAID.to_owned());
            }
        }
        Operation::AddColumn(op) => {
            let rows_could_not = op.column.not_null && !op.column.has_value();
            if rows_could_not
                && op.fill.is_none()
                && op.existing_rows == migrate_schema::operation::ExistingRows::Allowed
            {
                op.fill = Some(SAID.to_owned());
            }
        }
        _ => {}
    }
    operation
}

/// What the author writes in every position that requires a reason.
const SAID: &str = "said";

/// Puts the author's reason into the positions that do not compile without one.
fn filled(body: &str) -> String {
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("compile_error!(") {
        text.push_str(before);
        text.push_str(&format!("({SAID:?}"));
        // The message is one literal: it ends at the first quote that is not escaped.
        let start = after.find('"').unwrap() + 1;
        let mut escaped = false;
        let end = after[start..].find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        rest = &after[start + end.unwrap() + 1..];
    }
    text + rest
}

/// The application: a function for each case, and what each requests from the backend.
fn program(cases: &[Operation]) -> String {
    let mut text = include_str!("../../ui/tests/ui/second_backend.rs")
        .replace("pub struct Session<'t>(PhantomData<&'t ()>);", "pub struct Session<'t>(Vec<Operation>, PhantomData<&'t ()>);")
        .replace(
            "fn check(_: &mut Session<'_>, _: &Operation) -> Result<CheckOutcome, OpError> {\n        unreachable!()",
            "fn check(session: &mut Session<'_>, operation: &Operation) -> Result<CheckOutcome, OpError> {\n        session.0.push(operation.clone());\n        Ok(CheckOutcome::Skip)",
        );
    assert!(text.contains("session.0.push"));
    text.push_str("\nfn main() {\n    let mut op;\n");
    for at in 0..cases.len() {
        text.push_str(&format!(
            "    op = Op::new(Session(Vec::new(), PhantomData));\n    case_{at}::up(&mut op).unwrap();\n    println!(\"{{:?}}\", op.into_session().0);\n"
        ));
    }
    text.push_str("}\n");
    for (at, operation) in cases.iter().enumerate() {
        let body = filled(&revision_body(std::slice::from_ref(operation)).up);
        text.push_str(&format!(
            "\nmod case_{at} {{\n    use migrate_runtime::v1::*;\n    pub fn up(op: &mut Op<super::Second>) -> Result<()> {{\n{body}    }}\n}}\n"
        ));
    }
    text
}

#[test]
fn a_rendered_operation_does_what_it_was_rendered_from() {
    let mut operations: Vec<Operation> = cases::all()
        .into_iter()
        .map(|case| case.operation)
        .collect();
    operations.extend(hostile());
    let package = Package::new("rendered", &["src/lib.rs"]);
    package
        .project
        .write("src/bin/cases.rs", &program(&operations));
    for name in ["migrate-engine", "migrate-schema"] {
        let path = format!("{}/../{name}", env!("CARGO_MANIFEST_DIR"));
        let added = package.cargo(&format!("add --quiet --offline {name} --path {path}"));
        assert_eq!(added.status, 0, "{added}");
    }
    let run = package.cargo("run --quiet --bin cases");
    assert_eq!(run.status, 0, "{run}");
    let output = package.output("run --quiet --bin cases");
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines.len(), operations.len());
    for (operation, line) in operations.iter().zip(lines) {
        assert_eq!(
            line,
            format!("{:?}", [as_written(operation)]),
            "{}",
            operation.title()
        );
    }
}

#[test]
fn a_name_that_looks_like_code_is_kept_on_its_line() {
    for operation in hostile() {
        let bodies = revision_body(std::slice::from_ref(&operation));
        for body in [bodies.up, bodies.down] {
            assert!(
                body.chars()
                    .all(|c| c == '\n' || !(c.is_control() || "\u{202e}\u{2028}".contains(c))),
                "{body:?}"
            );
            assert!(
                !body.contains("\npanic") && !body.contains("\nlines"),
                "{body}"
            );
        }
    }
}
