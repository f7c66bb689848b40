//! Where statements begin and end.

use super::*;
use crate::Construct;

#[test]
fn statements_end_at_semicolons() {
    for dialect in Dialect::ALL {
        assert_eq!(texts("", dialect), Vec::<String>::new());
        assert_eq!(texts(" ;;\n -- x\n; /* y */ ;", dialect), Vec::<String>::new());
        assert_eq!(texts("a;b ; c", dialect), ["a", "b", "c"]);
        assert_eq!(texts("-- x\n/* y */ a -- z\n b /* c */ ; -- d", dialect), ["a -- z\n b"]);
    }
}

#[test]
fn quotes_and_comments_hide_semicolons() {
    for dialect in Dialect::ALL {
        for text in [
            "SELECT '--', ';'",
            "SELECT '/*'",
            "SELECT 'it''s;'",
            "SELECT \"a;\"\"b\"",
            "SELECT 1 /* ; ' */ + 1",
            "SELECT 1 -- ; '\n + 1",
            "SELECT a$b$c, 'd$b$'",
            "SELECT 'ä;€😀'",
        ] {
            whole(text, dialect);
        }
    }
    for text in ["SELECT `a;``b`", "SELECT [1;2]", "SELECT [a'b]"] {
        whole(text, Sqlite);
    }
    for text in
        [r"SELECT 'a\';', 'b\\'", r#"SELECT "a\";""#, "SELECT `a;``\\`", "SELECT 1 # ; '\n + 1"]
    {
        whole(text, Mysql);
    }
    for text in [
        r"SELECT E'a\';'",
        r"SELECT 'a\', ';'",
        "SELECT $$;'$$, $a$;$$;$a$",
        "SELECT a$1$, ';$1$'",
        "SELECT /* ; /* ; */ ; */ 1",
        "SELECT U&'d;' , U&\"d;\"",
        "SELECT a[1], $1",
    ] {
        whole(text, Postgresql);
    }
}

#[test]
fn a_comment_of_mysql_needs_white_space() {
    assert_eq!(texts("SELECT 1--;\nSELECT 2", Mysql), ["SELECT 1--", "SELECT 2"]);
    assert_eq!(texts("SELECT 1--;\nSELECT 2", Sqlite), ["SELECT 1--;\nSELECT 2"]);
}

#[test]
fn positions_count_lines_and_characters_of_the_file() {
    let position = |text: &str, start| -> Vec<SourcePosition> {
        let statements = split(text, Postgresql, start).unwrap();
        statements.into_iter().map(|statement| statement.position).collect()
    };
    assert_eq!(position("a; b", at(3, 5)), [at(3, 5), at(3, 8)]);
    assert_eq!(position("\n a;\n\n  b", at(3, 5)), [at(4, 2), at(6, 3)]);
    assert_eq!(position("'ä€😀'; b", START), [at(1, 1), at(1, 8)]);
    assert_eq!(position("'ä\r\n€'; b;\r\n/* ü */ c", START), [at(1, 1), at(2, 5), at(3, 9)]);
}

#[test]
fn line_breaks_stay_as_they_are() {
    assert_eq!(texts("a\r\nb;\r\nc\r\n", Sqlite), ["a\r\nb", "c"]);
    assert_eq!(texts("-- x\r\na -- y\r\n;\r\n", Mysql), ["a"]);
}

#[test]
fn executable_comments_of_mysql_are_statements() {
    assert_eq!(
        texts("/*!40101 SET NAMES utf8 */;\n/* x */ /*! a; b */ c; /*M!100 d */", Mysql),
        ["/*!40101 SET NAMES utf8 */", "/*! a; b */ c", "/*M!100 d */"]
    );
    assert_eq!(texts("/*! a */; b", Sqlite), ["b"]);
    assert_eq!(texts("/*! a /* ; */ ';*/' ; */; b", Mysql), ["/*! a /* ; */ ';*/' ; */", "b"]);
}

#[test]
fn what_is_never_closed_is_reported_where_it_opens() {
    use Construct::*;
    for (text, dialect, construct, position) in [
        ("a;\n b 'c\n;", Sqlite, String, at(2, 4)),
        ("é \"c;", Postgresql, QuotedIdentifier, at(1, 3)),
        ("\"c;", Mysql, String, at(1, 1)),
        ("`c;", Mysql, QuotedIdentifier, at(1, 1)),
        ("[c;", Sqlite, QuotedIdentifier, at(1, 1)),
        (r"SELECT E'\';", Postgresql, String, at(1, 8)),
        ("/* a /* b */ ;", Postgresql, Comment, at(1, 1)),
        ("a\r\n/* b", Sqlite, Comment, at(2, 1)),
        ("a /*! b /*! c */ ;", Mysql, Comment, at(1, 3)),
        ("DO $x$ $$ ;", Postgresql, DollarQuote, at(1, 4)),
        ("x; CREATE TRIGGER t AFTER INSERT ON a\nBEGIN\nSELECT 1;", Sqlite, Body, at(2, 1)),
        ("CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE;", Postgresql, Body, at(1, 21)),
        ("CREATE PROCEDURE p() BEGIN IF a THEN b;", Mysql, Body, at(1, 22)),
    ] {
        let expected = SplitError::Unterminated { construct, position };
        assert_eq!(error(text, dialect), expected, "{text}");
    }
    assert_eq!(
        error("a;\n b 'c", Sqlite).to_string(),
        "2:4: the string that opens here is never closed"
    );
}

#[test]
fn client_commands_are_refused() {
    for (text, dialect, name, program, position) in [
        ("\\restrict xyz\nSELECT 1;", Postgresql, "\\restrict", "psql", at(1, 1)),
        ("SELECT 1;\r\n\\connect db", Postgresql, "\\connect", "psql", at(2, 1)),
        ("SELECT 1 \\gexec\n", Postgresql, "\\gexec", "psql", at(1, 10)),
        ("\\. file.sql", Mysql, "\\.", "mysql", at(1, 1)),
        (".mode csv\n", Sqlite, ".mode", "sqlite3", at(1, 1)),
    ] {
        match error(text, dialect) {
            SplitError::ClientCommand { command, client, position: found } => {
                assert_eq!((command.as_str(), client, found), (name, program, position));
            }
            other => panic!("{other}"),
        }
    }
    whole("SELECT '\n\\connect'", Postgresql);
    assert!(texts("-- \n-- \\connect", Postgresql).is_empty());
}

#[test]
fn copying_through_the_client_is_refused() {
    let rows = "SELECT 1;\nCOPY \"a\".b (c, d) FROM stdin;\nO'Brien\t1\n\\.\n";
    assert_eq!(error(rows, Postgresql), SplitError::CopyThroughClient { position: at(2, 1) });
    let error = error("copy t from /* x */ STDIN with (format csv)", Postgresql);
    assert_eq!(error, SplitError::CopyThroughClient { position: START });
    whole("COPY t FROM '/stdin'", Postgresql);
    let error = self::error("SELECT 1;\nCOPY (SELECT 1) TO stdout", Postgresql);
    assert_eq!(error, SplitError::CopyThroughClient { position: at(2, 1) });
    whole("COPY t TO '/stdout'", Postgresql);
    whole("SELECT copy FROM stdin", Postgresql);
}

#[test]
fn mysql_delimiters_are_obeyed() {
    let script = "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\n\
                  CREATE PROCEDURE q()\nBEGIN SELECT ';//'; END; //\n delimiter ;\nSELECT 1; SELECT 2;";
    assert_eq!(
        texts(script, Mysql),
        [
            "CREATE PROCEDURE p() BEGIN SELECT 1; END",
            "CREATE PROCEDURE q()\nBEGIN SELECT ';//'; END",
            "SELECT 1",
            "SELECT 2"
        ]
    );
    for token in ["$$", "//", ";;", "|", "~~", "€", "GO", "END_OF_IT"] {
        let script = format!(
            "SELECT 0;\r\nDelimiter {token}\r\nCREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW\r\n\
             BEGIN b; END{token}\r\nDELIMITER ;\r\nSELECT 1;"
        );
        let trigger = "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW\r\nBEGIN b; END";
        assert_eq!(texts(&script, Mysql), ["SELECT 0", trigger, "SELECT 1"], "{token}");
    }
}

#[test]
fn under_a_delimiter_only_bodies_keep_their_semicolons() {
    let script = "DELIMITER '$$'\nDROP PROCEDURE IF EXISTS p; \nCREATE PROCEDURE p()\n\
                  BEGIN END; $$ COMMIT $$";
    assert_eq!(
        texts(script, Mysql),
        ["DROP PROCEDURE IF EXISTS p", "CREATE PROCEDURE p()\nBEGIN END", "COMMIT"]
    );
    assert_eq!(
        texts("DELIMITER //\nBEGIN NOT ATOMIC a; b; END //", Mysql),
        ["BEGIN NOT ATOMIC a; b; END"]
    );
}

#[test]
fn a_delimiter_must_be_named() {
    let error = error("SELECT 1;\n delimiter \nx", Mysql);
    assert_eq!(error, SplitError::DelimiterMissing { position: at(2, 2) });
    // Anywhere else it is a word.
    whole("SELECT\ndelimiter FROM t", Mysql);
    whole("DELIMITER //", Postgresql);
}

#[test]
fn a_dump_of_mysql_splits() {
    let dump = "DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`%`*/ /*!50003 TRIGGER t \
                BEFORE INSERT ON a FOR EACH ROW BEGIN SET @b = 1; END */;;\nDELIMITER ;\n\
                /*!50003 SET sql_mode = @saved */ ;";
    let statements = texts(dump, Mysql);
    assert_eq!(statements.len(), 2, "{statements:?}");
    assert!(statements[0].starts_with("/*!50003 CREATE*/") && statements[0].ends_with("END */"));
}

#[test]
fn a_hint_belongs_to_its_statement_and_is_none_by_itself() {
    for dialect in [Postgresql, Mysql] {
        let script = "-- x\n/*+ A */ SELECT /*+ B */ 1; /*+ C */;\n/*+ D */";
        assert_eq!(texts(script, dialect), ["/*+ A */ SELECT /*+ B */ 1"]);
    }
    assert_eq!(texts("/*+ A */ SELECT 1", Sqlite), ["SELECT 1"]);
    assert_eq!(texts("/*+--- a banner ---*/\nDELIMITER //\nSELECT 1//", Mysql), ["SELECT 1"]);
    let psql = error("/*+ A */ \\d", Postgresql);
    assert!(matches!(psql, SplitError::ClientCommand { .. }), "{psql}");
}
