//! The possible alterations of a table, as values. Definitions and expressions are SQL, as in the statement of the
//! table.

use super::table::OptionKind;
use super::token::mentions;

/// One alteration of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Alteration {
    /// Renames a column. SQLite does this itself, in every view, trigger and index.
    RenameColumn { from: String, to: String },
    /// Any change that is an edit of the statement.
    Edit(Edit),
}

/// One edit of a `CREATE TABLE` statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edit {
    /// Changes a property of a column.
    AlterColumn { column: String, change: Change },
    /// Drops a column, its values, and the constraints that only use it.
    DropColumn { column: String },
    /// Adds a column, written as in `CREATE TABLE`. `fill` computes its value for existing rows; without it they get
    /// the default.
    AddColumn {
        definition: String,
        position: Position,
        fill: Option<String>,
    },
    /// Adds a constraint, written as a table constraint of `CREATE TABLE`.
    AddConstraint { definition: String },
    /// Drops a constraint.
    DropConstraint(ConstraintSelector),
    /// Makes the table STRICT or WITHOUT ROWID.
    SetOption(OptionKind),
    /// Removes the option.
    DropOption(OptionKind),
}

/// A change of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Sets the type. `using` computes the new value; without it, a value that would lose its meaning is refused.
    Type { sql: String, using: Option<String> },
    /// Adds NOT NULL. `fill` is the value for rows that contain NULL.
    SetNotNull { fill: Option<String> },
    /// Removes NOT NULL.
    DropNotNull,
    /// Sets the default, as written after DEFAULT.
    SetDefault(String),
    /// Removes the default.
    DropDefault,
    /// Sets the collation.
    SetCollation(String),
    /// Removes the collation.
    DropCollation,
}

/// The position of a new column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Position {
    /// After the last column.
    #[default]
    Last,
    /// Before the first column.
    First,
    /// After this column.
    After(String),
}

/// The constraint that an alteration refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConstraintSelector {
    /// The constraint with this name.
    Named(String),
    /// The primary key.
    PrimaryKey,
    /// The unique constraint over these columns.
    Unique(Vec<String>),
    /// The foreign key from these columns.
    ForeignKey(Vec<String>),
    /// The check with this condition, ignoring white space and comments.
    Check(String),
}

impl ConstraintSelector {
    /// Returns a description.
    pub(super) fn words(&self) -> String {
        match self {
            ConstraintSelector::Named(name) => format!("constraint `{name}`"),
            ConstraintSelector::PrimaryKey => "primary key".to_owned(),
            ConstraintSelector::Unique(columns) => {
                format!("unique constraint over {}", columns.join(", "))
            }
            ConstraintSelector::ForeignKey(columns) => {
                format!("foreign key from {}", columns.join(", "))
            }
            ConstraintSelector::Check(condition) => format!("check ({condition})"),
        }
    }

    fn names(&self, name: &str) -> bool {
        match self {
            ConstraintSelector::Named(own) => own.eq_ignore_ascii_case(name),
            ConstraintSelector::PrimaryKey => false,
            ConstraintSelector::Unique(columns) | ConstraintSelector::ForeignKey(columns) => {
                columns
                    .iter()
                    .any(|column| column.eq_ignore_ascii_case(name))
            }
            ConstraintSelector::Check(condition) => mentions(condition, name),
        }
    }
}

impl Edit {
    /// Returns whether it refers to `name`, so that a rename can't be moved before it.
    fn names(&self, name: &str) -> bool {
        let is = |own: &str| own.eq_ignore_ascii_case(name);
        let uses = |sql: &Option<String>| sql.as_ref().is_some_and(|sql| mentions(sql, name));
        match self {
            Edit::AlterColumn { column, change } => {
                is(column)
                    || match change {
                        Change::Type { using, .. } => uses(using),
                        Change::SetNotNull { fill } => uses(fill),
                        _ => false,
                    }
            }
            Edit::DropColumn { column } => is(column),
            Edit::AddColumn {
                definition,
                position,
                fill,
            } => {
                mentions(definition, name)
                    || uses(fill)
                    || matches!(position, Position::After(column) if is(column))
            }
            Edit::AddConstraint { definition } => mentions(definition, name),
            Edit::DropConstraint(selector) => selector.names(name),
            Edit::SetOption(_) | Edit::DropOption(_) => false,
        }
    }
}

/// Alterations that are done together.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Rename { from: String, to: String },
    Edits(Vec<Edit>),
}

/// Groups alterations into as few phases as possible without changing their meaning: a rename moves before edits that
/// do not use the name.
pub(super) fn phases(alterations: &[Alteration]) -> Vec<Phase> {
    let mut phases: Vec<Phase> = Vec::new();
    for alteration in alterations {
        match alteration {
            Alteration::Edit(edit) => match phases.last_mut() {
                Some(Phase::Edits(edits)) => edits.push(edit.clone()),
                _ => phases.push(Phase::Edits(vec![edit.clone()])),
            },
            Alteration::RenameColumn { from, to } => {
                let rename = Phase::Rename {
                    from: from.clone(),
                    to: to.clone(),
                };
                let last = phases.len().saturating_sub(1);
                match phases.last() {
                    Some(Phase::Edits(edits))
                        if !edits.iter().any(|edit| edit.names(from) || edit.names(to)) =>
                    {
                        phases.insert(last, rename);
                    }
                    _ => phases.push(rename),
                }
            }
        }
    }
    phases
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drop(column: &str) -> Alteration {
        Alteration::Edit(Edit::DropColumn {
            column: column.to_owned(),
        })
    }

    fn rename(from: &str, to: &str) -> Alteration {
        Alteration::RenameColumn {
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    #[test]
    fn a_rename_moves_before_edits_that_do_not_name_it() {
        assert_eq!(phases(&[drop("a"), rename("b", "c"), drop("d")]).len(), 2);
        assert_eq!(phases(&[drop("a"), rename("b", "A"), drop("d")]).len(), 3);
        assert!(matches!(
            phases(&[drop("a"), rename("b", "c")])[0],
            Phase::Rename { .. }
        ));
    }
}
