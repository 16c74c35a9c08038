//! count visits

use migrate_runtime::v1::*;

revision! {
    revision: "20240310120000",
    down_revision: "20240304091500",
    created: "2024-03-10T12:00:00Z",
}

pub fn up(op: &mut Op<migrate_sqlx::Sqlite>) -> Result<()> {
    op.execute(
        r#"
CREATE TABLE visits (
    link_id INTEGER NOT NULL REFERENCES links (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    count INTEGER NOT NULL DEFAULT 0 CHECK (count >= 0),
    PRIMARY KEY (link_id, day)
) WITHOUT ROWID;
"#,
    )
}

pub fn down(op: &mut Op<migrate_sqlx::Sqlite>) -> Result<()> {
    op.execute("DROP TABLE visits;")
}
