//! The order of the columns of the new table.

use super::rebuild::Rebuild;
use crate::CompileError;
use crate::PythonError;

impl Rebuild<'_> {
    /// Notes between which columns a new one stands.
    pub(super) fn place_column(
        &mut self,
        column: &str,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Result<(), CompileError> {
        let existing = &self.existing_ordering;
        let place = |name: &str| existing.iter().position(|known| known == name);
        let missing = |name: &str| CompileError::from(PythonError::Key(name.to_owned()));
        let is_free = self.batch.partial_reordering.is_empty();
        let mut before = before.map(str::to_owned);
        let mut after = after.map(str::to_owned);
        if is_free {
            match (&before, &after) {
                (None, Some(after)) => match place(after) {
                    Some(at) => before = existing.get(at + 1).cloned(),
                    None => {
                        // Behind a column that is new too: before what stands behind that.
                        let next = self.added_ordering.iter().rev().find(|(a, _)| a == after);
                        before = Some(next.ok_or_else(|| missing(after))?.1.clone());
                    }
                },
                (Some(before), None) => match place(before) {
                    Some(at) => after = at.checked_sub(1).map(|at| existing[at].clone()),
                    None => {
                        let last = self.added_ordering.iter().rev().find(|(_, b)| b == before);
                        after = Some(last.ok_or_else(|| missing(before))?.0.clone());
                    }
                },
                _ => {}
            }
        }
        let last = existing.last().cloned();
        let has_place = before.is_some() || after.is_some();
        if let Some(before) = before {
            self.added_ordering.push((column.to_owned(), before));
        }
        if let Some(after) = after {
            self.added_ordering.push((after, column.to_owned()));
        }
        if let Some(last) = last.filter(|_| is_free && !has_place) {
            self.added_ordering.push((last, column.to_owned()));
        }
        Ok(())
    }

    /// Puts the columns into the order that was asked for. Where it leaves a choice, columns that
    /// wait for no other come first, in rounds: SQLAlchemy's topological sort.
    pub(super) fn reorder(&mut self) -> Result<(), CompileError> {
        if self.batch.partial_reordering.is_empty() && self.added_ordering.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = self.columns.iter().map(|column| column.key.clone()).collect();
        let mut pairs: Vec<(String, String)> = Vec::new();
        if self.batch.partial_reordering.is_empty() {
            for (at, name) in self.existing_ordering.iter().enumerate().skip(1) {
                pairs.push((names[at - 1].clone(), name.clone()));
            }
        } else {
            for group in &self.batch.partial_reordering {
                let behind = group.windows(2).map(|pair| (pair[0].clone(), pair[1].clone()));
                pairs.extend(behind);
            }
        }
        pairs.extend(self.added_ordering.iter().cloned());
        pairs.retain(|(first, second)| first != second);

        let mut waiting = names;
        let mut order = Vec::new();
        while !waiting.is_empty() {
            let is_waiting = |name: &String| waiting.contains(name);
            let (later, now): (Vec<String>, Vec<String>) =
                waiting.iter().cloned().partition(|name| {
                    pairs.iter().any(|(first, second)| second == name && is_waiting(first))
                });
            if now.is_empty() {
                return Err(CompileError::CircularDependency(format!(
                    "Circular dependency detected. ({})",
                    later.join(", ")
                )));
            }
            order.extend(now);
            waiting = later;
        }
        let place = |key: &str| order.iter().position(|name| name == key).unwrap_or(usize::MAX);
        self.columns.sort_by_key(|column| place(&column.key));
        Ok(())
    }
}
