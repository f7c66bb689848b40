//! Options of MySQL's and MariaDB's tables, as SQLAlchemy finds them in `SHOW CREATE TABLE`.

use regex_lite::Regex;

/// Options whose values are texts in quotes.
const TEXTS: &[&str] = &["COMMENT", "DATA DIRECTORY", "INDEX DIRECTORY", "PASSWORD", "CONNECTION"];

/// Options whose values are words.
const WORDS: &[&str] = &[
    "ENGINE",
    "TYPE",
    "AUTO_INCREMENT",
    "AVG_ROW_LENGTH",
    "CHARACTER SET",
    "DEFAULT CHARSET",
    "CHECKSUM",
    "COLLATE",
    "DELAY_KEY_WRITE",
    "INSERT_METHOD",
    "MAX_ROWS",
    "MIN_ROWS",
    "PACK_KEYS",
    "ROW_FORMAT",
    "KEY_BLOCK_SIZE",
    "STATS_SAMPLE_PAGES",
];

/// What is read, and forgotten.
const FORGOTTEN: &[&str] = &["auto_increment", "data directory", "index directory"];

/// The options of the line that closes the columns: names in lower case, and values.
pub(super) fn of_table(line: &str) -> Vec<(String, String)> {
    let mut rest = line.to_owned();
    let mut made = Vec::new();
    let texts = TEXTS.iter().map(|name| (name, "'((?:[^']|'')*)'"));
    for (name, value) in texts.chain(WORDS.iter().map(|name| (name, r"(\w+)"))) {
        let Ok(pattern) = Regex::new(&format!(r"(?i){name}(?:\s*=\s*|\s+){value}")) else {
            continue;
        };
        let Some(found) = pattern.captures(&rest).and_then(|found| found.get(1)) else { continue };
        let name = name.to_lowercase();
        if !FORGOTTEN.contains(&name.as_str()) {
            made.push((name, unescaped(found.as_str())));
        }
        rest = pattern.replace_all(&rest, "").into_owned();
    }
    made
}

/// A text as it was meant.
fn unescaped(text: &str) -> String {
    let mut made = String::new();
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next() {
                Some('n') => made.push('\n'),
                Some('r') => made.push('\r'),
                Some('t') => made.push('\t'),
                Some('0') => made.push('\0'),
                Some('\\') | None => made.push('\\'),
                Some(other) => made.extend(['\\', other]),
            },
            other => made.push(other),
        }
    }
    made.replace("''", "'")
}

/// The option of a line that is about partitions.
pub(super) fn of_partitions(line: &str) -> Vec<(String, String)> {
    let line = line.trim_start_matches(['(', ' ']);
    let words: Vec<&str> = line.split_whitespace().collect();
    let upper: Vec<String> = words.iter().map(|word| word.to_uppercase()).collect();
    let upper: Vec<&str> = upper.iter().map(String::as_str).collect();
    let after = |words: usize| {
        let mut rest = line;
        for _ in 0..words {
            rest = rest.trim_start();
            rest = rest.find(char::is_whitespace).map_or("", |at| &rest[at..]);
        }
        rest.trim_start().to_owned()
    };
    match upper.as_slice() {
        ["PARTITION", "BY", _, ..] => vec![("partition_by".to_owned(), after(2))],
        ["SUBPARTITION", "BY", _, ..] => vec![("subpartition_by".to_owned(), after(2))],
        [name @ ("PARTITIONS" | "SUBPARTITIONS"), count, ..] => {
            vec![(name.to_lowercase(), (*count).to_owned())]
        }
        [name @ ("PARTITION" | "SUBPARTITION"), ..] => {
            vec![(format!("{}_definitions", name.to_lowercase()), line.trim_end().to_owned())]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(found: Vec<(String, String)>) -> String {
        let pairs = found.into_iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_quotes_hold_is_no_option() {
        let line = ") ENGINE=MyISAM AUTO_INCREMENT=7 DEFAULT CHARSET=latin1 COLLATE=latin1_bin \
                    CHECKSUM=1 COMMENT='it''s ENGINE=InnoDB'";
        assert_eq!(
            pairs(of_table(line)),
            "comment=it's ENGINE=InnoDB; engine=MyISAM; default charset=latin1; checksum=1; \
             collate=latin1_bin",
        );
    }

    #[test]
    fn lines_of_partitions_are_options_too() {
        assert_eq!(pairs(of_partitions(" PARTITION BY HASH (`a`)")), "partition_by=HASH (`a`)");
        assert_eq!(pairs(of_partitions("PARTITIONS 4")), "partitions=4");
        assert_eq!(
            pairs(of_partitions("(PARTITION `p0` VALUES LESS THAN (10) ENGINE = InnoDB,")),
            "partition_definitions=PARTITION `p0` VALUES LESS THAN (10) ENGINE = InnoDB,",
        );
    }
}
