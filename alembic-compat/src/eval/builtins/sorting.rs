//! Sorting as `sorted` and `list.sort` do it: stable, with as few comparisons as can be.

use crate::eval::args::Args;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::value::Value;

pub(super) fn sorted(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    let key = args.take_keyword("key").unwrap_or_default();
    let reverse = match args.take_keyword("reverse") {
        Some(reverse) => interp.truth(&reverse)?,
        None => false,
    };
    if let Some((name, _)) = args.keywords.first() {
        return interp.type_error(format!("sort() got an unexpected keyword argument '{name}'"));
    }
    let [items] = args.exactly(interp, "sorted")?;
    let items = interp.items(&items)?;
    interp.sort(items, &key, reverse).map(Value::list)
}

impl Interpreter {
    /// The items in order, by `<` of the keys; equal ones keep their order.
    ///
    /// # Errors
    /// What the key function and comparing raise.
    pub fn sort(&mut self, items: Vec<Value>, key: &Value, reverse: bool) -> Result<Vec<Value>> {
        let mut pairs = Vec::with_capacity(items.len());
        for item in items {
            let key = if key.is_none() {
                item.clone()
            } else {
                self.call(key, Args::of([item.clone()]))?
            };
            pairs.push((key, item));
        }
        // Sorting in reverse keeps the order of equal items, so it is turned around twice.
        if reverse {
            pairs.reverse();
        }
        let mut pairs = self.merge_sort(pairs)?;
        if reverse {
            pairs.reverse();
        }
        Ok(pairs.into_iter().map(|(_, item)| item).collect())
    }

    /// A stable sort whose comparison can fail. Short lists are compared in the order of CPython,
    /// so that the same pair fails.
    fn merge_sort(&mut self, pairs: Vec<(Value, Value)>) -> Result<Vec<(Value, Value)>> {
        if pairs.len() < 64 {
            return self.insertion_sort(pairs);
        }
        let mut runs: Vec<Vec<(Value, Value)>> = Vec::new();
        for pair in pairs {
            let fits = match runs.last().and_then(|run| run.last()) {
                Some((last, _)) => {
                    let last = last.clone();
                    !self.less(&pair.0, &last)?
                }
                None => false,
            };
            match runs.last_mut() {
                Some(run) if fits => run.push(pair),
                _ => runs.push(vec![pair]),
            }
        }
        while runs.len() > 1 {
            let mut merged = Vec::with_capacity(runs.len() / 2 + 1);
            let mut rest = runs.into_iter();
            while let Some(left) = rest.next() {
                merged.push(match rest.next() {
                    Some(right) => self.merge(left, right)?,
                    None => left,
                });
            }
            runs = merged;
        }
        Ok(runs.pop().unwrap_or_default())
    }

    fn insertion_sort(&mut self, mut pairs: Vec<(Value, Value)>) -> Result<Vec<(Value, Value)>> {
        if pairs.len() < 2 {
            return Ok(pairs);
        }
        let descending = self.less(&pairs[1].0, &pairs[0].0)?;
        let mut sorted = 2;
        while sorted < pairs.len()
            && self.less(&pairs[sorted].0, &pairs[sorted - 1].0)? == descending
        {
            sorted += 1;
        }
        if descending {
            pairs[..sorted].reverse();
        }
        for at in sorted..pairs.len() {
            let (mut left, mut right) = (0, at);
            while left < right {
                let middle = left + (right - left) / 2;
                if self.less(&pairs[at].0, &pairs[middle].0)? {
                    right = middle;
                } else {
                    left = middle + 1;
                }
            }
            pairs[left..=at].rotate_right(1);
        }
        Ok(pairs)
    }

    fn merge(
        &mut self,
        left: Vec<(Value, Value)>,
        right: Vec<(Value, Value)>,
    ) -> Result<Vec<(Value, Value)>> {
        let mut out = Vec::with_capacity(left.len() + right.len());
        let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let taken = if self.less(&b.0, &a.0)? { right.next() } else { left.next() };
            out.extend(taken);
            self.step()?;
        }
        out.extend(left);
        out.extend(right);
        Ok(out)
    }
}
