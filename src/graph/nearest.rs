//! The existing name that a wrong one most resembles.

/// Below this similarity a suggestion misleads more than it helps.
const THRESHOLD: f64 = 0.75;

/// The candidate nearest to `text` by Jaro-Winkler similarity; the first of equals.
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let score = strsim::jaro_winkler(text, candidate);
        if score >= THRESHOLD && best.is_none_or(|(top, _)| score > top) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The candidate that `text` is a typing error of, or the beginning: for names of databases, where
/// one name for another is worse than none. Words that both have at an end, as in `results_db` and
/// `materials_db`, say nothing. The first of equals.
pub fn nearest_name<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let distances = candidates.into_iter().filter_map(|candidate| {
        let (mine, other) = without_shared_words(text, candidate);
        Some((typing_errors(mine, other)?, candidate))
    });
    distances.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// How many typing errors lie between two words, where it can be that: a third of the letters at
/// most, except that the rest of a word may be missing.
fn typing_errors(one: &str, other: &str) -> Option<usize> {
    let lengths = [one.chars().count(), other.chars().count()];
    let shorter = lengths[0].min(lengths[1]);
    let longer = lengths[0].max(lengths[1]);
    let distance = strsim::osa_distance(one, other);
    let is_beginning = shorter >= 3 && (one.starts_with(other) || other.starts_with(one));
    let is_near = distance < shorter && distance <= (longer / 3).max(1);
    (is_beginning || is_near).then_some(distance)
}

/// What is left of two names without the words that both begin with, and both end with.
fn without_shared_words<'t, 'c>(mut one: &'t str, mut other: &'c str) -> (&'t str, &'c str) {
    const JOINTS: [char; 3] = ['_', '-', '.'];
    while let (Some((first, rest)), Some((first_too, rest_too))) =
        (one.split_once(JOINTS), other.split_once(JOINTS))
        && first == first_too
    {
        (one, other) = (rest, rest_too);
    }
    while let (Some((rest, last)), Some((rest_too, last_too))) =
        (one.rsplit_once(JOINTS), other.rsplit_once(JOINTS))
        && last == last_too
    {
        (one, other) = (rest, rest_too);
    }
    (one, other)
}

#[cfg(test)]
mod tests {
    use super::nearest;
    use super::nearest_name;

    #[test]
    fn a_typing_error_finds_its_word_and_nonsense_finds_none() {
        let names = ["postgres", "timescale", "shared"];
        for find in [nearest, nearest_name] {
            assert_eq!(find("timescal", names), Some("timescale"));
            assert_eq!(find("postgers", names), Some("postgres"));
            assert_eq!(find("xyz", names), None);
        }
    }

    #[test]
    fn the_name_of_another_database_is_no_typing_error() {
        for (text, known, expected) in [
            ("results_db", "materials_db", None),
            ("results_db", "results_bd", Some("results_bd")),
            ("reslts_db", "materials_db results_db", Some("results_db")),
            ("results", "reports", None),
            ("results", "result", Some("result")),
            ("epsm_reslts_db", "epsm_materials_db epsm_results_db", Some("epsm_results_db")),
            ("epsm_results_db", "epsm_materials_db", None),
            ("ts_eu", "ts_us", None),
            ("time", "results timescale", Some("timescale")),
            ("a", "b", None),
            ("db", "results_db", None),
            ("results_db", "results_db_2 results", Some("results")),
            ("", "results", None),
        ] {
            assert_eq!(nearest_name(text, known.split(' ')), expected, "{text} among {known}");
        }
    }
}
