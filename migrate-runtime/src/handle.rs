//! The handle that `up` and `down` work with.
//!
//! Comes in: what a revision asks. Goes out: statements on the backend's session, and a record of what was done, which
//! the executor reads afterwards. Knows no graph and no version table.

use crate::backend::{Backend, ScriptError, Verdict};
use crate::ddl;
use crate::error::{DatabaseError, Loss, OpError};
use crate::executor::Listener;
use crate::op::{
    AddColumn, AddConstraint, AlterColumn, Constraint, CreateIndex, CreateTable, DropColumn,
    DropConstraint, DropIndex, DropTable, Effect, Locking, Operation, RenameColumn, RenameTable,
    When,
};
use crate::schema::{
    Check, Column, ForeignKey, Index, IntoNames, PrimaryKey, Schema, Table, Unique,
};
use crate::v1::Result;
use crate::value::Value;

/// What a revision changes a database with: operations, statements, and the driver's own connection.
///
/// `B` is the backend: `op: &mut Op<Sqlite>`, or `op: &mut Op<impl Backend>` for a revision that runs on several.
///
/// ```
/// use migrate_runtime::v1::*;
///
/// fn up(op: &mut Op<Sqlite>) -> Result<()> {
///     op.add_column("users", Column::new("locale", Varchar(10)))?;
///     op.execute_with("UPDATE users SET locale = ?1 WHERE locale IS NULL", &params!["en"])?;
///     let count: i64 = op.connection().query_row("SELECT count(*) FROM users", [], |row| row.get(0))?;
///     println!("{count} users");
///     Ok(())
/// }
/// ```
pub struct Op<'t, B: Backend> {
    pub(crate) session: B::Session<'t>,
    pub(crate) record: Record,
}

/// What a revision did, as far as the handle saw it.
#[derive(Default)]
pub(crate) struct Record {
    /// The revision that runs; empty outside of one.
    pub(crate) revision: String,
    /// Who hears of its progress.
    pub(crate) listener: Option<Listener>,
    /// What it may do with values that are there.
    pub(crate) values: Values,
    /// How many statements went through the handle.
    pub(crate) statements: u32,
    /// The values that were dropped.
    pub(crate) losses: Vec<Loss>,
    /// Whether something happened that may be breaking.
    pub(crate) breaking: bool,
    /// Whether the author said that it only adds.
    pub(crate) declared: Option<Effect>,
}

/// What a `down` does with values that its drops would lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Values {
    /// Drops them: this is an `up`, or the user allowed it.
    #[default]
    Drop,
    /// Drops and counts them; the executor decides before the commit.
    Count,
    /// Keeps them: there is no transaction that could bring them back.
    Keep,
}

impl Record {
    /// Returns the effect that the version table stores.
    pub(crate) fn effect(&self) -> Effect {
        let seen = if self.breaking {
            Effect::Breaking
        } else {
            Effect::Additive
        };
        self.declared.unwrap_or(seen)
    }
}

impl<'t, B: Backend> Op<'t, B> {
    /// Returns a handle on a session.
    pub fn new(session: B::Session<'t>) -> Op<'t, B> {
        Op {
            session,
            record: Record::default(),
        }
    }

    /// Returns the session again.
    pub fn into_session(self) -> B::Session<'t> {
        self.session
    }

