//! Storage of tables: ordinary, or partitioned by hash of the shard.

use std::fmt::Write;

/// Text of a migration for the chosen storage.
///
/// A migration marks each table with `/*storage NAME PARAMETERS*/` behind its columns. An ordinary table gets the
/// parameters. A partitioned one gets `PARTITION BY HASH (shard)`, and each of its partitions gets the parameters.
pub(super) fn with_storage(sql: &str, partitions: u16) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut children = String::new();
    let mut rest = sql;
    while let Some((before, marked)) = rest.split_once("/*storage ") {
        let (mark, after) = marked.split_once("*/").unwrap_or((marked, ""));
        let (table, parameters) = mark.split_once(' ').unwrap_or((mark, ""));
        let parameters = if parameters.is_empty() { String::new() } else { format!(" WITH {parameters}") };
        text.push_str(before);
        if partitions == 0 {
            text.push_str(parameters.trim_start());
        } else {
            text.push_str("PARTITION BY HASH (shard)");
            for part in 0..partitions {
                // Writing to a String cannot fail.
                let _ = writeln!(
                    children,
                    "CREATE TABLE {table}_p{part} PARTITION OF {table} \
                     FOR VALUES WITH (MODULUS {partitions}, REMAINDER {part}){parameters};"
                );
            }
        }
        rest = after;
    }
    text.push_str(rest);
    text.push_str(&children);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "CREATE TABLE a (shard int) /*storage a (fillfactor = 70)*/;\nCREATE TABLE b (shard int) /*storage b*/;\n";

    #[test]
    fn an_ordinary_table_gets_its_parameters() {
        assert_eq!(
            with_storage(SQL, 0),
            "CREATE TABLE a (shard int) WITH (fillfactor = 70);\nCREATE TABLE b (shard int) ;\n"
        );
    }

    #[test]
    fn each_partition_gets_the_parameters_of_its_table() {
        let sql = with_storage(SQL, 2);
        assert!(sql.starts_with("CREATE TABLE a (shard int) PARTITION BY HASH (shard);"), "{sql}");
        for child in [
            "CREATE TABLE a_p1 PARTITION OF a FOR VALUES WITH (MODULUS 2, REMAINDER 1) WITH (fillfactor = 70);",
            "CREATE TABLE b_p0 PARTITION OF b FOR VALUES WITH (MODULUS 2, REMAINDER 0);",
        ] {
            assert!(sql.contains(child), "{sql}");
        }
    }
}
