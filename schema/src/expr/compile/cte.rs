//! Common table expressions.

use std::sync::Arc;

use super::Compiler;
use super::Context;
use super::Written;
use crate::CompileError;
use crate::expr::Expr;
use crate::expr::Statement;
use crate::expr::from::Cte;

impl Compiler<'_> {
    /// The name of a common table expression where it is used; the first use writes it too.
    pub(super) fn cte(&mut self, cte: &Arc<Cte>, context: Context<'_>) -> Written {
        let name = self.named(&cte.name, "alias");
        if let Some(original) = &cte.alias_of {
            let _name = self.cte(original, context)?;
            let base = self.named(&original.name, "alias");
            let (base, name) = (self.target.quote(&base), self.target.quote(&name));
            return Ok(format!("{base} AS {name}"));
        }
        let quoted = self.target.quote(&name);
        let level = if cte.nesting { self.stack.len() } else { 1 };
        let address = |cte: &Arc<Cte>| Arc::as_ptr(cte) as usize;
        let known = self.cte_names.iter().position(|(at, other, _)| *at == level && *other == name);
        if let Some(position) = known {
            let existing = self.cte_names[position].2.clone();
            let is_restated_by_existing =
                existing.restates.as_ref().is_some_and(|inner| address(inner) == address(cte));
            if address(&existing) == address(cte) || is_restated_by_existing {
                return Ok(quoted);
            }
            let restates_existing =
                cte.restates.as_ref().is_some_and(|inner| address(inner) == address(&existing));
            if !restates_existing {
                return Err(CompileError::Compile(format!(
                    "Multiple, unrelated CTEs found with the same name: '{name}'"
                )));
            }
            self.ctes.retain(|(other, _)| address(other) != address(&existing));
            self.cte_names.remove(position);
        }
        self.cte_names.push((level, name, cte.clone()));
        let mut text = quoted.clone();
        if cte.recursive {
            let columns = match &cte.element {
                Statement::Query(query) => query.exported(),
                statement => statement.returned(),
            };
            let mut names = Vec::with_capacity(columns.len());
            for column in columns {
                let name = self.named(&column.name, "colident");
                names.push(self.target.quote(&name));
            }
            text += &format!("({})", names.join(", "));
        }
        let context = Context { as_from: true, ..context };
        let prefixes = self.prefixes(&cte.prefixes, context)?;
        let inner = self.statement(&cte.element, context)?;
        text += &format!(" AS {prefixes}\n({inner})");
        self.ctes.push((cte.clone(), text));
        Ok(quoted)
    }

    /// Words for all dialects or this one, each with a blank behind.
    pub(super) fn prefixes(
        &mut self,
        prefixes: &[(Expr, Option<String>)],
        context: Context<'_>,
    ) -> Written {
        let mut words = Vec::new();
        for (word, dialect) in prefixes {
            let is_meant = match dialect.as_deref() {
                None | Some("*") => true,
                Some(dialect) => dialect == self.target.name(),
            };
            if is_meant {
                words.push(self.process(word, context)?);
            }
        }
        Ok(if words.is_empty() { String::new() } else { words.join(" ") + " " })
    }

    /// `WITH …` before a statement, if there is something to write. `top` says that it is the
    /// outermost.
    pub(super) fn with_clause(&mut self, top: bool, following: bool) -> String {
        let level = self.stack.len();
        let is_here = |names: &[(usize, String, Arc<Cte>)], cte: &Arc<Cte>| {
            top || level <= 1
                || cte.nesting
                    && names.iter().any(|(at, _, other)| {
                        Arc::ptr_eq(other, cte) && (*at == level || following && *at == level + 1)
                    })
        };
        let mut here = Vec::new();
        let mut rest = Vec::new();
        for (cte, text) in std::mem::take(&mut self.ctes) {
            if is_here(&self.cte_names, &cte) {
                here.push((cte, text));
            } else {
                rest.push((cte, text));
            }
        }
        self.ctes = rest;
        if here.is_empty() {
            return String::new();
        }
        if !top && level > 1 {
            self.cte_names
                .retain(|(_, _, other)| !here.iter().any(|(cte, _)| Arc::ptr_eq(cte, other)));
        }
        let word =
            if here.iter().any(|(cte, _)| cte.recursive) { "WITH RECURSIVE" } else { "WITH" };
        let texts: Vec<String> = here.into_iter().map(|(_, text)| text).collect();
        format!("{word} {}\n ", texts.join(", \n"))
    }
}