    /// Returns the driver's own connection, inside the revision's transaction.
    ///
    /// What is done through it is not seen by this handle, so the revision counts as
    /// [breaking](Op::declare_effect) for older programs.
    pub fn connection<'c>(&'c mut self) -> B::Connection<'c, 't> {
        self.record.breaking = true;
        B::connection(&mut self.session)
    }

    /// Runs one statement or several. Rows they give are left.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`] with the statement that failed.
    pub fn execute(&mut self, sql: &str) -> Result<()> {
        self.record.breaking = true;
        match B::script(&mut self.session, sql) {
            Ok(0) => Err(OpError::Invalid {
                operation: "execute".to_owned(),
                reason: "there is no statement in the text".to_owned(),
                help: "write a statement, or leave the call out".to_owned(),
            }
            .into()),
            Ok(count) => {
                self.record.statements += count;
                Ok(())
            }
            Err(ScriptError {
                before,
                sql,
                source,
            }) => {
                self.record.statements += before + 1;
                Err(OpError::Statement {
                    number: self.record.statements,
                    sql,
                    source,
                }
                .into())
            }
        }
    }

    /// Runs one statement with parameters and returns how many rows it changed.
    ///
    /// It is kept prepared, so calling it for each of many rows is cheap.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`] if the database refuses it, also if the text holds more than one statement.
    pub fn execute_with(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        self.record.breaking = true;
        self.record.statements += 1;
        let done = B::execute(&mut self.session, sql, params);
        Ok(done.map_err(|source| self.failed(sql, source))?)
    }

    /// Runs a query and returns its rows.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`] if the database refuses it.
    pub fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Vec<Value>>> {
        self.record.statements += 1;
        let mut rows = Vec::new();
        let done = B::query(&mut self.session, sql, params, &mut |row| rows.push(row));
        done.map_err(|source| self.failed(sql, source))?;
        Ok(rows)
    }

    pub(crate) fn failed(&self, sql: &str, source: DatabaseError) -> OpError {
        OpError::Statement {
            number: self.record.statements,
            sql: sql.to_owned(),
            source,
        }
    }

    /// Creates a table: `op.create_table("users", |t| { t.column(…); t.primary_key("id"); })`.
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`] if the table makes no sense, [`OpError::Statement`] if the database refuses it.
    pub fn create_table(&mut self, name: &str, build: impl FnOnce(&mut Table)) -> Result<()> {
        self.build_table(name, build, When::Always)
    }

    /// Creates a table where it is missing; does nothing where a table of this name is there.
    ///
    /// # Errors
    ///
    /// As [`create_table`](Op::create_table).
    pub fn create_table_if_missing(
        &mut self,
        name: &str,
        build: impl FnOnce(&mut Table),
    ) -> Result<()> {
        self.build_table(name, build, When::IfMissing)
    }

    fn build_table(
        &mut self,
        name: &str,
        build: impl FnOnce(&mut Table),
        when: When,
    ) -> Result<()> {
        let mut table = Table::new(name);
        build(&mut table);
        self.run(Operation::CreateTable(CreateTable { table, when }))
    }

    /// Drops a table and its rows.
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`] if rows of another table name its rows, [`OpError::Statement`] if the database refuses it.
    pub fn drop_table(&mut self, name: &str) -> Result<()> {
        self.run(Operation::DropTable(DropTable::new(name)))
    }

    /// Drops a table where it is there.
    ///
    /// # Errors
    ///
    /// As [`drop_table`](Op::drop_table).
    pub fn drop_table_if_exists(&mut self, name: &str) -> Result<()> {
        self.run(Operation::DropTable(DropTable {
            when: When::IfExists,
            ..DropTable::new(name)
        }))
    }

    /// Gives a table another name.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`] if the database refuses it.
    pub fn rename_table(&mut self, from: &str, to: &str) -> Result<()> {
        self.run(Operation::RenameTable(RenameTable::new(from, to)))
    }

    /// Gives a table another name where it is there.
    ///
    /// # Errors
    ///
    /// As [`rename_table`](Op::rename_table).
    pub fn rename_table_if_exists(&mut self, from: &str, to: &str) -> Result<()> {
        self.run(Operation::RenameTable(RenameTable {
            when: When::IfExists,
            ..RenameTable::new(from, to)
        }))
    }

    /// Changes a table: `op.alter_table("users", |t| t.add_column(…))`. Several changes run in the order written.
    ///
    /// # Errors
    ///
    /// The first change that can't be done, as the shortcut of the same name has it.
    pub fn alter_table(&mut self, name: &str, build: impl FnOnce(&mut AlterTable)) -> Result<()> {
        let mut table = AlterTable {
            table: name.to_owned(),
            operations: Vec::new(),
        };
        build(&mut table);
        if B::together(&table.operations) {
            return self.run_together(table.operations);
        }
        table
            .operations
            .into_iter()
            .try_for_each(|operation| self.run_alone(operation))
    }

    /// Adds a column at the end of a table.
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`] if it refuses NULL and has no default, [`OpError::Unsupported`] if the database can't add
    /// such a column.
    pub fn add_column(&mut self, table: &str, column: Column) -> Result<()> {
        self.alter_table(table, |t| t.add_column(column))
    }

    /// Adds a column where it is missing.
    ///
    /// # Errors
    ///
    /// As [`add_column`](Op::add_column).
    pub fn add_column_if_missing(&mut self, table: &str, column: Column) -> Result<()> {
        self.alter_table(table, |t| t.add_column_if_missing(column))
    }

    /// Drops a column and its values.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`] if something needs the column, with what it is.
    pub fn drop_column(&mut self, table: &str, column: &str) -> Result<()> {
        self.alter_table(table, |t| t.drop_column(column))
    }

    /// Drops a column where it is there.
    ///
    /// # Errors
    ///
    /// As [`drop_column`](Op::drop_column).
    pub fn drop_column_if_exists(&mut self, table: &str, column: &str) -> Result<()> {
        self.alter_table(table, |t| t.drop_column_if_exists(column))
    }

    /// Gives a column another name.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`] if the database refuses it.
    pub fn rename_column(&mut self, table: &str, from: &str, to: &str) -> Result<()> {
        self.alter_table(table, |t| t.rename_column(from, to))
    }

    /// Changes a column: `op.alter_column("users", "name", |c| c.not_null())`.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`] if the database can't change that, with the way round.
    pub fn alter_column(
        &mut self,
        table: &str,
        column: &str,
        build: impl FnOnce(&mut AlterColumn),
    ) -> Result<()> {
        self.alter_table(table, |t| t.alter_column(column, build))
    }

    /// Creates an index.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`] if the database refuses it.
    pub fn create_index(&mut self, index: Index) -> Result<()> {
        self.run(Operation::CreateIndex(CreateIndex::new(index)))
    }

    /// Creates an index where none of its name is there.
    ///
    /// # Errors
    ///
    /// As [`create_index`](Op::create_index).
    pub fn create_index_if_missing(&mut self, index: Index) -> Result<()> {
        self.run(Operation::CreateIndex(CreateIndex {
            when: When::IfMissing,
            ..CreateIndex::new(index)
        }))
    }

    /// Creates an index while other connections go on writing to its table. The revision says `transaction: false`.
    ///
    /// What an earlier try left behind unfinished is dropped first.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`] where the database can't, [`OpError::Invalid`] inside a transaction.
    pub fn create_index_concurrently(&mut self, index: Index) -> Result<()> {
        self.run(Operation::CreateIndex(CreateIndex {
            locking: Locking::Concurrent,
            ..CreateIndex::new(index)
        }))
    }

    /// Drops an index of a table while other connections go on writing to it. The revision says `transaction: false`.
    ///
    /// # Errors
    ///
    /// As [`create_index_concurrently`](Op::create_index_concurrently).
    pub fn drop_index_concurrently(&mut self, table: &str, name: &str) -> Result<()> {
        self.run(Operation::DropIndex(DropIndex {
            locking: Locking::Concurrent,
            ..DropIndex::new(table, name)
        }))
    }

    /// Drops an index of a table.
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`] if the index belongs to another table, [`OpError::Statement`] if the database refuses it.
    pub fn drop_index(&mut self, table: &str, name: &str) -> Result<()> {
        self.run(Operation::DropIndex(DropIndex::new(table, name)))
    }

    /// Drops an index of a table where it is there.
    ///
    /// # Errors
    ///
    /// As [`drop_index`](Op::drop_index).
    pub fn drop_index_if_exists(&mut self, table: &str, name: &str) -> Result<()> {
        self.run(Operation::DropIndex(DropIndex {
            when: When::IfExists,
            ..DropIndex::new(table, name)
        }))
    }

    /// Says that this `down` can't be: the downgrade refuses, nothing is changed, and the message gives `reason` and
    /// names the backup as the way back.
    ///
    /// ```
    /// # use migrate_runtime::v1::*;
    /// pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    ///     op.irreversible("the passwords were hashed")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Always [`OpError::Irreversible`].
    pub fn irreversible(&mut self, reason: &str) -> Result<()> {
        Err(OpError::Irreversible {
            reason: reason.to_owned(),
        }
        .into())
    }

    /// Says whether programs that do not know this revision can go on beside it.
    ///
    /// Operations know it of themselves; `execute` and `connection` count as breaking, because nobody can tell. Say
    /// [`Effect::Additive`] where older programs may go on all the same.
    pub fn declare_effect(&mut self, effect: Effect) {
        self.record.declared = Some(effect);
    }

    /// Runs one operation, given as a value.
    ///
    /// # Errors
    ///
    /// As the method of the operation's name.
    pub fn run(&mut self, operation: Operation) -> Result<()> {
        if B::together(std::slice::from_ref(&operation)) {
            return self.run_together(vec![operation]);
        }
        self.run_alone(operation)
    }

    fn run_alone(&mut self, operation: Operation) -> Result<()> {
        if self.prepare(&operation)? == Verdict::Skip {
            return Ok(());
        }
        for sql in ddl::statements(B::dialect(), &operation) {
            self.record.statements += 1;
            // Not kept prepared: no operation runs twice.
            if let Err(ScriptError { source, .. }) = B::script(&mut self.session, &sql) {
                return Err(B::explain(&operation, self.failed(&sql, source)).into());
            }
        }
        Ok(())
    }

    /// Runs operations on one table as one.
    fn run_together(&mut self, operations: Vec<Operation>) -> Result<()> {
        let mut wanted = Vec::new();
        for operation in operations {
            if self.prepare(&operation)? == Verdict::Run {
                wanted.push(operation);
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        match B::alter_table(&mut self.session, &wanted) {
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

    /// Looks whether an operation makes sense and has anything to do, and notes what it means for others.
    fn prepare(&mut self, operation: &Operation) -> Result<Verdict> {
        if let Some(mistake) = operation.mistake() {
            let (reason, help) = (mistake.reason, mistake.help);
            return Err(OpError::Invalid {
                operation: operation.title(),
                reason,
                help,
            }
            .into());
        }
        if B::check(&mut self.session, operation)? == Verdict::Skip {
            return Ok(Verdict::Skip);
        }
        if self.record.values != Values::Drop {
            self.count_losses(operation)?;
        }
        self.record.breaking |= operation.effect() == Effect::Breaking;
        Ok(Verdict::Run)
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
        let loss = Loss {
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

    /// Returns whether a table of this name is there.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be asked.
    pub fn has_table(&mut self, name: &str) -> Result<bool> {
        Ok(self
            .tables()?
            .iter()
            .any(|table| table.eq_ignore_ascii_case(name)))
    }

    /// Returns whether a table has a column of this name.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be asked.
    pub fn has_column(&mut self, table: &str, column: &str) -> Result<bool> {
        let columns = B::columns(&mut self.session, table).map_err(OpError::Inspection)?;
        Ok(columns
            .iter()
            .any(|found| found.name.eq_ignore_ascii_case(column)))
    }

    /// Returns whether an index of this name is there.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be asked.
    pub fn has_index(&mut self, name: &str) -> Result<bool> {
        Ok(self
            .schema()?
            .indexes
            .iter()
            .any(|index| index.name.eq_ignore_ascii_case(name)))
    }

    /// Returns the names of the tables, sorted.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be asked.
    pub fn tables(&mut self) -> Result<Vec<String>> {
        Ok(B::tables(&mut self.session).map_err(OpError::Inspection)?)
    }

    /// Returns the columns of a table, in order; none if there is no such table.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be asked.
    pub fn columns(&mut self, table: &str) -> Result<Vec<Column>> {
        Ok(B::columns(&mut self.session, table).map_err(OpError::Inspection)?)
    }

    /// Returns the whole schema, the version table included.
    ///
    /// # Errors
    ///
    /// [`OpError::Inspection`] if the database can't be asked.
    pub fn schema(&mut self) -> Result<Schema> {
        Ok(B::inspect(&mut self.session, None).map_err(OpError::Inspection)?)
    }
}

/// Collects the changes of one table; see [`Op::alter_table`].
#[derive(Debug)]
pub struct AlterTable {
    table: String,
    operations: Vec<Operation>,
}

impl AlterTable {
    /// Adds a column at the end.
    pub fn add_column(&mut self, column: Column) {
        self.push_column(column, When::Always);
    }

    /// Adds a column where it is missing.
    pub fn add_column_if_missing(&mut self, column: Column) {
        self.push_column(column, When::IfMissing);
    }

    fn push_column(&mut self, column: Column, when: When) {
        self.operations.push(Operation::AddColumn(AddColumn {
            table: self.table.clone(),
            column,
            when,
        }));
    }

    /// Drops a column and its values.
    pub fn drop_column(&mut self, name: &str) {
        self.operations
            .push(Operation::DropColumn(DropColumn::new(&self.table, name)));
    }

    /// Drops a column where it is there.
    pub fn drop_column_if_exists(&mut self, name: &str) {
        let operation = DropColumn {
            when: When::IfExists,
            ..DropColumn::new(&self.table, name)
        };
        self.operations.push(Operation::DropColumn(operation));
    }

    /// Gives a column another name.
    pub fn rename_column(&mut self, from: &str, to: &str) {
        self.operations
            .push(Operation::RenameColumn(RenameColumn::new(
                &self.table,
                from,
                to,
            )));
    }

    /// Changes a column: `t.alter_column("name", |c| c.not_null())`.
    pub fn alter_column(&mut self, name: &str, build: impl FnOnce(&mut AlterColumn)) {
        let mut change = AlterColumn::new(&self.table, name);
        build(&mut change);
        self.operations.push(Operation::AlterColumn(change));
    }

    /// Makes one or several columns the primary key, under a name.
    pub fn add_primary_key(&mut self, name: &str, columns: impl IntoNames) {
        let key = PrimaryKey {
            name: Some(name.to_owned()),
            columns: columns.into_names(),
        };
        self.push_constraint(Constraint::PrimaryKey(key));
    }

    /// Refuses the same values of these columns in two rows, under a name.
    pub fn add_unique(&mut self, name: &str, columns: impl IntoNames) {
        let unique = Unique {
            name: Some(name.to_owned()),
            columns: columns.into_names(),
        };
        self.push_constraint(Constraint::Unique(unique));
    }

    /// Adds a condition that each row keeps, under a name.
    pub fn add_check(&mut self, name: &str, condition: &str) {
        let check = Check {
            name: Some(name.to_owned()),
            condition: condition.to_owned(),
        };
        self.push_constraint(Constraint::Check(check));
    }

    /// Makes these columns name a row of another table, under a name.
    pub fn add_foreign_key(&mut self, name: &str, columns: impl IntoNames, target: ForeignKey) {
        let key = ForeignKey {
            columns: columns.into_names(),
            ..target.named(name)
        };
        self.push_constraint(Constraint::ForeignKey(key));
    }

    fn push_constraint(&mut self, constraint: Constraint) {
        self.operations
            .push(Operation::AddConstraint(AddConstraint::new(
                &self.table,
                constraint,
            )));
    }

    /// Drops a constraint by its name.
    pub fn drop_constraint(&mut self, name: &str) {
        self.operations
            .push(Operation::DropConstraint(DropConstraint::new(
                &self.table,
                name,
            )));
    }
}
