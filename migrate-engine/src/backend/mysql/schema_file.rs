//! Reads the statements of a file that describes the desired schema, such as the output of `mariadb-dump` or
//! `mysqldump`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use migrate_schema::schema::Schema;

use super::natives;
use super::qualifier::{name_of, without_database};
use super::sql::{self, significant, text_at};

/// Returns the statements that affect the schema, each with its start: without rows, locks, transactions, privileges
/// and databases, and without the encoding of the text, which is sent in the encoding of the connection.
///
/// Other settings are kept, because triggers and routines store the mode in which they are created.
pub(super) fn statements(script: &str) -> Vec<(usize, Cow<'_, str>)> {
    let found = sql::statements(script)
        .into_iter()
        .map(without_leading_comments);
    let schema_statements: Vec<&str> = found
        .filter(|statement| changes_schema(statement))
        .collect();
    let database = database_of_sequences(&schema_statements);
    let here = |statement| match &database {
        Some(database) if calls_sequences(statement) => {
            Cow::Owned(without_database(statement, database))
        }
        _ => Cow::Borrowed(statement),
    };
    let found = schema_statements.into_iter().map(|statement| {
        let at = statement.as_ptr() as usize - script.as_ptr() as usize;
        (at, here(statement))
    });
    found.collect()
}

/// The functions of sequences. The server prints them with the name of the database.
const OF_SEQUENCES: [&str; 3] = ["LASTVAL", "NEXTVAL", "SETVAL"];

fn calls_sequences(statement: &str) -> bool {
    sql::words(statement).any(|word| OF_SEQUENCES.contains(&word.as_str()))
}

/// Returns the only database that a file names before its own sequences: the database of the dump.
fn database_of_sequences(statements: &[&str]) -> Option<String> {
    let mut created = BTreeSet::new();
    let mut named = BTreeSet::new();
    for statement in statements {
        let tokens = significant(statement);
        let word = |at: usize| text_at(statement, &tokens, at);
        let is = |at: usize, keyword: &str| word(at).eq_ignore_ascii_case(keyword);
        let create = (0..tokens.len()).find(|at| is(*at, "SEQUENCE"));
        if let Some(at) = create.filter(|_| is(0, "CREATE")) {
            let at = if is(at + 1, "IF") { at + 4 } else { at + 1 };
            created.extend(name_of(word(at)));
        }
        for at in (0..tokens.len()).filter(|at| word(at + 1) == "(" && word(at + 3) == ".") {
            if OF_SEQUENCES.iter().any(|function| is(at, function)) {
                named.extend(name_of(word(at + 2)).zip(name_of(word(at + 4))));
            }
        }
    }
    let mut own = named.into_iter().filter(|(_, name)| created.contains(name));
    let (database, _) = own.next()?;
    own.all(|(other, _)| other == database).then_some(database)
}

/// The text before an event in a dump.
const EVENT: &str = "/*!50106 CREATE*/";

/// Returns the schema that a file creates, if the revisions build `built`. A dump contains the start time of each
/// event, which is compared only if the revisions set it too.
pub(super) fn beside(script: &str, mut desired: Schema, built: &Schema) -> Schema {
    if script.contains(EVENT) {
        for event in &mut desired.natives {
            let same = built.natives.iter().find(|it| it.object == event.object);
            let same = same.filter(|it| natives::is_same_event_ignoring_start(event, it));
            if let Some(same) = same {
                same.clone_into(event);
            }
        }
    }
    desired
}

