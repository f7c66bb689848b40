//! Which of the configured databases are meant.

use super::error::CliError;

/// Whether `name` is what `pattern` describes: `*` stands for any letters, `?` for one.
fn is_match(pattern: &str, name: &str) -> bool {
    let mut chars = pattern.chars();
    match chars.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = chars.as_str();
            let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.any(|at| is_match(rest, &name[at..]))
        }
        Some(letter) => {
            let mut name = name.chars();
            name.next().is_some_and(|first| letter == '?' || letter == first)
                && is_match(chars.as_str(), name.as_str())
        }
    }
}

/// The names among `known` that one of `patterns` describes, in the order of `known`.
///
/// # Errors
/// A pattern that describes none.
pub(super) fn choose(patterns: &[String], known: &[String]) -> Result<Vec<String>, CliError> {
    // A name is its own pattern, whatever is in it.
    let describes = |pattern: &str, name: &str| pattern == name || is_match(pattern, name);
    for pattern in patterns {
        if known.iter().all(|name| !describes(pattern, name)) {
            return Err(CliError::NoSuchDatabase { name: pattern.clone(), known: known.to_vec() });
        }
    }
    let is_chosen = |name: &&String| patterns.iter().any(|pattern| describes(pattern, name));
    Ok(known.iter().filter(is_chosen).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_describe_names() {
        for (pattern, names) in [
            ("ts*", "ts ts_eu ts-us"),
            ("*s", "ts ts-us"),
            ("*", "app ts ts_eu ts-us"),
            ("t?", "ts"),
            ("??", "ts"),
            ("*_*", "ts_eu"),
            ("**u*", "ts_eu ts-us"),
            ("app", "app"),
        ] {
            let known: Vec<String> =
                ["app", "ts", "ts_eu", "ts-us"].into_iter().map(str::to_owned).collect();
            assert_eq!(
                choose(&[pattern.to_owned()], &known).unwrap().join(" "),
                names,
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_pattern_without_a_match_is_refused_and_the_order_is_that_of_the_file() {
        let known: Vec<String> = ["b", "a", "c"].into_iter().map(str::to_owned).collect();
        let chosen = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|&p| p.to_owned()).collect();
            choose(&patterns, &known)
        };
        assert_eq!(
            chosen(&["a", "[ab]", "b"]).unwrap_err().to_string(),
            "there is no database `[ab]` in the configuration"
        );
        assert_eq!(chosen(&["a", "?", "b"]).unwrap(), ["b", "a", "c"]);
        assert_eq!(chosen(&["a", "b"]).unwrap(), ["b", "a"]);
        assert!(chosen(&["x*"]).is_err());
        assert!(chosen(&[""]).is_err());
    }
}
