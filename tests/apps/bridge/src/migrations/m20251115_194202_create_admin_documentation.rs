//! Create the documentation for administrators.

use migrate_runtime::v1::*;

revision! {
    revision: "f1a2b3c4d5e6",
    down_revision: "add_sub_url_servers_2025",
    created: "2025-11-15T19:42:02Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    create_admin_documentation(op)?;
    create_admin_documentation_files(op)
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_table("admin_documentation_files")?;
    op.drop_table("admin_documentation")
}

fn create_admin_documentation(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("admin_documentation", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(varchar("title").not_null());
        t.column(Column::new("content", Text));
        t.column(Column::new("created_at", Timestamp));
        t.column(Column::new("updated_at", Timestamp));
        t.column(Column::new("created_by", Integer));
        t.foreign_key("created_by", ForeignKey::to("users", "id"));
    })?;
    op.create_index(Index::new(
        "ix_admin_documentation_id",
        "admin_documentation",
        "id",
    ))
}

fn create_admin_documentation_files(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("admin_documentation_files", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(Column::new("documentation_id", Integer).not_null());
        t.column(varchar("file_id").not_null());
        t.column(varchar("file_name"));
        t.column(varchar("file_type").not_null());
        t.column(varchar("description"));
        t.column(Column::new("order", Integer));
        t.column(Column::new("created_at", Timestamp));
        t.foreign_key(
            "documentation_id",
            ForeignKey::to("admin_documentation", "id"),
        );
    })?;
    op.create_index(Index::new(
        "ix_admin_documentation_files_id",
        "admin_documentation_files",
        "id",
    ))?;
    op.create_index(Index::new(
        "ix_admin_documentation_files_documentation_id",
        "admin_documentation_files",
        "documentation_id",
    ))
}

fn varchar(name: &str) -> Column {
    Column::new(name, Type::custom("VARCHAR"))
}
