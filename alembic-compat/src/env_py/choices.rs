//! A `-x` argument by which `env.py` chooses among databases.

use std::collections::BTreeSet;

use super::EnvScript;
use super::ProposedValue;
use super::formula::Formula;
use super::report::is_plain;

/// A `-x` argument that the URL depends on in no other way than that it is compared with texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlChoice {
    /// Its key.
    pub key: String,
    /// The texts, sorted. Any other value goes the same way as none of them.
    pub values: Vec<String>,
}

impl EnvScript {
    /// The `-x` arguments that choose the URL, in the order of their keys.
    #[must_use]
    pub fn url_choices(&self) -> Vec<UrlChoice> {
        let keys = self.url_formula.x_keys().into_iter();
        keys.filter_map(|key| choice(&self.url_formula, key)).collect()
    }
}

/// `None` where `key` is also used as a text: then each value may be a database of its own.
fn choice(formula: &Formula, key: String) -> Option<UrlChoice> {
    let parts = formula.parts();
    let is_key =
        |part: &Formula| matches!(part, Formula::XArgument { key: own, .. } if *own == key);
    let mut values = BTreeSet::new();
    let mut compared = 0;
    for part in &parts {
        let Formula::Equal(a, b) = part else { continue };
        let (argument, other) = match (&**a, &**b) {
            (argument, other) | (other, argument) if is_key(argument) => (argument, other),
            _ => continue,
        };
        let Formula::Text(text) = other else { continue };
        compared += 1;
        values.insert(text.clone());
        if let Formula::XArgument { default: Some(default), .. } = argument
            && let Formula::Text(default) = &**default
        {
            values.insert(default.clone());
        }
    }
    // Whether it is given at all may be asked too.
    let asked = |test: &Formula| match test {
        Formula::Not(of) => is_key(of),
        test => is_key(test),
    };
    let tests = parts.iter().filter(|part| matches!(part, Formula::If { test, .. } if asked(test)));
    let used = parts.iter().filter(|part| is_key(part)).count();
    (compared > 0 && used == compared + tests.count())
        .then(|| UrlChoice { key, values: values.into_iter().collect() })
}

impl EnvScript {
    /// The `url` of a database that the `-x` argument `key` chooses with this value, or when it is
    /// not given: as [`proposed_settings`](super::proposed_settings). `None` where `env.py` refuses
    /// to run with it.
    #[must_use]
    pub fn proposed_url(&self, key: &str, value: Option<&str>) -> Option<ProposedValue> {
        let formula = given(&self.url_formula, key, value);
        let parts = formula.parts();
        let names: BTreeSet<&str> = parts
            .iter()
            .filter_map(|part| match part {
                Formula::Variable { name, .. } => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let names: Vec<&str> = names.into_iter().collect();
        Some(match (&formula, names.as_slice()) {
            (Formula::Raises, _) => return None,
            (formula, [only]) if is_plain(formula) => ProposedValue::Text(format!("${{{only}}}")),
            (_, []) => ProposedValue::Comment("written in env.py".to_owned()),
            (_, names) => ProposedValue::Comment(format!("built from {}", names.join(", "))),
        })
    }
}

/// `formula` with a value in place of the argument, and without the ways that it does not go.
fn given(formula: &Formula, key: &str, value: Option<&str>) -> Formula {
    let of = |inner: &Formula| given(inner, key, value);
    let all = |values: &[Formula]| values.iter().map(of).collect();
    match formula {
        Formula::XArgument { key: own, default, .. } if own == key => match (value, default) {
            (Some(value), _) => Formula::Text(value.to_owned()),
            (None, Some(default)) => (**default).clone(),
            (None, None) => Formula::None,
        },
        Formula::If { test, then, orelse } => {
            let test = of(test);
            match test.truth() {
                Some(true) => of(then),
                Some(false) => of(orelse),
                None => Formula::If {
                    test: test.boxed(),
                    then: of(then).boxed(),
                    orelse: of(orelse).boxed(),
                },
            }
        }
        Formula::Not(inner) => Formula::Not(of(inner).boxed()),
        Formula::Equal(a, b) => Formula::Equal(of(a).boxed(), of(b).boxed()),
        Formula::Logical { any, values } => Formula::Logical { any: *any, values: all(values) },
        Formula::Joined(values) => Formula::Joined(all(values)),
        Formula::Stripped(inner) => Formula::Stripped(of(inner).boxed()),
        Formula::Interpolated(inner, place) => Formula::Interpolated(of(inner).boxed(), *place),
        Formula::Replaced { of: inner, from, to, count } => Formula::Replaced {
            of: of(inner).boxed(),
            from: from.clone(),
            to: to.clone(),
            count: *count,
        },
        other => other.clone(),
    }
}
