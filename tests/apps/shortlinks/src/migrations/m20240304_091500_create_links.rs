//! create links

use migrate_runtime::v1::*;

revision! {
    revision: "20240304091500",
    down_revision: None,
    created: "2024-03-04T09:15:00Z",
}

pub fn up(op: &mut Op<migrate_sqlx::Sqlite>) -> Result<()> {
    op.execute(
        r#"
CREATE TABLE links (
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    target TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
"#,
    )
}

pub fn down(op: &mut Op<migrate_sqlx::Sqlite>) -> Result<()> {
    op.execute("DROP TABLE links;")
}
