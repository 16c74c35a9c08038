//! The methods of [`Op`] for views, triggers, schemas, enum types and rows.

use super::Op;
use crate::backend::Backend;
use crate::v1::Result;
use migrate_schema::operation::{
    AddEnumValue, CreateEnum, CreateSchema, CreateTrigger, CreateView, DropEnum, DropSchema,
    DropTrigger, DropView, EnumValuePosition, ExistenceCheck, Insert, Operation, RenameEnumValue,
};
use migrate_schema::schema::{EnumType, Trigger, View, ViewKind};

impl<B: Backend> Op<'_, B> {
    /// Creates a view: `op.create_view(View::new("adults", "SELECT * FROM users WHERE age > 17"))`.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`](crate::error::OpError::Unsupported) if the database does not support such views,
    /// [`OpError::Statement`](crate::error::OpError::Statement) if the database refuses it.
    #[track_caller]
    pub fn create_view(&mut self, view: View) -> Result<()> {
        self.run(Operation::CreateView(CreateView::new(view)))
    }

    /// Creates a view if none of its name exists.
    ///
    /// # Errors
    ///
    /// The same as [`create_view`](Op::create_view).
    #[track_caller]
    pub fn create_view_if_not_exists(&mut self, view: View) -> Result<()> {
        self.run(Operation::CreateView(CreateView {
            existence: ExistenceCheck::IfNotExists,
            ..CreateView::new(view)
        }))
    }

    /// Drops a view.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`](crate::error::OpError::Statement) if the database refuses it.
    #[track_caller]
    pub fn drop_view(&mut self, name: &str) -> Result<()> {
        self.run(Operation::DropView(DropView::new(name)))
    }

    /// Drops a view if it exists.
    ///
    /// # Errors
    ///
    /// The same as [`drop_view`](Op::drop_view).
    #[track_caller]
    pub fn drop_view_if_exists(&mut self, name: &str) -> Result<()> {
        self.run(Operation::DropView(DropView {
            existence: ExistenceCheck::IfExists,
            ..DropView::new(name)
        }))
    }

    /// Drops a materialized view.
    ///
    /// # Errors
    ///
    /// The same as [`drop_view`](Op::drop_view).
    #[track_caller]
    pub fn drop_materialized_view(&mut self, name: &str) -> Result<()> {
        self.run(Operation::DropView(DropView {
            kind: ViewKind::Materialized,
            ..DropView::new(name)
        }))
    }

    /// Creates a trigger from a whole CREATE TRIGGER statement.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`](crate::error::OpError::Statement) if the database refuses it.
    #[track_caller]
    pub fn create_trigger(&mut self, trigger: Trigger) -> Result<()> {
        self.run(Operation::CreateTrigger(CreateTrigger::new(trigger)))
    }

    /// Creates a trigger if the table has none of its name.
    ///
    /// # Errors
    ///
    /// The same as [`create_trigger`](Op::create_trigger).
    #[track_caller]
    pub fn create_trigger_if_not_exists(&mut self, trigger: Trigger) -> Result<()> {
        self.run(Operation::CreateTrigger(CreateTrigger {
            existence: ExistenceCheck::IfNotExists,
            ..CreateTrigger::new(trigger)
        }))
    }

    /// Drops a trigger of a table.
    ///
    /// # Errors
    ///
    /// The same as [`create_trigger`](Op::create_trigger).
    #[track_caller]
    pub fn drop_trigger(&mut self, table: &str, name: &str) -> Result<()> {
        self.run(Operation::DropTrigger(DropTrigger::new(table, name)))
    }

    /// Drops a trigger of a table if it exists.
    ///
    /// # Errors
    ///
    /// The same as [`create_trigger`](Op::create_trigger).
    #[track_caller]
    pub fn drop_trigger_if_exists(&mut self, table: &str, name: &str) -> Result<()> {
        self.run(Operation::DropTrigger(DropTrigger {
            existence: ExistenceCheck::IfExists,
            ..DropTrigger::new(table, name)
        }))
    }

    /// Creates a schema. Use [`in_schema`](Op::in_schema) to work in it. PostgreSQL only.
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`](crate::error::OpError::Invalid) if it already exists,
    /// [`OpError::Unsupported`](crate::error::OpError::Unsupported) if the database has no schemas.
    #[track_caller]
    pub fn create_schema(&mut self, name: &str) -> Result<()> {
        self.run(Operation::CreateSchema(CreateSchema::new(name)))
    }

    /// Creates a schema if none of its name exists.
    ///
    /// # Errors
    ///
    /// The same as [`create_schema`](Op::create_schema).
    #[track_caller]
    pub fn create_schema_if_not_exists(&mut self, name: &str) -> Result<()> {
        self.run(Operation::CreateSchema(CreateSchema {
            existence: ExistenceCheck::IfNotExists,
            ..CreateSchema::new(name)
        }))
    }

    /// Drops an empty schema.
    ///
    /// # Errors
    ///
    /// The same as [`create_schema`](Op::create_schema), and the database's error if the schema is not empty.
    #[track_caller]
    pub fn drop_schema(&mut self, name: &str) -> Result<()> {
        self.run(Operation::DropSchema(DropSchema::new(name)))
    }

    /// Drops an empty schema if it exists.
    ///
    /// # Errors
    ///
    /// The same as [`drop_schema`](Op::drop_schema).
    #[track_caller]
    pub fn drop_schema_if_exists(&mut self, name: &str) -> Result<()> {
        self.run(Operation::DropSchema(DropSchema {
            existence: ExistenceCheck::IfExists,
            ..DropSchema::new(name)
        }))
    }

    /// Creates an enum type: `op.create_enum(EnumType::new("mood", ["sad", "happy"]))`.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`](crate::error::OpError::Unsupported) if the database has no such types.
    #[track_caller]
    pub fn create_enum(&mut self, enum_type: EnumType) -> Result<()> {
        self.run(Operation::CreateEnum(CreateEnum::new(enum_type)))
    }

    /// Creates an enum type if none of its name exists.
    ///
    /// # Errors
    ///
    /// The same as [`create_enum`](Op::create_enum).
    #[track_caller]
    pub fn create_enum_if_not_exists(&mut self, enum_type: EnumType) -> Result<()> {
        self.run(Operation::CreateEnum(CreateEnum {
            existence: ExistenceCheck::IfNotExists,
            ..CreateEnum::new(enum_type)
        }))
    }

    /// Drops an enum type.
    ///
    /// # Errors
    ///
    /// The same as [`create_enum`](Op::create_enum).
    #[track_caller]
    pub fn drop_enum(&mut self, name: &str) -> Result<()> {
        self.run(Operation::DropEnum(DropEnum::new(name)))
    }

    /// Drops an enum type if it exists.
    ///
    /// # Errors
    ///
    /// The same as [`create_enum`](Op::create_enum).
    #[track_caller]
    pub fn drop_enum_if_exists(&mut self, name: &str) -> Result<()> {
        self.run(Operation::DropEnum(DropEnum {
            existence: ExistenceCheck::IfExists,
            ..DropEnum::new(name)
        }))
    }

    /// Adds a value to an enum type, after the others. You can use it after the revision is committed.
    ///
    /// # Errors
    ///
    /// The same as [`create_enum`](Op::create_enum).
    #[track_caller]
    pub fn add_enum_value(&mut self, name: &str, value: &str) -> Result<()> {
        self.run(Operation::AddEnumValue(AddEnumValue::new(name, value)))
    }

    /// Adds a value to an enum type, before another value.
    ///
    /// # Errors
    ///
    /// The same as [`create_enum`](Op::create_enum).
    #[track_caller]
    pub fn add_enum_value_before(&mut self, name: &str, value: &str, other: &str) -> Result<()> {
        self.run(Operation::AddEnumValue(AddEnumValue {
            position: EnumValuePosition::Before(other.to_owned()),
            ..AddEnumValue::new(name, value)
        }))
    }

    /// Adds a value to an enum type, after another value.
    ///
    /// # Errors
    ///
    /// The same as [`create_enum`](Op::create_enum).
    #[track_caller]
    pub fn add_enum_value_after(&mut self, name: &str, value: &str, other: &str) -> Result<()> {
        self.run(Operation::AddEnumValue(AddEnumValue {
            position: EnumValuePosition::After(other.to_owned()),
            ..AddEnumValue::new(name, value)
        }))
    }

    /// Adds a value to an enum type if it does not have it.
    ///
    /// # Errors
    ///
    /// The same as [`create_enum`](Op::create_enum).
    #[track_caller]
    pub fn add_enum_value_if_not_exists(&mut self, name: &str, value: &str) -> Result<()> {
        self.run(Operation::AddEnumValue(AddEnumValue {
            existence: ExistenceCheck::IfNotExists,
            ..AddEnumValue::new(name, value)
        }))
    }

    /// Renames a value of an enum type, in every row that contains it.
    ///
    /// # Errors
    ///
    /// The same as [`create_enum`](Op::create_enum).
    #[track_caller]
    pub fn rename_enum_value(&mut self, name: &str, from: &str, to: &str) -> Result<()> {
        self.run(Operation::RenameEnumValue(RenameEnumValue::new(
            name, from, to,
        )))
    }

    /// Inserts rows, many per statement.
    ///
    /// ```
    /// # use migrate_runtime::v1::*;
    /// fn up(op: &mut Op<Sqlite>) -> Result<()> {
    ///     op.insert(
    ///         Insert::new("currencies", ["code", "name"])
    ///             .row(params!["EUR", "Euro"])
    ///             .row(params!["JPY", "Yen"]),
    ///     )
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`](crate::error::OpError::Invalid) if a row does not have one value for each column,
    /// [`OpError::Statement`](crate::error::OpError::Statement) if the database refuses it.
    #[track_caller]
    pub fn insert(&mut self, rows: Insert) -> Result<()> {
        self.run(Operation::Insert(rows))
    }
}
