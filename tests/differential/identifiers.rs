//! Which identifiers are quoted, against SQLAlchemy's own preparers.

use std::collections::BTreeMap;
use std::process::Command;

use limbeck_schema::{ReservedWords, quote_if_needed};

use crate::support::python;

/// Asks each preparer how it writes every name of standard input.
const QUOTE: &str = "
import json, sys
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import make_url
names = json.loads(sys.argv[1])
def preparer(name):
    dialect = make_url(name + '://').get_dialect()()
    return dialect.identifier_preparer
print(json.dumps({
    name: {text: preparer(name).quote(text) for text in names}
    for name in ('sqlite', 'postgresql', 'mysql', 'mariadb')
}))
";

#[test]
fn random_graphs_have_identifiers_that_are_quoted_as_sqlalchemy_does() {
    let mut names: Vec<String> = Vec::new();
    for words in ReservedWords::ALL {
        for word in words.words() {
            names.extend([
                (*word).to_owned(),
                word.to_uppercase(),
                format!("{word}_"),
                format!("a{word}"),
            ]);
        }
    }
    names.extend(
        [
            "alembic_version",
            "Alembic",
            "a b",
            "a-b",
            "a.b",
            "1a",
            "_1",
            "$a",
            "a$",
            "a$1",
            "é",
            "a\"b",
            "a`b",
            "",
            "İ",
            "ß",
            "日本",
            "a\tb",
            "'",
        ]
        .map(str::to_owned),
    );
    let output = Command::new(python())
        .args(["-c", QUOTE, &serde_json::to_string(&names).unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_slice(&output.stdout).unwrap();
    let mut compared = 0;
    for (words, dialect) in
        ReservedWords::ALL.into_iter().zip(["sqlite", "postgresql", "mysql", "mariadb"])
    {
        for (name, quoted) in &theirs[dialect] {
            assert_eq!(quote_if_needed(words, name), *quoted, "{dialect}: {name:?}");
            compared += 1;
        }
    }
    assert!(compared > 4_000, "{compared}");
}
