//! How much Python code may take.

/// Bounds that no code can lift or catch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Steps: every statement and expression is one, and work of built-in functions counts by its
    /// size.
    pub steps: u64,
    /// Bytes of all values, estimated.
    pub memory: usize,
    /// Bytes of one text, and items of one container.
    pub length: usize,
    /// Bits of one `int`.
    pub bits: u64,
    /// Calls of Python functions inside each other.
    pub calls: usize,
    /// Bytes of the stack of the thread that the interpreter may use, counted from where it was
    /// called. [`on_large_stack`](super::on_large_stack) gives a thread that has more.
    pub stack: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 200_000_000,
            memory: 1 << 30,
            length: 1 << 26,
            bits: 1 << 22,
            calls: 900,
            stack: 768 << 10,
        }
    }
}

impl Limits {
    /// For code that is only read, not trusted: a second at most.
    #[must_use]
    pub const fn tight() -> Self {
        Self {
            steps: 1_000_000,
            memory: 1 << 26,
            length: 1 << 20,
            bits: 1 << 16,
            calls: 200,
            stack: 512 << 10,
        }
    }
}
