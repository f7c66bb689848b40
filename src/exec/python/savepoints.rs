//! The savepoints of Python code, named as SQLAlchemy names them.

/// Savepoints inside each other.
#[derive(Debug, Default)]
pub(super) struct Savepoints {
    /// How many there have been.
    count: usize,
    open: Vec<String>,
}

impl Savepoints {
    /// The statement that sets one.
    pub(super) fn set(&mut self) -> String {
        self.count += 1;
        let name = format!("sa_savepoint_{}", self.count);
        let statement = format!("SAVEPOINT {name}");
        self.open.push(name);
        statement
    }

    /// The statement that ends the last `count`, which are one and those within it; none when there
    /// are none.
    pub(super) fn end(&mut self, keep: bool, count: usize) -> Option<String> {
        let outer = self.open.len().saturating_sub(count.max(1));
        let name = self.open.drain(outer..).next()?;
        Some(if keep {
            format!("RELEASE SAVEPOINT {name}")
        } else {
            format!("ROLLBACK TO SAVEPOINT {name}")
        })
    }

    /// Forgets them: their transaction has ended.
    pub(super) fn clear(&mut self) {
        self.open.clear();
    }

    /// How many are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }
}
