//! Common table expressions.

use std::iter;

use crate::CompileError;
use crate::expr::Compound;
use crate::expr::Cte;
use crate::expr::Expr;
use crate::expr::FromClause;
use crate::expr::Query;
use crate::expr::SetOperator;
use crate::expr::Statement;
use crate::expr::from::alias_name;

impl Statement {
    /// The statement as a common table expression (`cte()`).
    pub fn cte(&self, name: Option<&str>, recursive: bool) -> FromClause {
        FromClause::new_cte(Cte {
            element: self.clone(),
            name: alias_name(name, None),
            recursive,
            nesting: false,
            prefixes: Vec::new(),
            restates: None,
            alias_of: None,
            depth: 0,
        })
    }
}

impl FromClause {
    /// The common table expression with a word before its parentheses, such as `MATERIALIZED`
    /// (`prefix_with()`); nothing else takes one.
    #[must_use]
    pub fn prefix_with(&self, prefix: Expr, dialect: Option<&str>) -> FromClause {
        match self {
            FromClause::Cte(cte) => {
                let mut cte = Cte::clone(cte);
                cte.prefixes.push((prefix, dialect.map(str::to_owned)));
                FromClause::new_cte(cte)
            }
            other => other.clone(),
        }
    }

    /// The common table expression with further queries added (`union_all()` of a recursive one);
    /// nothing but a common table expression over a query has this.
    ///
    /// # Errors
    ///
    /// This is none.
    pub fn cte_union(
        &self,
        operator: SetOperator,
        others: impl IntoIterator<Item = impl Into<Query>>,
    ) -> Result<FromClause, CompileError> {
        let FromClause::Cte(cte) = self else {
            return Err(CompileError::Argument("only a CTE can be extended".to_owned()));
        };
        let Statement::Query(query) = &cte.element else {
            return Err(CompileError::Argument("only a CTE of a query can be extended".to_owned()));
        };
        let others = others.into_iter().map(Into::into);
        let compound = Compound::new(operator, iter::once(query.clone()).chain(others));
        Ok(FromClause::new_cte(Cte {
            element: Statement::Query(compound.into()),
            restates: Some(cte.clone()),
            ..Cte::clone(cte)
        }))
    }
}
