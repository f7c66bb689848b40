//! `docs/guides/checklist.md`: every row names tests, and the tests are there.

use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

/// The capabilities that the guides of users ask for.
const ROWS: RangeInclusive<usize> = 1..=155;

#[test]
fn every_row_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/guides/checklist.md")).unwrap();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for line in page.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let Some(Ok(number)) = cells.first().map(|cell| cell.parse::<usize>()) else { continue };
        assert_eq!(cells.len(), 4, "row {number} has other columns: {cells:?}");
        assert!(seen.insert(number), "row {number} is there twice");
        let tests: Vec<&str> = cells[3].split('`').skip(1).step_by(2).collect();
        if tests.is_empty() {
            wrong.push(format!("row {number} names no test"));
        }
        for test in tests {
            if !is_there(root, test) {
                wrong.push(format!("row {number}: {test} is no test"));
            }
        }
    }
    wrong.extend(ROWS.filter(|row| !seen.contains(row)).map(|row| format!("no row {row}")));
    assert!(wrong.is_empty(), "docs/guides/checklist.md:\n{}", wrong.join("\n"));
}

/// `path::name`: a function with that name in that file, marked as a test.
fn is_there(root: &Path, test: &str) -> bool {
    let Some((file, name)) = test.split_once("::") else { return false };
    let Ok(source) = fs::read_to_string(root.join(file)) else { return false };
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let start = format!("fn {name}(");
    lines.iter().enumerate().any(|(at, line)| {
        line.starts_with(&start)
            && lines[..at]
                .iter()
                .rev()
                .take_while(|before| before.starts_with('#'))
                .any(|before| *before == "#[test]")
    })
}