/// Returns a statement without the comments before it. `/*! … */` is not a comment.
fn without_leading_comments(statement: &str) -> &str {
    let mut rest = statement.trim_start();
    loop {
        // A marker for the client only: no server has this version.
        let is_sign = ["/*!999999", "/*M!999999"]
            .iter()
            .any(|sign| rest.starts_with(sign));
        let runs = rest.starts_with("/*!") || rest.starts_with("/*M!");
        let length = if rest.starts_with("-- ") || rest.starts_with("--\n") || rest.starts_with('#')
        {
            rest.find('\n').unwrap_or(rest.len())
        } else if is_sign || (rest.starts_with("/*") && !runs) {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else {
            return rest;
        };
        rest = rest[length..].trim_start();
    }
}

/// Statements that do not change a schema.
const IGNORED_STATEMENTS: [&str; 13] = [
    "ANALYZE", "CHANGE", "CHECK", "DELETE", "FLUSH", "GRANT", "INSERT", "LOAD", "OPTIMIZE",
    "REPLACE", "REVOKE", "UPDATE", "USE",
];

/// Settings of a connection for the encoding of text, and settings of the whole server.
const OF_CONNECTION: [&str; 8] = [
    "NAMES",
    "CHARACTER",
    "CHARACTER_SET_CLIENT",
    "CHARACTER_SET_CONNECTION",
    "CHARACTER_SET_RESULTS",
    "COLLATION_CONNECTION",
    "GLOBAL",
    "SQL_LOG_BIN",
];

fn changes_schema(statement: &str) -> bool {
    let words: Vec<String> = sql::words(statement).collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let nothing = match word(0) {
        "" => true,
        "SET" => {
            // `SET @@SESSION.SQL_LOG_BIN = 0`
            let mut names = words[1..]
                .iter()
                .filter(|word| *word != "@" && *word != ".");
            let first = names.next().map_or("", String::as_str);
            let second = names.next().map_or("", String::as_str);
            let of_connection = |name: &str| OF_CONNECTION.contains(&name);
            of_connection(first) || (first == "SESSION" && of_connection(second))
        }
        "CREATE" | "ALTER" | "DROP" if matches!(word(1), "DATABASE" | "SCHEMA") => true,
        "ALTER" => {
            matches!(&words[..], [.., turned, keys] if keys == "KEYS" && matches!(turned.as_str(), "DISABLE" | "ENABLE"))
        }
        first => IGNORED_STATEMENTS.contains(&first),
    };
    !nothing && sql::leaves(statement).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = r"/*M!999999\- enable the sandbox mode */
-- MariaDB dump 10.19
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;

--
-- Table structure for table `a`
--

DROP TABLE IF EXISTS `a`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `a` (
  `b` int(11) NOT NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;

LOCK TABLES `a` WRITE;
/*!40000 ALTER TABLE `a` DISABLE KEYS */;
set autocommit=0;
INSERT INTO `a` VALUES (1),(2);
/*!40000 ALTER TABLE `a` ENABLE KEYS */;
UNLOCK TABLES;
commit;
/*!50003 SET sql_mode              = 'STRICT_ALL_TABLES' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN
  SET NEW.b = 1;
END */;;
DELIMITER ;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
-- Dump completed
";

    #[test]
    fn a_file_of_mariadb_dump_is_its_schema() {
        let found = statements(DUMP);
        let begins: Vec<&str> = found
            .iter()
            .map(|(_, statement)| statement.get(..40).unwrap_or(statement))
            .collect();
        assert_eq!(
            begins,
            [
                "/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@",
                "/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@F",
                "DROP TABLE IF EXISTS `a`",
                "/*!40101 SET @saved_cs_client     = @@ch",
                "CREATE TABLE `a` (\n  `b` int(11) NOT NUL",
                "/*!50003 SET sql_mode              = 'ST",
                "/*!50003 CREATE*/ /*!50017 DEFINER=`root",
                "/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOR",
            ]
        );
        assert!(found[6].1.ends_with("END */"), "{found:?}");
        let line = |at: usize| DUMP[..at].matches('\n').count() + 1;
        assert_eq!(line(found[4].0), 14);
    }

    #[test]
    fn a_sequence_of_the_file_loses_its_database_qualifier() {
        let sequence = "CREATE SEQUENCE `s` start with 1";
        let default =
            |database: &str| format!("CREATE TABLE t (a int DEFAULT nextval({database}`s`))");
        let found = |sql: &[String]| {
            let script = sql.join(";\n");
            let found = statements(&script).into_iter();
            found.map(|(_, sql)| sql.into_owned()).collect::<Vec<_>>()
        };
        let own = [sequence.to_owned(), default("`app`.")];
        assert_eq!(found(&own), [sequence.to_owned(), default("")]);
        for other in [
            vec![default("`app`.")],
            vec![sequence.to_owned(), default("`app`."), default("`shop`.")],
        ] {
            assert_eq!(found(&other), other);
        }
    }

    #[test]
    fn statements_that_change_no_schema_are_skipped() {
        for sql in [
            "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `app`",
            "USE `app`",
            "SET @@SESSION.SQL_LOG_BIN= 0",
            "SET @@GLOBAL.GTID_PURGED='x'",
            "SET GLOBAL x = 1",
            "START TRANSACTION",
            "# nothing",
        ] {
            assert_eq!(statements(sql), [], "{sql}");
        }
        for sql in [
            "ALTER TABLE a ADD KEY k (b)",
            "CREATE INDEX i ON a (b)",
            "SET @a = 1",
        ] {
            assert_eq!(statements(sql), [(0, Cow::Borrowed(sql))]);
        }
    }
}
