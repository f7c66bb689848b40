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

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typing_error_finds_its_word_and_nonsense_finds_none() {
        let names = ["postgres", "timescale", "shared"];
        assert_eq!(nearest("timescal", names), Some("timescale"));
        assert_eq!(nearest("postgers", names), Some("postgres"));
        assert_eq!(nearest("xyz", names), None);
    }
}
