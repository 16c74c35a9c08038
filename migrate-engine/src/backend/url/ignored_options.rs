//! Options that pools, drivers and frameworks put into URLs, and that have no effect on a run.
//!
//! An option is listed here only if a run sets the same property itself, or does not have the property. `docs/connections.md`
//! lists the same options, and a test compares both.

/// The options, with the tools that read them.
const IGNORED: [(&str, &[&str]); 9] = [
    ("sqlx", &["statement-cache-capacity"]),
    (
        "Prisma",
        &[
            "connection_limit",
            "max_connection_lifetime",
            "max_idle_connection_lifetime",
            "pgbouncer",
            "pool_timeout",
            "single_use_connections",
            "socket_timeout",
            "statement_cache_size",
        ],
    ),
    (
        "SeaORM, loco",
        &[
            "acquire_timeout",
            "idle_timeout",
            "max_connections",
            "max_lifetime",
            "min_connections",
        ],
    ),
    (
        "mysql, mysql_async",
        &[
            "abs_conn_ttl",
            "abs_conn_ttl_jitter",
            "check_health",
            "compress",
            "conn_ttl",
            "inactive_connection_ttl",
            "max_allowed_packet",
            "pool_max",
            "pool_min",
            "prefer_socket",
            "reset_connection",
            "stmt_cache_size",
            "tcp_connect_timeout_ms",
            "tcp_keepalive_probe_count",
            "tcp_keepalive_probe_interval_secs",
            "tcp_keepalive_time_ms",
            "tcp_nodelay",
            "tcp_user_timeout_ms",
            "ttl_check_interval",
            "wait_timeout",
        ],
    ),
    (
        "Rails",
        &[
            "advisory_locks",
            "checkout_timeout",
            "encoding",
            "pool",
            "prepared_statements",
            "reaping_frequency",
            "reconnect",
        ],
    ),
    (
        "Django, SQLAlchemy",
        &[
            "command_timeout",
            "conn_health_checks",
            "conn_max_age",
            "disable_server_side_cursors",
            "max_overflow",
            "pool_pre_ping",
            "pool_recycle",
            "pool_size",
            "prepared_statement_cache_size",
        ],
    ),
    (
        "Go",
        &[
            "checkConnLiveness",
            "clientFoundRows",
            "default_query_exec_mode",
            "interpolateParams",
            "loc",
            "multiStatements",
            "parseTime",
            "pool_health_check_period",
            "pool_max_conn_idle_time",
            "pool_max_conn_lifetime",
            "pool_max_conns",
            "pool_min_conns",
            "readTimeout",
            "writeTimeout",
        ],
    ),
    (
        "JDBC",
        &[
            "ApplicationName",
            "allowPublicKeyRetrieval",
            "autoReconnect",
            "cachePrepStmts",
            "loginTimeout",
            "prepareThreshold",
            "reWriteBatchedInserts",
            "rewriteBatchedStatements",
            "socketTimeout",
            "tcpKeepAlive",
            "useUnicode",
            "zeroDateTimeBehavior",
        ],
    ),
    (
        "several tools",
        &[
            "characterEncoding",
            "charset",
            "collation",
            "serverTimezone",
            "timezone",
        ],
    ),
];

/// Returns whether an option has no effect on a run. Case, `_` and `-` do not matter.
pub(crate) fn is_ignored(key: &str) -> bool {
    let key = plain(key);
    IGNORED
        .iter()
        .flat_map(|(_, options)| *options)
        .any(|option| plain(option) == key)
}

fn plain(key: &str) -> String {
    key.chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCS: &str = include_str!("../../../../docs/connections.md");

    #[test]
    fn the_documentation_lists_the_ignored_options() {
        for (tool, options) in IGNORED {
            let start = format!("| {tool} | ");
            let row = DOCS.lines().find(|line| line.starts_with(&start));
            let listed: Vec<&str> = row
                .unwrap_or_else(|| panic!("no row for {tool}"))
                .split('`')
                .skip(1)
                .step_by(2)
                .collect();
            assert_eq!(listed, options, "{tool}");
        }
    }

    #[test]
    fn spellings_of_an_option_are_equal() {
        for key in [
            "connection_limit",
            "connectionLimit",
            "time-zone",
            "TimeZone",
        ] {
            assert!(is_ignored(key), "{key}");
        }
        for key in [
            "schema",
            "sslmode",
            "options",
            "sql_mode",
            "statement_timeout",
            "",
        ] {
            assert!(!is_ignored(key), "{key}");
        }
    }
}
