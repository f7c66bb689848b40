//! Places in `env.py`, with lines that may be shown.

use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::Module;
use crate::python::Position;
use crate::python::Span;
use crate::python::Visitor;
use crate::python::position;
use crate::python::walk_stmts;
use crate::secrets::without_texts;

/// The longest line that is shown.
const LONGEST_LINE: usize = 500;

/// The text of an `env.py` and where in it texts go over several lines.
pub(super) struct Places<'t> {
    pub(super) text: &'t str,
    long: Vec<Span>,
}

impl<'t> Places<'t> {
    pub(super) fn new(text: &'t str, module: &'t Module) -> Self {
        let mut places = Places { text, long: Vec::new() };
        walk_stmts(&module.body, &mut places);
        places
    }

    /// A place. Its line shows no text that is written out.
    pub(super) fn at(&self, span: Span) -> Position {
        let mut position = position(self.text, span.offset());
        let before = self.text.get(..span.offset()).unwrap_or(self.text);
        let start = before.rfind(['\r', '\n']).map_or(0, |end| end + 1);
        let begins_inside =
            self.long.iter().any(|long| long.offset() < start && start < long.end as usize);
        let is_long = position.source_line.len() > LONGEST_LINE;
        let shown = match begins_inside || is_long {
            true => None,
            false => without_texts(&position.source_line),
        };
        position.source_line = match shown {
            Some(shown) => aligned(&position, shown),
            None => String::new(),
        };
        position
    }
}

/// The line `shown` with as many blanks before it as it is shorter than the source line up to the
/// column: what is put below the column stands below the right character.
fn aligned(position: &Position, shown: String) -> String {
    let before: String = position.source_line.chars().take(position.column - 1).collect();
    // Inside an f-string there is no such character.
    let Some(shown_before) = without_texts(&before) else { return shown };
    let shorter = before.chars().count().saturating_sub(shown_before.chars().count());
    " ".repeat(shorter) + &shown
}

impl<'t> Visitor<'t> for Places<'t> {
    fn expr(&mut self, expr: &'t Expr) -> bool {
        if let ExprKind::Str(_) | ExprKind::FString(_) | ExprKind::Bytes(_) = expr.kind
            && expr.span.text(self.text).contains(['\r', '\n'])
        {
            self.long.push(expr.span);
        }
        true
    }
}
