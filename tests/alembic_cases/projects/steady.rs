//! Texts without what changes from run to run.

/// `$DATE` for every `2026-01-02 03:04:05`, with or without a fraction.
pub(super) fn without_dates(text: &str) -> String {
    const SHAPE: &[u8] = b"0000-00-00 00:00:00";
    let mut shown = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_date = rest.len() >= SHAPE.len()
            && rest.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                _ => byte == *shape,
            });
        if is_date {
            shown.push_str("$DATE");
            rest = &rest[SHAPE.len()..];
            if let Some(fraction) = rest.strip_prefix('.') {
                rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            }
        } else {
            shown.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    shown
}

/// `$TEMPORARY` for the path of a temporary file, to the next blank.
pub(super) fn without_temporary_names(text: &str) -> String {
    let mut parts = text.split("$ROOT/tmp/");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push_str("$TEMPORARY");
        shown.push_str(part.find(char::is_whitespace).map_or("", |end| &part[end..]));
    }
    shown
}

/// `#` for every number.
pub(super) fn numbers_as_such(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match c.is_ascii_digit() {
            true if shown.ends_with('#') => {}
            true => shown.push('#'),
            false => shown.push(c),
        }
    }
    shown
}

#[test]
fn what_changes_from_run_to_run_is_not_seen() {
    assert_eq!(
        without_dates("é 2026-01-02 03:04:05.678+01:00, 2026-01-02"),
        "é $DATE+01:00, 2026-01-02"
    );
    assert_eq!(without_temporary_names("see $ROOT/tmp/x1.txt for it"), "see $TEMPORARY for it");
    assert_eq!(numbers_as_such("2026/1/a_12"), "#/#/a_#");
}
