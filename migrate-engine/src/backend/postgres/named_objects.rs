//! Returns the server's definitions of objects that a statement outside a transaction names: indexes of every schema,
//! including those that an interrupted statement left, and objects that belong to no schema.

use postgres::{Error, Transaction};

use crate::backend::Shown;
use crate::journal::holds_name;

const INDEXES: &str = "SELECT c.relname::text, t.relname::text, \
    quote_ident(n.nspname) || '.' || quote_ident(c.relname), pg_get_indexdef(i.indexrelid), i.indisvalid \
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid \
    JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_' ORDER BY 3";

const OTHERS: &str = "SELECT 'database', datname::text FROM pg_database \
    UNION ALL SELECT 'tablespace', spcname::text FROM pg_tablespace ORDER BY 1, 2";

pub(super) fn by(transaction: &mut Transaction<'_>, sql: &str) -> Result<Vec<Shown>, Error> {
    let words = sql.to_lowercase();
    let named = |name: &str| holds_name(&words, &name.to_lowercase());
    // While the server rebuilds an index, its name has one of these suffixes, even if the statement names only a
    // schema.
    let is_new = |name: &str| {
        let of_old = name.contains("_ccnew") || name.contains("_ccold");
        words.trim_start().starts_with("reindex") && of_old
    };
    let mut shown = Vec::new();
    for row in transaction.query(INDEXES, &[])? {
        let (index, table): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if !named(&index) && !named(&table) && !is_new(&index) {
            continue;
        }
        let (name, valid): (String, bool) = (row.try_get(2)?, row.try_get(4)?);
        shown.push(Shown {
            undo: (!valid).then(|| format!("DROP INDEX CONCURRENTLY {name}")),
            name,
            definition: row.try_get(3)?,
        });
    }
    for row in transaction.query(OTHERS, &[])? {
        let (kind, name): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if named(&name) {
            shown.push(Shown {
                name,
                definition: kind,
                undo: None,
            });
        }
    }
    Ok(shown)
}
