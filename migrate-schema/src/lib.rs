//! Schemas and operations as plain values, and the pure functions over them.
//!
//! This crate must not depend on a database: no module connects, reads a clock or touches the disk.
//!
//! ```text
//! value ─► schema ─► operation ─┬─► ddl     (SQL of a dialect)
//!                               ├─► diff    (the operations between two schemas)
//!                               └─► render  (the Rust text of a revision)
//! ```

pub mod column_type;
pub mod ddl;
pub mod diff;
pub mod operation;
pub mod render;
pub mod schema;
pub mod text;
pub mod value;
