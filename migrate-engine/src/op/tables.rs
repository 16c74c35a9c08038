//! The methods of [`Op`] for operations on tables, columns and indexes.

use std::panic::Location;

use super::{AlterTable, Op};
use crate::backend::Backend;
use crate::v1::{AddableColumn, Result};
use migrate_schema::operation::{
    AlterColumn, CreateIndex, CreateTable, DropIndex, DropTable, ExistenceCheck, Locking,
    Operation, RenameTable,
};
use migrate_schema::schema::{Index, Table};

impl<B: Backend> Op<'_, B> {
    /// Creates a table: `op.create_table("users", |t| { t.column(…); t.primary_key("id"); })`.
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`](crate::error::OpError::Invalid) if the table makes no sense,
    /// [`OpError::Statement`](crate::error::OpError::Statement) if the database refuses it.
    #[track_caller]
    pub fn create_table(&mut self, name: &str, build: impl FnOnce(&mut Table)) -> Result<()> {
        self.build_table(name, build, ExistenceCheck::None)
    }

    /// Creates a table if no table of this name exists.
    ///
    /// # Errors
    ///
    /// The same as [`create_table`](Op::create_table).
    #[track_caller]
    pub fn create_table_if_not_exists(
        &mut self,
        name: &str,
        build: impl FnOnce(&mut Table),
    ) -> Result<()> {
        self.build_table(name, build, ExistenceCheck::IfNotExists)
    }

    #[track_caller]
    fn build_table(
        &mut self,
        name: &str,
        build: impl FnOnce(&mut Table),
        existence: ExistenceCheck,
    ) -> Result<()> {
        let mut table = Table::new(name);
        build(&mut table);
        self.run(Operation::CreateTable(CreateTable {
            existence,
            ..CreateTable::new(table)
        }))
    }

    /// Drops a table and its rows.
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`](crate::error::OpError::Invalid) if rows of another table reference its rows,
    /// [`OpError::Statement`](crate::error::OpError::Statement) if the database refuses it.
    #[track_caller]
    pub fn drop_table(&mut self, name: &str) -> Result<()> {
        self.run(Operation::DropTable(DropTable::new(name)))
    }

    /// Drops a table if it exists.
    ///
    /// # Errors
    ///
    /// The same as [`drop_table`](Op::drop_table).
    #[track_caller]
    pub fn drop_table_if_exists(&mut self, name: &str) -> Result<()> {
        self.run(Operation::DropTable(DropTable {
            existence: ExistenceCheck::IfExists,
            ..DropTable::new(name)
        }))
    }

    /// Renames a table.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`](crate::error::OpError::Statement) if the database refuses it.
    #[track_caller]
    pub fn rename_table(&mut self, from: &str, to: &str) -> Result<()> {
        self.run(Operation::RenameTable(RenameTable::new(from, to)))
    }

    /// Renames a table if it exists.
    ///
    /// # Errors
    ///
    /// The same as [`rename_table`](Op::rename_table).
    #[track_caller]
    pub fn rename_table_if_exists(&mut self, from: &str, to: &str) -> Result<()> {
        self.run(Operation::RenameTable(RenameTable {
            existence: ExistenceCheck::IfExists,
            ..RenameTable::new(from, to)
        }))
    }

    /// Changes a table: `op.alter_table("users", |t| t.add_column(…))`. Several changes run in the order written.
    ///
    /// # Errors
    ///
    /// The error of the first change that fails, as in the method of the same name.
    #[track_caller]
    pub fn alter_table(&mut self, name: &str, build: impl FnOnce(&mut AlterTable)) -> Result<()> {
        self.record.location = Some(Location::caller());
        let mut table = AlterTable::new(name);
        build(&mut table);
        self.run_in_parts(table.into_operations())
    }

    /// Adds a column to a table. A NOT NULL column without a value for existing rows does not compile.
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`](crate::error::OpError::Invalid) if the table has rows and was declared empty,
    /// [`OpError::Unsupported`](crate::error::OpError::Unsupported) if the database can't add such a column.
    #[track_caller]
    pub fn add_column(&mut self, table: &str, column: impl AddableColumn) -> Result<()> {
        self.alter_table(table, |t| t.add_column(column))
    }

    /// Adds a column if it does not exist.
    ///
    /// # Errors
    ///
    /// The same as [`add_column`](Op::add_column).
    #[track_caller]
    pub fn add_column_if_not_exists(
        &mut self,
        table: &str,
        column: impl AddableColumn,
    ) -> Result<()> {
        self.alter_table(table, |t| t.add_column_if_not_exists(column))
    }

    /// Drops a column and its values.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`](crate::error::OpError::Unsupported) if another object needs the column. The error names
    /// the object.
    #[track_caller]
    pub fn drop_column(&mut self, table: &str, column: &str) -> Result<()> {
        self.alter_table(table, |t| t.drop_column(column))
    }

    /// Drops a column if it exists.
    ///
    /// # Errors
    ///
    /// The same as [`drop_column`](Op::drop_column).
    #[track_caller]
    pub fn drop_column_if_exists(&mut self, table: &str, column: &str) -> Result<()> {
        self.alter_table(table, |t| t.drop_column_if_exists(column))
    }

    /// Renames a column.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`](crate::error::OpError::Statement) if the database refuses it.
    #[track_caller]
    pub fn rename_column(&mut self, table: &str, from: &str, to: &str) -> Result<()> {
        self.alter_table(table, |t| t.rename_column(from, to))
    }

    /// Changes a column: `op.alter_column("users", "name", |c| c.not_null())`.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`](crate::error::OpError::Unsupported) if the database does not support the change, with a
    /// workaround.
    #[track_caller]
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
    /// [`OpError::Statement`](crate::error::OpError::Statement) if the database refuses it.
    #[track_caller]
    pub fn create_index(&mut self, index: Index) -> Result<()> {
        self.run(Operation::CreateIndex(CreateIndex::new(index)))
    }

    /// Creates an index if none of its name exists.
    ///
    /// # Errors
    ///
    /// The same as [`create_index`](Op::create_index).
    #[track_caller]
    pub fn create_index_if_not_exists(&mut self, index: Index) -> Result<()> {
        self.run(Operation::CreateIndex(CreateIndex {
            existence: ExistenceCheck::IfNotExists,
            ..CreateIndex::new(index)
        }))
    }

    /// Creates an index without blocking writers of its table. The revision must have `transaction: false`.
    ///
    /// An unfinished index of an earlier attempt is dropped first.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`](crate::error::OpError::Unsupported) where the database can't,
    /// [`OpError::Invalid`](crate::error::OpError::Invalid) inside a transaction.
    #[track_caller]
    pub fn create_index_concurrently(&mut self, index: Index) -> Result<()> {
        self.run(Operation::CreateIndex(CreateIndex {
            locking: Locking::Concurrent,
            ..CreateIndex::new(index)
        }))
    }

    /// Drops an index without blocking writers of its table. The revision must have `transaction: false`.
    ///
    /// # Errors
    ///
    /// The same as [`create_index_concurrently`](Op::create_index_concurrently).
    #[track_caller]
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
    /// [`OpError::Invalid`](crate::error::OpError::Invalid) if the index belongs to another table,
    /// [`OpError::Statement`](crate::error::OpError::Statement) if the database refuses it.
    #[track_caller]
    pub fn drop_index(&mut self, table: &str, name: &str) -> Result<()> {
        self.run(Operation::DropIndex(DropIndex::new(table, name)))
    }

    /// Drops an index of a table if it exists.
    ///
    /// # Errors
    ///
    /// The same as [`drop_index`](Op::drop_index).
    #[track_caller]
    pub fn drop_index_if_exists(&mut self, table: &str, name: &str) -> Result<()> {
        self.run(Operation::DropIndex(DropIndex {
            existence: ExistenceCheck::IfExists,
            ..DropIndex::new(table, name)
        }))
    }
}
