//! add owners

use migrate_runtime::v1::*;

revision! {
    revision: "20240402083000",
    down_revision: "20240310120000",
    created: "2024-04-02T08:30:00Z",
}

pub fn up(op: &mut Op<migrate_sqlx::Sqlite>) -> Result<()> {
    op.execute(
        r#"
CREATE TABLE owners (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL COLLATE NOCASE UNIQUE
);
ALTER TABLE links ADD COLUMN owner_id INTEGER REFERENCES owners (id);
"#,
    )
}

pub fn down(op: &mut Op<migrate_sqlx::Sqlite>) -> Result<()> {
    op.execute(
        r#"
ALTER TABLE links DROP COLUMN owner_id;
DROP TABLE owners;
"#,
    )
}
