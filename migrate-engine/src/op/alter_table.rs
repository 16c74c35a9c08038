//! The collected changes of one table.

use crate::v1::AddableColumn;
use migrate_schema::operation::{
    AddConstraint, AlterColumn, Constraint, ConstraintRef, DropColumn, DropConstraint,
    ExistenceCheck, Operation, RenameColumn, RenameConstraint, RenameIndex, SetTableComment,
    SetTableOptions, ValidateConstraint,
};
use migrate_schema::schema::{Check, Exclude, ForeignKey, IntoNames, PrimaryKey, Unique};

/// Collects the changes of one table; see [`Op::alter_table`](super::Op::alter_table).
#[derive(Debug)]
pub struct AlterTable {
    table: String,
    operations: Vec<Operation>,
}

impl AlterTable {
    pub(super) fn new(table: &str) -> AlterTable {
        AlterTable {
            table: table.to_owned(),
            operations: Vec::new(),
        }
    }

    pub(super) fn into_operations(self) -> Vec<Operation> {
        self.operations
    }

    /// Adds an operation on this table as a change.
    pub fn push(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    /// Adds a column, at the end unless it has a position. A NOT NULL column without a value for existing rows does not
    /// compile.
    pub fn add_column(&mut self, column: impl AddableColumn) {
        self.push_column(column, ExistenceCheck::None);
    }

    /// Adds a column if it does not exist.
    pub fn add_column_if_not_exists(&mut self, column: impl AddableColumn) {
        self.push_column(column, ExistenceCheck::IfNotExists);
    }

    fn push_column(&mut self, column: impl AddableColumn, existence: ExistenceCheck) {
        let mut operation = column.into_operation(&self.table);
        operation.existence = existence;
        self.operations.push(Operation::AddColumn(operation));
    }

    /// Drops a column and its values.
    pub fn drop_column(&mut self, name: &str) {
        self.operations
            .push(Operation::DropColumn(DropColumn::new(&self.table, name)));
    }

    /// Drops a column if it exists.
    pub fn drop_column_if_exists(&mut self, name: &str) {
        let operation = DropColumn {
            existence: ExistenceCheck::IfExists,
            ..DropColumn::new(&self.table, name)
        };
        self.operations.push(Operation::DropColumn(operation));
    }

    /// Renames a column.
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

    /// Makes one or several columns the primary key: `t.add_primary_key(PrimaryKey::new("id").named("pk"))`.
    pub fn add_primary_key(&mut self, key: impl Into<PrimaryKey>) {
        self.push_constraint(Constraint::PrimaryKey(key.into()), ExistenceCheck::None);
    }

    /// Adds a unique constraint: `t.add_unique(Unique::new("email").named("uq").deferred())`.
    pub fn add_unique(&mut self, unique: impl Into<Unique>) {
        self.push_constraint(Constraint::Unique(unique.into()), ExistenceCheck::None);
    }

    /// Adds a check: `t.add_check(Check::new("age > 0").named("ck").not_valid())`.
    pub fn add_check(&mut self, check: impl Into<Check>) {
        self.push_constraint(Constraint::Check(check.into()), ExistenceCheck::None);
    }

    /// Adds a foreign key from these columns to another table:
    /// `t.add_foreign_key("user_id", ForeignKey::to("users", "id").named("fk").on_delete(Cascade))`.
    pub fn add_foreign_key(&mut self, columns: impl IntoNames, target: ForeignKey) {
        let key = ForeignKey {
            columns: columns.into_names(),
            ..target
        };
        self.push_constraint(Constraint::ForeignKey(key), ExistenceCheck::None);
    }

    /// Adds an exclusion constraint, which only PostgreSQL supports:
    /// `t.add_exclude(Exclude::new("EXCLUDE USING gist (room WITH =, during WITH &&)").named("ex"))`.
    pub fn add_exclude(&mut self, exclude: impl Into<Exclude>) {
        self.push_constraint(Constraint::Exclude(exclude.into()), ExistenceCheck::None);
    }

    /// Adds a constraint of any kind, if none of its name exists.
    pub fn add_constraint_if_not_exists(&mut self, constraint: impl Into<Constraint>) {
        self.push_constraint(constraint.into(), ExistenceCheck::IfNotExists);
    }

    fn push_constraint(&mut self, constraint: Constraint, existence: ExistenceCheck) {
        self.operations
            .push(Operation::AddConstraint(AddConstraint {
                existence,
                ..AddConstraint::new(&self.table, constraint)
            }));
    }

    /// Drops a constraint by its name.
    pub fn drop_constraint(&mut self, name: &str) {
        self.push_drop(ConstraintRef::Named(name.to_owned()), ExistenceCheck::None);
    }

    /// Drops a constraint by its name, if it exists.
    pub fn drop_constraint_if_exists(&mut self, name: &str) {
        self.push_drop(
            ConstraintRef::Named(name.to_owned()),
            ExistenceCheck::IfExists,
        );
    }

    /// Drops the primary key, whatever its name.
    pub fn drop_primary_key(&mut self) {
        self.push_drop(ConstraintRef::PrimaryKey, ExistenceCheck::None);
    }

    /// Drops the unique constraint on these columns, whatever its name.
    pub fn drop_unique(&mut self, columns: impl IntoNames) {
        self.push_drop(
            ConstraintRef::Unique(columns.into_names()),
            ExistenceCheck::None,
        );
    }

    /// Drops the foreign key from these columns, whatever its name.
    pub fn drop_foreign_key(&mut self, columns: impl IntoNames) {
        self.push_drop(
            ConstraintRef::ForeignKey(columns.into_names()),
            ExistenceCheck::None,
        );
    }

    /// Drops the check with this condition, whatever its name.
    pub fn drop_check(&mut self, condition: &str) {
        self.push_drop(
            ConstraintRef::Check(condition.to_owned()),
            ExistenceCheck::None,
        );
    }

    fn push_drop(&mut self, reference: ConstraintRef, existence: ExistenceCheck) {
        self.operations
            .push(Operation::DropConstraint(DropConstraint {
                existence,
                ..DropConstraint::of(&self.table, reference)
            }));
    }

    /// Validates the rows that existed before a constraint.
    pub fn validate_constraint(&mut self, name: &str) {
        let operation = ValidateConstraint::new(&self.table, name);
        self.operations
            .push(Operation::ValidateConstraint(operation));
    }

    /// Renames a constraint.
    pub fn rename_constraint(&mut self, from: &str, to: &str) {
        let operation = RenameConstraint::new(&self.table, from, to);
        self.operations.push(Operation::RenameConstraint(operation));
    }

    /// Renames an index.
    pub fn rename_index(&mut self, from: &str, to: &str) {
        let operation = RenameIndex::new(&self.table, from, to);
        self.operations.push(Operation::RenameIndex(operation));
    }

    /// Sets the comment of the table.
    pub fn comment(&mut self, comment: &str) {
        let operation = SetTableComment::new(&self.table, Some(comment.to_owned()));
        self.operations.push(Operation::SetTableComment(operation));
    }

    /// Drops the comment of the table.
    pub fn drop_comment(&mut self) {
        let operation = SetTableComment::new(&self.table, None);
        self.operations.push(Operation::SetTableComment(operation));
    }

    /// Sets the SQL after the column list, such as `STRICT`; an empty string removes it.
    pub fn options(&mut self, options: &str) {
        let options = Some(options.trim().to_owned()).filter(|text| !text.is_empty());
        let operation = SetTableOptions::new(&self.table, options);
        self.operations.push(Operation::SetTableOptions(operation));
    }
}
