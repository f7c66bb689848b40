//! A small generator of numbers, so that a seed always gives the same revision.

/// `xorshift64`.
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn new(seed: u64) -> Self {
        let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            numbers.next(2);
        }
        numbers
    }

    /// A number below `below`.
    pub(super) fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap()
    }

    /// One of `items`.
    pub(super) fn of<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.next(items.len())]
    }

    /// Whether something happens of which there is a chance of so many in a hundred.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.next(100) < percent
    }
}

/// The arguments of a call, as they are written.
#[derive(Default)]
pub(super) struct Arguments(Vec<String>);

impl Arguments {
    pub(super) fn new(first: &[&str]) -> Self {
        Arguments(first.iter().map(|&one| one.to_owned()).collect())
    }

    pub(super) fn push(&mut self, argument: impl Into<String>) {
        self.0.push(argument.into());
    }

    /// `keyword=value`, with one of `values`, in so many of a hundred calls.
    pub(super) fn maybe(
        &mut self,
        numbers: &mut Numbers,
        percent: usize,
        keyword: &str,
        values: &[&str],
    ) {
        if numbers.chance(percent) {
            self.0.push(format!("{keyword}={}", numbers.of(values)));
        }
    }

    /// Each of `keywords` with one of its values, in so many of a hundred calls.
    pub(super) fn each(
        &mut self,
        numbers: &mut Numbers,
        percent: usize,
        keywords: &[(&str, &[&str])],
    ) {
        for (keyword, values) in keywords {
            self.maybe(numbers, percent, keyword, values);
        }
    }

    pub(super) fn text(&self) -> String {
        self.0.join(", ")
    }

    /// `function(arguments)`
    pub(super) fn call(&self, function: &str) -> String {
        format!("{function}({})", self.text())
    }
}
