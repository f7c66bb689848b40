//! Functions, windows and ordered aggregates.

use super::Compiler;
use super::Context;
use super::Written;
use crate::Dialect;
use crate::PythonError;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Frame;
use crate::expr::FrameBound;
use crate::expr::FrameUnit;
use crate::expr::Function;
use crate::expr::Over;

/// Whether SQLAlchemy quotes the name of a function: only for characters that no name has.
fn has_illegal_characters(name: &str) -> bool {
    name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
}

impl Compiler<'_> {
    fn function_name(&self, name: &str) -> String {
        if has_illegal_characters(name) {
            crate::quote_identifier(self.dialect(), name)
        } else {
            name.to_owned()
        }
    }

    pub(super) fn function(
        &mut self,
        function: &Function,
        order_by: Option<&[Expr]>,
        context: Context<'_>,
    ) -> Written {
        let mut text = match self.special_function(function, order_by, context)? {
            Some(text) => text,
            None => {
                let arguments = self.arguments(function, order_by, context)?;
                let known = function.packages.is_empty();
                let name = match function.name.as_str() {
                    "current_date" | "current_time" | "current_timestamp" | "current_user"
                    | "localtime" | "localtimestamp" | "session_user" | "user"
                        if known =>
                    {
                        let name = function.name.to_uppercase();
                        if function.arguments.is_empty() { name } else { name + &arguments }
                    }
                    "sysdate" if known && function.arguments.is_empty() => "sysdate".to_owned(),
                    "cube" | "rollup" if known => function.name.to_uppercase() + &arguments,
                    "grouping_sets" if known => format!("GROUPING SETS{arguments}"),
                    name => self.function_name(name) + &arguments,
                };
                let packages =
                    function.packages.iter().map(|package| self.function_name(package) + ".");
                packages.collect::<String>() + &name
            }
        };
        if function.with_ordinality {
            text += " WITH ORDINALITY";
        }
        Ok(text)
    }

    /// The arguments in parentheses.
    fn arguments(
        &mut self,
        function: &Function,
        order_by: Option<&[Expr]>,
        context: Context<'_>,
    ) -> Written {
        let mut text = self.list(&function.arguments, ", ", context)?;
        if let Some(order_by) = order_by {
            text += " ORDER BY ";
            text += &self.list(order_by, ", ", context)?;
        }
        Ok(format!("({text})"))
    }

    /// What a dialect writes otherwise.
    fn special_function(
        &mut self,
        function: &Function,
        order_by: Option<&[Expr]>,
        context: Context<'_>,
    ) -> Result<Option<String>, crate::CompileError> {
        let name = function.name.to_lowercase();
        let dialect = self.dialect();
        Ok(Some(match (dialect, name.as_str()) {
            (Dialect::Sqlite, "now") => "CURRENT_TIMESTAMP".to_owned(),
            (Dialect::Sqlite, "localtimestamp") => {
                "DATETIME(CURRENT_TIMESTAMP, 'localtime')".to_owned()
            }
            (Dialect::Sqlite, "char_length") => {
                format!("length{}", self.arguments(function, order_by, context)?)
            }
            (Dialect::Mysql, "random") => {
                format!("rand{}", self.arguments(function, order_by, context)?)
            }
            (Dialect::Mysql, "sysdate") => "SYSDATE()".to_owned(),
            (Dialect::Mysql, "rollup") => {
                format!("{} WITH ROLLUP", self.list(&function.arguments, ", ", context)?)
            }
            (Dialect::Postgresql, "pow") => {
                let context = Context::default();
                format!("power{}", self.arguments(function, order_by, context)?)
            }
            (Dialect::Postgresql, "substring") => {
                let mut parts = Vec::new();
                for argument in function.arguments.iter().take(3) {
                    parts.push(self.process(argument, context)?);
                }
                match parts.as_slice() {
                    [text, start, length] => {
                        format!("SUBSTRING({text} FROM {start} FOR {length})")
                    }
                    [text, start] => format!("SUBSTRING({text} FROM {start})"),
                    _ => {
                        return Err(PythonError::Index.into());
                    }
                }
            }
            (_, "aggregate_strings") => {
                let [expr, delimiter, ..] = function.arguments.as_slice() else {
                    return Err(PythonError::Type(
                        "aggregate_strings() takes an expression and a delimiter".to_owned(),
                    )
                    .into());
                };
                let expr = self.process(expr, context)?;
                let order = match order_by {
                    Some(order_by) if dialect == Dialect::Mysql => {
                        format!(" ORDER BY {}", self.list(order_by, ", ", context)?)
                    }
                    _ => String::new(),
                };
                let literal = Context { literal_execute: true, ..context };
                let delimiter = self.process(delimiter, literal)?;
                let tail = match order_by {
                    Some(order_by) if dialect != Dialect::Mysql => {
                        format!(" ORDER BY {}", self.list(order_by, ", ", context)?)
                    }
                    _ => String::new(),
                };
                match dialect {
                    Dialect::Mysql => format!("group_concat({expr}{order} SEPARATOR {delimiter})"),
                    Dialect::Sqlite => format!("group_concat({expr}, {delimiter}{tail})"),
                    Dialect::Postgresql => format!("string_agg({expr}, {delimiter}{tail})"),
                }
            }
            _ => return Ok(None),
        }))
    }

    pub(super) fn ordered_aggregate(
        &mut self,
        function: &Expr,
        order_by: &[Expr],
        within_group: bool,
        context: Context<'_>,
    ) -> Written {
        if !within_group && let ExprKind::Function(function) = function.kind() {
            return self.function(function, Some(order_by), context);
        }
        let function = self.process(function, context)?;
        let order_by = self.list(order_by, ", ", context)?;
        Ok(format!("{function} WITHIN GROUP (ORDER BY {order_by})"))
    }

    pub(super) fn over(&mut self, over: &Over, context: Context<'_>) -> Written {
        let element = self.process(&over.element, context)?;
        let mut parts = Vec::new();
        for (word, clauses) in [("PARTITION", &over.partition_by), ("ORDER", &over.order_by)] {
            if !clauses.is_empty() {
                parts.push(format!("{word} BY {}", self.list(clauses, ", ", context)?));
            }
        }
        if let Some(frame) = &over.frame {
            parts.push(self.frame(frame, context)?);
        }
        Ok(format!("{element} OVER ({})", parts.join(" ")))
    }

    fn frame(&mut self, frame: &Frame, context: Context<'_>) -> Written {
        let unit = match frame.unit {
            FrameUnit::Range => "RANGE",
            FrameUnit::Rows => "ROWS",
            FrameUnit::Groups => "GROUPS",
        };
        let mut bound = |bound: &FrameBound, unbounded: &str| -> Written {
            Ok(match bound {
                FrameBound::Unbounded => format!("UNBOUNDED {unbounded}"),
                FrameBound::Current => "CURRENT ROW".to_owned(),
                FrameBound::Preceding(count) => {
                    format!("{} PRECEDING", self.process(count, context)?)
                }
                FrameBound::Following(count) => {
                    format!("{} FOLLOWING", self.process(count, context)?)
                }
            })
        };
        let start = bound(&frame.start, "PRECEDING")?;
        let end = bound(&frame.end, "FOLLOWING")?;
        let exclude = match &frame.exclude {
            Some(exclude) => format!(" EXCLUDE {exclude}"),
            None => String::new(),
        };
        Ok(format!("{unit} BETWEEN {start} AND {end}{exclude}"))
    }
}
