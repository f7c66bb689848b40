//! Laws that hold for any text.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::leaves_behind;
use crate::normalize;
use crate::refuses_transaction;
use crate::transaction_control;

/// Pieces that mean something to one of the parts, whole and broken.
const PIECES: &[&str] = &[
    " ",
    "\n",
    "\r\n",
    "\t",
    ";",
    ";",
    ";",
    "'",
    "''",
    "\"",
    "`",
    "[",
    "]",
    "(",
    ")",
    "\\",
    ".",
    ",",
    "=",
    "*",
    "@",
    ":",
    "$",
    "$$",
    "$a$",
    "$1",
    "--",
    "-- ",
    "#",
    "/*",
    "*/",
    "/*!",
    "/*!50003 ",
    "/*+",
    "/*M!",
    "e'",
    "E'",
    "a",
    "é",
    "😀",
    "a$b",
    "1",
    "\u{0}",
    "\u{feff}",
    "CREATE ",
    "OR REPLACE ",
    "TEMP ",
    "TRIGGER t AFTER INSERT ON a ",
    "FUNCTION f() ",
    "PROCEDURE ",
    "EVENT ",
    "DEFINER=a ",
    "RULE ",
    "BEGIN ",
    "ATOMIC ",
    "NOT ",
    "END ",
    "IF ",
    "CASE ",
    "WHEN ",
    "THEN ",
    "ELSE ",
    "LOOP ",
    "WHILE ",
    "DO ",
    "REPEAT ",
    "UNTIL ",
    "FOR ",
    "DECLARE ",
    "HANDLER ",
    "DELIMITER ",
    "DELIMITER //\n",
    "DELIMITER ;\n",
    "//",
    "COPY ",
    "FROM ",
    "stdin ",
    "COMMIT ",
    "ROLLBACK ",
    "TO ",
    "TABLE ",
    "INDEX ",
    "CONCURRENTLY ",
    "ON ",
    "EXISTS ",
    "ALTER ",
    "DROP ",
    "ADD ",
    "COLUMN ",
    "PRAGMA ",
    "REINDEX ",
    "SUBSCRIPTION ",
    "U&",
];

pub(super) fn dialects() -> impl Strategy<Value = Dialect> {
    select(&Dialect::ALL[..])
}

pub(super) fn scripts() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => vec(select(PIECES), 0..60).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

/// The byte offset of a position, counted the slow way.
fn offset_of(text: &str, position: SourcePosition) -> usize {
    let mut now = START;
    for (offset, character) in text.char_indices() {
        if now == position {
            return offset;
        }
        if character == '\n' {
            now = at(now.line + 1, 1);
        } else {
            now.column += 1;
        }
    }
    assert_eq!(now, position, "no such place");
    text.len()
}

/// A statement without a terminator that each database (or the one named) reads as one.
pub(super) fn well_formed(dialect: Dialect) -> impl Strategy<Value = String> {
    let mut pieces = vec![
        "SELECT 1",
        "SELECT '--', ';', '/*'",
        "SELECT 'it''s;' -- ; '\n, \"a;\"\"b\"",
        "INSERT INTO t VALUES (1, 'é;😀')",
        "UPDATE t /* ; */ SET a$b$c = 2",
        "CREATE TABLE begin_end (\r\n a int\r\n)",
        "BEGIN",
        "COMMIT",
    ];
    pieces.extend(match dialect {
        Postgresql => [
            "SELECT E'a\\';', $$;$$, $x$;$$$x$",
            "DO $$ BEGIN a; END $$",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN b END; END",
            "SELECT /* /* ; */ ; */ 1",
            "CREATE RULE r AS ON INSERT TO t DO (a; b)",
        ],
        Mysql => [
            "SELECT 'a\\';' # ;\n, `b;`",
            "/*!40101 SET a = ';' */",
            "CREATE PROCEDURE p() BEGIN IF a THEN b; END IF; c; END",
            "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = IF(c, 1, 2)",
            "CREATE FUNCTION f() RETURNS int BEGIN l: LOOP LEAVE l; END LOOP; RETURN 1; END",
        ],
        Sqlite => [
            "SELECT [a;'], `b;`",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN b THEN c END; END",
            "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; DELETE FROM d; END",
            "PRAGMA foreign_keys = ON",
            "SELECT /* /* ; */ \"a\"",
        ],
    });
    select(pieces).prop_map(str::to_owned)
}

fn separators() -> impl Strategy<Value = &'static str> {
    select(vec![";", " ;\n", ";;", "; -- x;\n", "/* ' ; */;\r\n", "\n;\n/* \" */\n"])
}

fn assembled() -> impl Strategy<Value = (Dialect, Vec<(String, &'static str)>)> {
    dialects()
        .prop_flat_map(|dialect| (Just(dialect), vec((well_formed(dialect), separators()), 0..12)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(text in scripts(), dialect in dialects()) {
        normalize(&text, dialect);
        let whole = statement(&text);
        leaves_behind(&whole, dialect);
        transaction_control(&whole, dialect);
        refuses_transaction(&whole, dialect);
        match split(&text, dialect, START) {
            Ok(statements) => for statement in statements {
                leaves_behind(&statement, dialect);
                transaction_control(&statement, dialect);
                refuses_transaction(&statement, dialect);
            },
            Err(error) => {
                offset_of(&text, error.position());
            }
        }
    }

    #[test]
    fn statements_are_in_the_text_in_order(text in scripts(), dialect in dialects()) {
        let Ok(statements) = split(&text, dialect, START) else { return Ok(()) };
        let mut end = 0;
        for statement in statements {
            let start = offset_of(&text, statement.position);
            prop_assert!(start >= end);
            prop_assert!(!statement.text.is_empty());
            prop_assert_eq!(statement.text.trim_ascii(), &statement.text);
            prop_assert!(text[start..].starts_with(&statement.text));
            end = start + statement.text.len();
        }
    }

    #[test]
    fn well_formed_pieces_come_back((dialect, pieces) in assembled()) {
        let script: String = pieces.iter().flat_map(|(piece, separator)| [piece, *separator]).collect();
        let expected: Vec<&str> = pieces.iter().map(|(piece, _)| piece.as_str()).collect();
        prop_assert_eq!(texts(&script, dialect), expected);
    }

    #[test]
    fn pieces_under_a_delimiter_come_back(
        pieces in vec(well_formed(Mysql), 0..12),
        delimiter in select(vec!["//", "$$", ";;", "|", "€"]),
    ) {
        let body: Vec<String> = pieces.iter().map(|piece| format!("{piece}\n{delimiter}\n")).collect();
        let script = format!("DELIMITER {delimiter}\n{}DELIMITER ;\n", body.concat());
        prop_assert_eq!(texts(&script, Mysql), pieces);
    }

    #[test]
    fn comments_and_white_space_do_not_change_the_digest((dialect, pieces) in assembled()) {
        let plain: String = pieces.iter().map(|(piece, _)| format!("{piece} ; ")).collect();
        let noisy: String =
            pieces.iter().map(|(piece, _)| format!("\r\n{piece}/* ' */\t; -- \"\n")).collect();
        prop_assert_eq!(normalize(&plain, dialect), normalize(&noisy, dialect));
    }
}
