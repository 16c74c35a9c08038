//! Edits of columns.

use super::super::alteration::{Change, Position};
use super::super::error::AlterError;
use super::super::table::{ClauseKind, Column};
use super::super::{quoted, splice};
use super::{Draft, From, Mapped, bad, in_use};

impl Draft {
    pub(super) fn alter_column(&mut self, name: &str, change: &Change) -> Result<(), AlterError> {
        let at = self.find(name)?;
        match change {
            Change::Type { sql, using } => {
                let was_row_number = self.is_row_number(at);
                self.set_type(at, sql)?;
                // A rowid is never NULL. A key of another type can be, unless its column says otherwise.
                if was_row_number && !self.is_row_number(at) {
                    self.set_not_null(at)?;
                }
                if let Some(using) = using {
                    self.columns[at].from = From::Expression(using.clone());
                }
                Ok(())
            }
            Change::SetNotNull { fill } => {
                self.set_not_null(at)?;
                self.fill_null(at, fill.as_deref());
                Ok(())
            }
            Change::DropNotNull => {
                self.remove_clauses(at, |kind| matches!(kind, ClauseKind::NotNull))
            }
            Change::SetDefault(value) => self.set_clause(at, &format!("DEFAULT {value}"), |kind| {
                matches!(kind, ClauseKind::Default(_))
            }),
            Change::DropDefault => {
                self.remove_clauses(at, |kind| matches!(kind, ClauseKind::Default(_)))
            }
            Change::SetCollation(name) => self.set_clause(at, &format!("COLLATE {name}"), |kind| {
                matches!(kind, ClauseKind::Collate(_))
            }),
            Change::DropCollation => {
                self.remove_clauses(at, |kind| matches!(kind, ClauseKind::Collate(_)))
            }
        }
    }

    fn is_row_number(&self, at: usize) -> bool {
        self.table.is_row_number(&self.sql, &self.table.columns[at])
    }

    fn set_type(&mut self, at: usize, data_type: &str) -> Result<(), AlterError> {
        let column = &self.table.columns[at];
        let name_end = column.name_span.end;
        let part = match &column.type_span {
            Some(span) if data_type.is_empty() => (name_end..span.end, String::new()),
            Some(span) => (span.clone(), data_type.to_owned()),
            None if data_type.is_empty() => return Ok(()),
            None => (name_end..name_end, format!(" {data_type}")),
        };
        let column_sql = format!("x {data_type}");
        let read =
            Column::read(&column_sql).map_err(|unread| bad(data_type, &unread, &column_sql))?;
        if !read.clauses.is_empty() {
            return Err(AlterError::BadDefinition {
                text: data_type.to_owned(),
                reason: "it is more than a type".to_owned(),
            });
        }
        self.splice(vec![part])
    }

    fn set_not_null(&mut self, at: usize) -> Result<(), AlterError> {
        if self.table.columns[at].is_not_null() {
            return Ok(());
        }
        self.set_clause(at, "NOT NULL", |kind| matches!(kind, ClauseKind::Null))
    }

    fn fill_null(&mut self, at: usize, fill: Option<&str>) {
        let mapped = &mut self.columns[at];
        mapped.newly_not_null = fill.is_none() && matches!(mapped.from, From::Column(_));
        if let Some(fill) = fill {
            let value = match &mapped.from {
                From::Column(name) => quoted(name),
                From::Expression(sql) => sql.clone(),
                From::Default | From::Generated => return,
            };
            mapped.from = From::Expression(format!("coalesce({value}, {fill})"));
        }
    }

    /// Replaces the last clause of a kind, which is the effective one, or adds the clause after the type.
    fn set_clause(
        &mut self,
        at: usize,
        text: &str,
        is: impl Fn(&ClauseKind) -> bool,
    ) -> Result<(), AlterError> {
        let column_sql = format!("x {text}");
        let read = Column::read(&column_sql).map_err(|unread| bad(text, &unread, &column_sql))?;
        if read.clauses.len() != 1 || read.type_span.is_some() {
            return Err(AlterError::BadDefinition {
                text: text.to_owned(),
                reason: "it is more than one clause".to_owned(),
            });
        }
        let column = &self.table.columns[at];
        let part = match column.clauses.iter().rev().find(|clause| is(&clause.kind)) {
            Some(clause) => (clause.span.clone(), text.to_owned()),
            None => {
                let end = column
                    .type_span
                    .as_ref()
                    .map_or(column.name_span.end, |span| span.end);
                (end..end, format!(" {text}"))
            }
        };
        self.splice(vec![part])
    }

    fn remove_clauses(
        &mut self,
        at: usize,
        is: impl Fn(&ClauseKind) -> bool,
    ) -> Result<(), AlterError> {
        while let Some(clause) = self.table.columns[at]
            .clauses
            .iter()
            .rev()
            .find(|clause| is(&clause.kind))
        {
            let text = splice::remove_clause(&self.sql, &self.table.columns[at].span, &clause.span);
            self.take(text)?;
        }
        Ok(())
    }

    pub(super) fn drop_column(
        &mut self,
        name: &str,
        dropping: &[String],
    ) -> Result<(), AlterError> {
        let at = self.find(name)?;
        if self.table.columns[at].is_key() {
            return Err(in_use(name, vec!["the primary key".to_owned()]));
        }
        let others = self
            .table
            .columns
            .iter()
            .enumerate()
            .filter(|&(other, _)| other != at);
        if others.filter(|(_, column)| !column.is_generated()).count() == 0 {
            return Err(AlterError::OnlyColumn {
                column: name.to_owned(),
            });
        }
        while let Some(constraint) = self.constraint_on(dropping, name) {
            let text = splice::remove_element(
                &self.sql,
                &self.table,
                self.table.columns.len() + constraint,
            );
            self.take(text)?;
        }
        let text = splice::remove_element(&self.sql, &self.table, at);
        self.take(text)?;
        let removed = self.columns.remove(at);
        if let From::Column(old) = removed.from {
            self.dropped.push(old);
        } else {
            self.dropped.push(removed.name);
        }
        Ok(())
    }

    pub(super) fn add_column(
        &mut self,
        definition: &str,
        position: &Position,
        fill: Option<&str>,
    ) -> Result<(), AlterError> {
        let column =
            Column::read(definition).map_err(|unread| bad(definition, &unread, definition))?;
        if self.table.find(&column.name).is_some() {
            return Err(AlterError::ColumnExists {
                table: self.table.name.clone(),
                column: column.name,
            });
        }
        if column.is_key() && !self.table.primary_key().is_empty() {
            return Err(AlterError::Key("the table already has a primary key"));
        }
        let text = &definition[column.span.clone()];
        let at = match position {
            Position::First => 0,
            Position::Last => self.table.columns.len(),
            Position::After(other) => self.find(other)? + 1,
        };
        let sql = match at.checked_sub(1) {
            None => splice::insert_first(&self.sql, &self.table, text),
            Some(before) => splice::insert_after(&self.sql, &self.table, before, text),
        };
        self.take(sql)?;
        let from = match fill {
            _ if column.is_generated() => From::Generated,
            Some(fill) => From::Expression(fill.to_owned()),
            None => From::Default,
        };
        self.columns.insert(
            at,
            Mapped {
                name: column.name,
                from,
                newly_not_null: false,
            },
        );
        Ok(())
    }
}
