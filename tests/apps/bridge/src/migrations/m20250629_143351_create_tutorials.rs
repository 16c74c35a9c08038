//! Create platforms and their tutorials.

use migrate_runtime::v1::*;

revision! {
    revision: "e5f6a7b8c9d0",
    down_revision: "add_deletion_notification_fields",
    created: "2025-06-29T14:33:51Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    create_platforms(op)?;
    create_tutorials(op)?;
    create_tutorial_files(op)
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_table("tutorial_files")?;
    op.drop_table("tutorials")?;
    op.drop_table("platforms")
}

fn create_platforms(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("platforms", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(varchar("name").not_null());
        t.column(varchar("display_name").not_null());
        t.column(varchar("description"));
        t.column(Column::new("is_active", Boolean));
        t.column(Column::new("order", Integer));
        t.column(Column::new("created_at", Timestamp));
        t.column(Column::new("updated_at", Timestamp));
        t.unique("name");
    })?;
    op.create_index(Index::new("ix_platforms_id", "platforms", "id"))?;
    op.create_index(Index::new(
        "ix_platforms_is_active",
        "platforms",
        "is_active",
    ))
}

fn create_tutorials(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("tutorials", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(Column::new("platform_id", Integer).not_null());
        t.column(varchar("title").not_null());
        t.column(Column::new("text", Text));
        t.column(varchar("video_file_id"));
        t.column(varchar("video_note_id"));
        t.column(Column::new("is_basic", Boolean));
        t.column(Column::new("order", Integer));
        t.column(Column::new("is_active", Boolean));
        t.column(Column::new("created_at", Timestamp));
        t.column(Column::new("updated_at", Timestamp));
        t.foreign_key("platform_id", ForeignKey::to("platforms", "id"));
    })?;
    op.create_index(Index::new("ix_tutorials_id", "tutorials", "id"))?;
    op.create_index(Index::new(
        "ix_tutorials_platform_id",
        "tutorials",
        "platform_id",
    ))?;
    op.create_index(Index::new("ix_tutorials_is_basic", "tutorials", "is_basic"))?;
    op.create_index(Index::new(
        "ix_tutorials_is_active",
        "tutorials",
        "is_active",
    ))?;
    op.create_index(Index::new(
        "idx_tutorial_platform_active",
        "tutorials",
        ["platform_id", "is_active"],
    ))?;
    op.create_index(Index::new(
        "idx_tutorial_platform_basic",
        "tutorials",
        ["platform_id", "is_basic"],
    ))
}

fn create_tutorial_files(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_table("tutorial_files", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(Column::new("tutorial_id", Integer).not_null());
        t.column(varchar("file_id").not_null());
        t.column(varchar("file_name"));
        t.column(varchar("file_type"));
        t.column(varchar("description"));
        t.column(Column::new("order", Integer));
        t.column(Column::new("created_at", Timestamp));
        t.foreign_key("tutorial_id", ForeignKey::to("tutorials", "id"));
    })?;
    op.create_index(Index::new("ix_tutorial_files_id", "tutorial_files", "id"))?;
    op.create_index(Index::new(
        "ix_tutorial_files_tutorial_id",
        "tutorial_files",
        "tutorial_id",
    ))
}

fn varchar(name: &str) -> Column {
    Column::new(name, Type::custom("VARCHAR"))
}
