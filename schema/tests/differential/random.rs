//! Random numbers that a seed repeats.

use limbeck_schema::Target;

/// SplitMix64.
pub(crate) struct Random {
    state: u64,
    /// What the case is compiled for.
    pub(crate) target: Target,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random { state: seed, target: Target::postgresql() }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Less than `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    /// True once in `times`.
    pub(crate) fn chance(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// A value once in `times`.
    pub(crate) fn maybe<T>(
        &mut self,
        times: usize,
        make: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        if self.chance(times) { Some(make(self)) } else { None }
    }

    /// A name of a table or column, mostly a plain one.
    pub(crate) fn name(&mut self) -> String {
        let odd =
            ["User", "order", "select", "x y", "é", "rank", "$a", "1st", "a\"b", "a`b", "key"];
        if self.chance(6) { self.pick(&odd).to_owned() } else { self.pick(&NAMES).to_owned() }
    }

    /// Different names.
    pub(crate) fn names(&mut self, count: usize) -> Vec<String> {
        let mut names = Vec::new();
        while names.len() < count {
            let name = self.name();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// A text that tries the quoting.
    pub(crate) fn text(&mut self) -> String {
        self.pick(&["x", "it's", "", "a\\b", "50%", "a:b", "é\"", "two\nlines", "0", "now()"])
            .to_owned()
    }
}

const NAMES: [&str; 12] =
    ["id", "a", "b", "c", "name", "user_id", "created_at", "n", "email", "flag", "data", "kind"];

/// A text as Python's literal.
pub(crate) fn py(text: &str) -> String {
    format!("{text:?}")
}

/// A list of texts.
pub(crate) fn py_list(texts: &[String]) -> String {
    let quoted: Vec<_> = texts.iter().map(|text| py(text)).collect();
    format!("[{}]", quoted.join(", "))
}

pub(crate) fn py_bool(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// Keyword arguments that were given.
#[derive(Default)]
pub(crate) struct Arguments(Vec<String>);

impl Arguments {
    pub(crate) fn push(&mut self, argument: impl Into<String>) {
        self.0.push(argument.into());
    }

    pub(crate) fn text(&mut self, name: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.push(format!("{name}={}", py(value)));
        }
    }

    pub(crate) fn flag(&mut self, name: &str, value: Option<bool>) {
        if let Some(value) = value {
            self.push(format!("{name}={}", py_bool(value)));
        }
    }

    pub(crate) fn number<N: std::fmt::Display>(&mut self, name: &str, value: Option<N>) {
        if let Some(value) = value {
            self.push(format!("{name}={value}"));
        }
    }

    pub(crate) fn join(&self) -> String {
        self.0.join(", ")
    }
}
