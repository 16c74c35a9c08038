//! Runs operations: checks them first, then runs their statements, separately or together.

use std::panic::Location;

use super::{Op, TraceEvent, Values};
use crate::backend::{Backend, CheckOutcome, ScriptError, StatementKind};
use crate::error::{DataLoss, OpError};
use crate::executor::Meter;
use crate::failpoint::{self, FailurePoint};
use crate::journal::Step;
use crate::v1::Result;
use migrate_schema::ddl;
use migrate_schema::operation::{AddColumn, Compatibility, ExistingRows, InSchema, Operation};
use migrate_schema::value::Value;

impl<B: Backend> Op<'_, B> {
    /// Runs one operation that is given as a value.
    ///
    /// # Errors
    ///
    /// The same as the method of the operation's name.
    #[track_caller]
    pub fn run(&mut self, operation: Operation) -> Result<()> {
        self.record.location = Some(Location::caller());
        match operation {
            Operation::InSchema(InSchema {
                schema, operation, ..
            }) => self.in_schema(&schema, |op| op.run(*operation)),
            operation => self.run_in_parts(vec![operation]),
        }
    }

    /// Runs operations on one table in order, as many of them together as the database supports.
    pub(super) fn run_in_parts(&mut self, mut operations: Vec<Operation>) -> Result<()> {
        while !operations.is_empty() {
            let mut counts = (1..=operations.len()).rev();
            let together = counts.find(|count| B::can_combine(&operations[..*count]));
            let later = operations.split_off(together.unwrap_or(1));
            let part = std::mem::replace(&mut operations, later);
            match together {
                Some(_) => self.run_together(part)?,
                None => part.into_iter().try_for_each(|one| self.run_alone(one))?,
            }
        }
        Ok(())
    }

    pub(super) fn run_alone(&mut self, operation: Operation) -> Result<()> {
        if self.journal.is_none() {
            return self.run_statements(operation);
        }
        let operations = std::slice::from_ref(&operation);
        self.record_compatibility(operations);
        let step = Step::operations(operations, statement_kind::<B>(&operation));
        self.stepped(
            || step,
            |op| op.run_statements(operation.clone()).map(|()| 0),
        )
        .map(|_| ())
    }

    fn run_statements(&mut self, operation: Operation) -> Result<()> {
        // After some of its statements ran, an operation can't be checked against its original state.
        if !self.is_resuming() && self.prepare(&operation, &[])? == CheckOutcome::Skip {
            return Ok(());
        }
        let operation = B::resolve(&mut self.session, operation)?;
        let statements = ddl::statements(B::dialect(), &operation);
        for (number, sql) in statements.iter().enumerate() {
            self.run_statement(number, sql, |op| {
                op.record.statements += 1;
                // Not kept prepared, because no operation runs twice.
                let session = &mut op.session;
                let done = failpoint::hit(FailurePoint::Op, ScriptError::from, || {
                    B::execute_batch(session, sql)
                });
                done.map(|_| ()).map_err(|ScriptError { source, .. }| {
                    let error = op.failed(sql, source);
                    B::improve_error(&mut op.session, &operation, error).into()
                })
            })?;
        }
        self.tell(&TraceEvent::Operations(
            std::slice::from_ref(&operation),
            Some(&statements),
        ));
        Ok(())
    }

    /// Records the compatibility of operations with older applications, also if an earlier run did them.
    fn record_compatibility(&mut self, operations: &[Operation]) {
        let breaking = |operation: &Operation| operation.compatibility() == Compatibility::Breaking;
        self.record.breaking |= operations.iter().any(breaking);
    }

    /// Runs operations on one table together.
    fn run_together(&mut self, operations: Vec<Operation>) -> Result<()> {
        if self.journal.is_none() {
            return self.alter_together(operations);
        }
        self.record_compatibility(&operations);
        let stands = match B::CAPABILITIES.transactional_ddl {
            true => StatementKind::Transactional,
            false => StatementKind::NonTransactional,
        };
        let step = Step::operations(&operations, stands);
        if stands == StatementKind::NonTransactional && operations.iter().any(fills) {
            let statements = B::preview_sql(&mut self.session, &operations);
            let step = step.of(statements.map_or(1, |statements| statements.len()));
            let work = |op: &mut Self| op.alter_one_by_one(operations.clone()).map(|()| 0);
            return self.stepped(|| step, work).map(|_| ());
        }
        self.stepped(
            || step,
            |op| op.alter_together(operations.clone()).map(|()| 0),
        )
        .map(|_| ())
    }

    /// Runs operations that fill in values, one by one. Each is recorded by itself, because schema changes are
    /// permanent and rows are written between them.
    fn alter_one_by_one(&mut self, operations: Vec<Operation>) -> Result<()> {
        let mut wanted = Vec::new();
        for operation in operations {
            // After some of its statements ran, an operation can't be checked against its original state.
            if self.is_resuming() || self.prepare(&operation, &wanted)? == CheckOutcome::Run {
                wanted.push(B::resolve(&mut self.session, operation)?);
            }
        }
        let Some(statements) =
            B::preview_sql(&mut self.session, &wanted).filter(|_| !wanted.is_empty())
        else {
            return self.alter_together(wanted);
        };
        for (number, sql) in statements.iter().enumerate() {
            self.run_statement(number, sql, |op| op.statement_of_an_operation(sql))?;
        }
        self.tell(&TraceEvent::Operations(&wanted, Some(&statements)));
        Ok(())
    }

    fn statement_of_an_operation(&mut self, sql: &str) -> Result<()> {
        self.record.statements += 1;
        let session = &mut self.session;
        let done = failpoint::hit(FailurePoint::Op, ScriptError::from, || {
            B::execute_batch(session, sql)
        });
        done.map(|_| ())
            .map_err(|ScriptError { source, .. }| self.failed(sql, source).into())
    }

    fn alter_together(&mut self, operations: Vec<Operation>) -> Result<()> {
        let mut wanted = Vec::new();
        for operation in operations {
            if self.prepare(&operation, &wanted)? == CheckOutcome::Run {
                wanted.push(B::resolve(&mut self.session, operation)?);
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        // Reported before they run, because the table is different afterwards.
        self.tell_together(&wanted);
        let table = wanted.iter().find_map(Operation::table).unwrap_or_default();
        let mut meter = Meter::new(&self.record.revision, table, self.record.listener.as_mut());
        let session = &mut self.session;
        let told = |source| OpError::Statement {
            number: 1,
            sql: String::new(),
            source,
        };
        let done = failpoint::hit(FailurePoint::Op, told, || {
            B::alter_table(session, &wanted, &mut |copied, total| {
                meter.tell(copied, total);
            })
        });
        meter.end();
        match done {
            Ok(steps) => {
                self.record.statements += steps;
                Ok(())
            }
            Err(OpError::Statement {
                number,
                sql,
                source,
            }) => {
                self.record.statements += number;
                Err(self.failed(&sql, source).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Checks whether an operation, which runs together with those `before` it, is valid and has anything to do.
    /// Records its compatibility with older applications.
    fn prepare(&mut self, operation: &Operation, before: &[Operation]) -> Result<CheckOutcome> {
        if let Err(invalid) = operation.validate_on(B::CAPABILITIES.letter_case) {
            let (reason, help) = (invalid.reason, invalid.help);
            return Err(OpError::Invalid {
                operation: operation.title(),
                reason,
                help,
            }
            .into());
        }
        if B::check_after(&mut self.session, before, operation)? == CheckOutcome::Skip {
            self.record.skipped.push(operation.skip_message());
            return Ok(CheckOutcome::Skip);
        }
        if let Operation::AddColumn(AddColumn {
            table,
            existing_rows: ExistingRows::Forbidden,
            ..
        }) = operation
        {
            self.refuse_rows(operation, table)?;
        }
        if self.record.values != Values::Drop {
            self.count_losses(operation)?;
        }
        self.record.breaking |= operation.compatibility() == Compatibility::Breaking;
        Ok(CheckOutcome::Run)
    }

    /// Returns an error if a table has a row although the author declared it empty.
    fn refuse_rows(&mut self, operation: &Operation, table: &str) -> Result<()> {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", B::dialect().identifier(table));
        let mut found = false;
        B::query(&mut self.session, &sql, &[], &mut |_| found = true)
            .map_err(OpError::Inspection)?;
        if !found {
            return Ok(());
        }
        Err(OpError::Invalid {
            operation: operation.title(),
            reason: format!("`{table}` has rows, but the revision declares it empty"),
            help: "give the column a default, or use `fill(…)`".to_owned(),
        }
        .into())
    }

    fn count_losses(&mut self, operation: &Operation) -> Result<()> {
        let id = |name: &str| B::dialect().identifier(name);
        let (table, column, sql) = match operation {
            Operation::DropTable(op) => (
                &op.name,
                None,
                format!("SELECT count(*) FROM {}", id(&op.name)),
            ),
            Operation::DropColumn(op) => {
                let (table, column) = (id(&op.table), id(&op.name));
                let sql = format!("SELECT count(*) FROM {table} WHERE {column} IS NOT NULL");
                (&op.table, Some(op.name.clone()), sql)
            }
            _ => return Ok(()),
        };
        let mut rows = 0;
        B::query(&mut self.session, &sql, &[], &mut |row| {
            rows = row.first().and_then(Value::as_i64).unwrap_or(0)
        })
        .map_err(OpError::Inspection)?;
        let loss = DataLoss {
            table: table.clone(),
            column,
            rows: u64::try_from(rows).unwrap_or(0),
        };
        match (loss.rows, self.record.values) {
            (0, _) => Ok(()),
            (_, Values::Keep) => Err(OpError::DataLoss(loss).into()),
            _ => {
                self.record.losses.push(loss);
                Ok(())
            }
        }
    }
}

/// Returns whether an operation writes rows between changes of the schema.
fn fills(operation: &Operation) -> bool {
    match operation {
        Operation::AddColumn(op) => op.fill.is_some(),
        Operation::AlterColumn(op) => op.fill.is_some(),
        _ => false,
    }
}

/// Returns how the statements of an operation relate to transactions.
fn statement_kind<B: Backend>(operation: &Operation) -> StatementKind {
    let statements = ddl::statements(B::dialect(), operation);
    let mut all = statements.iter().flat_map(|sql| B::statements(sql));
    match all.all(|(_, stands)| stands == StatementKind::Transactional) {
        true => StatementKind::Transactional,
        // Operations of this crate never begin or end a transaction.
        false => StatementKind::NonTransactional,
    }
}
