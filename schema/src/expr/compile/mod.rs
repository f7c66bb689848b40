//! Writing expressions and statements as SQL.
//!
//! The text is that of SQLAlchemy's compilers (`sql/compiler.py` and those of the dialects).

mod binary;
mod bind;
mod cte;
mod dml;
mod from;
mod function;
mod insert;
mod literal;
mod select;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::CompileError;
use crate::Dialect;
use crate::SqlType;
use crate::Target;
use crate::expr::Binds;
use crate::expr::CastKind;
use crate::expr::Compiled;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::FromClause;
use crate::expr::List;
use crate::expr::Name;
use crate::expr::Operator;
use crate::expr::Parameter;
use crate::expr::Query;
use crate::expr::Statement;
use crate::expr::Unary;
use crate::expr::from::Cte;
use crate::expr::naming::NamedColumn;
use crate::expr::text;
use crate::value::SqlValue;

type Written = Result<String, CompileError>;

/// What is given to a compilation beside the statement and the target.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// How values appear.
    pub binds: Binds,
    /// Values of named parameters that come with the execution.
    pub values: &'a BTreeMap<String, SqlValue>,
    /// Whether columns are written with their tables, as in queries, or without, as in DDL.
    pub qualified: bool,
    /// What becomes of values before they are written or given to a driver.
    pub processor: Option<Processor<'a>>,
}

/// What [`Processor`] calls: a value and its type give another value, or none where it stays.
pub type Process<'a> = dyn Fn(&SqlValue, &SqlType) -> Result<Option<SqlValue>, CompileError> + 'a;

/// What the program that makes statements does to values of types of its own
/// (`process_bind_param()`), and how its own values become those of SQL.
#[derive(Clone, Copy)]
pub struct Processor<'a>(pub &'a Process<'a>);

impl std::fmt::Debug for Processor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Processor")
    }
}

static NO_VALUES: BTreeMap<String, SqlValue> = BTreeMap::new();

impl Options<'_> {
    /// Options that give nothing more than how values appear.
    pub const fn new(binds: Binds) -> Options<'static> {
        Options { binds, values: &NO_VALUES, qualified: true, processor: None }
    }
}

impl From<Binds> for Options<'static> {
    fn from(binds: Binds) -> Self {
        Options::new(binds)
    }
}

impl Expr {
    /// Writes the expression for a database.
    ///
    /// # Errors
    ///
    /// What SQLAlchemy refuses to compile for the target is an error with its text.
    pub fn compile<'a>(
        &self,
        target: &Target,
        options: impl Into<Options<'a>>,
    ) -> Result<Compiled, CompileError> {
        let options = options.into();
        let mut compiler = Compiler::new(target, options);
        let context = Context { include_table: options.qualified, ..Context::default() };
        let text = compiler.process(self, context)?;
        compiler.finish(&text)
    }

    /// Writes the expression as part of DDL: with literals, and columns without their tables.
    ///
    /// # Errors
    ///
    /// What SQLAlchemy refuses to compile for the target is an error with its text.
    pub fn compile_ddl(&self, target: &Target) -> Written {
        let options = Options { qualified: false, ..Options::new(Binds::Literal) };
        Ok(self.compile(target, options)?.sql)
    }
}

impl Query {
    /// Writes the query for a database.
    ///
    /// # Errors
    ///
    /// What SQLAlchemy refuses to compile for the target is an error with its text.
    pub fn compile<'a>(
        &self,
        target: &Target,
        options: impl Into<Options<'a>>,
    ) -> Result<Compiled, CompileError> {
        let mut compiler = Compiler::new(target, options.into());
        let text = compiler.query(self, Context::default())?;
        compiler.finish(&text)
    }
}

impl Statement {
    /// Writes the statement for a database.
    ///
    /// # Errors
    ///
    /// What SQLAlchemy refuses to compile for the target is an error with its text.
    pub fn compile<'a>(
        &self,
        target: &Target,
        options: impl Into<Options<'a>>,
    ) -> Result<Compiled, CompileError> {
        let mut compiler = Compiler::new(target, options.into());
        let text = compiler.statement(self, Context::default())?;
        compiler.finish(&text)
    }
}

/// What the surroundings of an expression ask of it.
#[derive(Debug, Clone, Copy)]
struct Context<'c> {
    /// It is a column of a query.
    within_columns: bool,
    /// It is labelled already.
    within_label: bool,
    /// Columns have their table before them.
    include_table: bool,
    /// Tables have their schema before them.
    use_schema: bool,
    /// It stands in `FROM`.
    as_from: bool,
    /// Only the name of the table is wanted.
    as_hint: bool,
    /// It is an operand.
    in_operator: bool,
    /// Values are literals whatever is asked for.
    literal_execute: bool,
    /// Values are literals, as if all were.
    literal_binds: bool,
    /// It stands behind `LATERAL`.
    lateral: bool,
    /// It is the query of an insert.
    insert_into: bool,
    /// Which part of a set operation it is.
    compound_index: Option<usize>,
    /// The label that is written by its name alone.
    label_as: Option<&'c Expr>,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Context {
            within_columns: false,
            within_label: false,
            include_table: true,
            use_schema: true,
            as_from: false,
            as_hint: false,
            in_operator: false,
            literal_execute: false,
            literal_binds: false,
            lateral: false,
            insert_into: false,
            compound_index: None,
            label_as: None,
        }
    }
}

/// A statement that is being written.
#[derive(Debug, Default)]
struct Entry {
    /// What it and those around it select from.
    correlate: Vec<FromClause>,
    /// What it selects from.
    own: Vec<FromClause>,
    /// Its columns, where labels can be resolved.
    columns: Option<Vec<NamedColumn>>,
    /// What it selects from, where labels can be resolved.
    froms: Vec<FromClause>,
    /// Tables without a schema whose names are those of tables with one, and what they are called.
    ambiguous: Vec<(String, Name)>,
    /// The number of columns of the first part of a set operation.
    first_part: Option<usize>,
}

struct Compiler<'a> {
    target: &'a Target,
    options: Options<'a>,
    stack: Vec<Entry>,
    made_up: BTreeMap<(crate::expr::name::OwnerKey, String), String>,
    counters: BTreeMap<String, u32>,
    shortened: BTreeMap<(&'static str, String), String>,
    shortened_counters: BTreeMap<&'static str, u32>,
    parameters: Vec<(bind::ParameterKey, Parameter)>,
    has_binds: bool,
    ctes: Vec<(Arc<Cte>, String)>,
    cte_names: Vec<(usize, String, Arc<Cte>)>,
    named_binds: Vec<usize>,
    /// What is told apart by its address stays alive, so that no other thing gets that address.
    kept: Vec<crate::expr::Identity>,
}

/// What marks the place of a parameter until all text is there.
const MARK: char = '\u{0}';

impl<'a> Compiler<'a> {
    fn new(target: &'a Target, options: Options<'a>) -> Self {
        Compiler {
            target,
            options,
            stack: Vec::new(),
            made_up: BTreeMap::new(),
            counters: BTreeMap::new(),
            shortened: BTreeMap::new(),
            shortened_counters: BTreeMap::new(),
            parameters: Vec::new(),
            has_binds: false,
            ctes: Vec::new(),
            cte_names: Vec::new(),
            named_binds: Vec::new(),
            kept: Vec::new(),
        }
    }

    fn dialect(&self) -> Dialect {
        self.target.dialect()
    }

    /// Puts the parameters in their places, in the order of the text.
    fn finish(self, text: &str) -> Result<Compiled, CompileError> {
        let numbered = self.target.dialect() == Dialect::Postgresql;
        let mut sql = String::with_capacity(text.len());
        let mut parameters = Vec::new();
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        let mut parts = text.split(MARK);
        sql.extend(parts.next());
        while let (Some(index), Some(rest)) = (parts.next(), parts.next()) {
            let found = index.parse().ok().and_then(|index: usize| {
                self.parameters.get(index).map(|(_, parameter)| (index, parameter))
            });
            let Some((index, parameter)) = found else {
                return Err(CompileError::Compile("SQL cannot hold the character NUL".to_owned()));
            };
            if numbered {
                let number = *numbers.entry(index).or_insert_with(|| {
                    parameters.push(parameter.clone());
                    parameters.len()
                });
                sql.push('$');
                sql.push_str(&number.to_string());
            } else {
                parameters.push(parameter.clone());
                sql.push('?');
            }
            sql.push_str(rest);
        }
        Ok(Compiled { sql, parameters, has_binds: self.has_binds })
    }

    fn unrenderable(&self, element: &str) -> CompileError {
        CompileError::Unsupported { dialect: self.target.name(), element: element.to_owned() }
    }

    /// A name as text, made up where it must be.
    fn named(&mut self, name: &Name, class: &'static str) -> String {
        let whole = match name {
            Name::Plain { name, cut: false } => return name.clone(),
            name => self.whole_name(name),
        };
        let limit = self.target.max_identifier_length().saturating_sub(6);
        if whole.chars().count() <= limit {
            return whole;
        }
        let key = (class, whole);
        if let Some(short) = self.shortened.get(&key) {
            return short.clone();
        }
        let counter = self.shortened_counters.entry(class).or_insert(1);
        let short: String = key.1.chars().take(limit).collect();
        let short = format!("{short}_{counter:x}");
        *counter += 1;
        self.shortened.insert(key, short.clone());
        short
    }

    fn whole_name(&mut self, name: &Name) -> String {
        match name {
            Name::Plain { name, .. } => name.clone(),
            Name::Anonymous { seed, of } => self.made_up_name(of.key(), seed),
            Name::Again { name, of } => {
                let key = of.key();
                let base = self.whole_name(name);
                let line = if key.2 > 0 { "_" } else { "" };
                let number = self.made_up_name(key, "");
                format!("{base}{line}{number}")
            }
        }
    }

    fn made_up_name(&mut self, key: crate::expr::name::OwnerKey, seed: &str) -> String {
        let key = (key, seed.to_owned());
        if let Some(name) = self.made_up.get(&key) {
            return name.clone();
        }
        let counter = self.counters.entry(seed.to_owned()).or_insert(0);
        *counter += 1;
        let name = format!("{seed}_{counter}");
        self.made_up.insert(key, name.clone());
        name
    }

    fn statement(&mut self, statement: &Statement, context: Context<'_>) -> Written {
        match statement {
            Statement::Query(query) => self.query(query, context),
            Statement::Insert(insert) => self.insert(insert, context),
            Statement::Update(update) => self.update(update, context),
            Statement::Delete(delete) => self.delete(delete, context),
            Statement::Expr(expr) => self.process(expr, context),
        }
    }

    /// Expressions with something between them; those that write nothing are left out.
    fn list(&mut self, clauses: &[Expr], separator: &str, context: Context<'_>) -> Written {
        let mut parts = Vec::with_capacity(clauses.len());
        for clause in clauses {
            let part = self.process(clause, context)?;
            if !part.is_empty() {
                parts.push(part);
            }
        }
        Ok(parts.join(separator))
    }

    /// Conditions of `WHERE`, `HAVING` and the like, joined by `AND`.
    fn criteria(&mut self, criteria: &[Expr], context: Context<'_>) -> Written {
        let criteria = crate::expr::build::conditions(&Operator::And, criteria);
        if let [one] = criteria.as_slice() {
            return self.process(one, context);
        }
        self.list(&criteria, " AND ", context)
    }

    /// The expression as SQL. What is deep most often has a way of its own, which takes little of
    /// the stack.
    fn process(&mut self, expr: &Expr, context: Context<'_>) -> Written {
        match expr.kind() {
            ExprKind::Binary(binary) => self.binary(binary, context),
            ExprKind::Grouping(inner) => self.grouping(inner, context),
            _ => self.process_other(expr, context),
        }
    }

    fn grouping(&mut self, inner: &Expr, context: Context<'_>) -> Written {
        let mut text = self.process(inner, context)?;
        text.insert(0, '(');
        text.push(')');
        Ok(text)
    }

    fn process_other(&mut self, expr: &Expr, context: Context<'_>) -> Written {
        match expr.kind() {
            ExprKind::Column(column) => self.column(column, context),
            ExprKind::Text(clause) => self.text(clause, context),
            ExprKind::Bind(bind) => self.bind(bind, context),
            ExprKind::Null => Ok("NULL".to_owned()),
            ExprKind::True => Ok(self.truth(true).to_owned()),
            ExprKind::False => Ok(self.truth(false).to_owned()),
            ExprKind::Label(label) => {
                let only_name = context.label_as.is_some_and(|named| named.is_same(expr));
                let context = Context { label_as: None, ..context };
                if context.within_columns && !context.within_label {
                    let name = self.named(&label.name, "colident");
                    let element = label.element.grouped(Some(&Operator::As));
                    let inner = Context { within_label: true, ..context };
                    let text = self.process(&element, inner)?;
                    return Ok(format!("{text} AS {}", self.target.quote(&name)));
                }
                if only_name {
                    let name = self.named(&label.name, "colident");
                    return Ok(self.target.quote(&name));
                }
                let element = label.element.grouped(Some(&Operator::As));
                let context = Context { within_columns: false, within_label: false, ..context };
                self.process(&element, context)
            }
            ExprKind::Unary(unary) => self.unary(unary, context),
            ExprKind::AsBoolean { element, holds } => {
                let text = self.process(element, context)?;
                if element.is_condition() || self.target.supports_native_boolean() {
                    Ok(if *holds { text } else { format!("NOT {text}") })
                } else {
                    Ok(format!("{text} = {}", i32::from(*holds)))
                }
            }
            ExprKind::Binary(binary) => self.binary(binary, context),
            ExprKind::List(list) => self.expression_list(list, context),
            ExprKind::Grouping(inner) => self.grouping(inner, context),
            ExprKind::Case(case) => {
                let mut text = "CASE ".to_owned();
                if let Some(value) = &case.value {
                    text += &self.process(value, context)?;
                    text.push(' ');
                }
                for (condition, result) in &case.whens {
                    let condition = self.process(condition, context)?;
                    let result = self.process(result, context)?;
                    text += &format!("WHEN {condition} THEN {result} ");
                }
                if let Some(otherwise) = &case.otherwise {
                    text += &format!("ELSE {} ", self.process(otherwise, context)?);
                }
                Ok(text + "END")
            }
            ExprKind::Cast(cast) => match cast.kind {
                CastKind::Coerce => match cast.element.kind() {
                    ExprKind::Bind(bind) => {
                        let mut bind = bind.clone();
                        bind.sql_type = cast.sql_type.clone();
                        self.bind(&bind, context)
                    }
                    _ => self.process(&cast.element, context),
                },
                CastKind::Cast => self.cast(&cast.element, &cast.sql_type, context),
                CastKind::TryCast => Err(self.unrenderable("TryCast")),
            },
            ExprKind::Extract { field, element } => self.extract(field, element, context),
            ExprKind::Function(function) => self.function(function, None, context),
            ExprKind::Over(over) => self.over(over, context),
            ExprKind::Filter { function, criterion } => {
                let function = self.process(function, context)?;
                match criterion {
                    Some(criterion) => {
                        let criterion = self.process(criterion, context)?;
                        Ok(format!("{function} FILTER (WHERE {criterion})"))
                    }
                    None => Ok(function),
                }
            }
            ExprKind::AggregateOrderBy { function, order_by, within_group } => {
                self.ordered_aggregate(function, order_by, *within_group, context)
            }
            ExprKind::OrderedArgument { target, order_by } => {
                if self.dialect() != Dialect::Postgresql {
                    return Err(self.unrenderable("aggregate_order_by"));
                }
                let target = self.process(target, context)?;
                Ok(format!("{target} ORDER BY {}", self.process(order_by, context)?))
            }
            ExprKind::Collation { name, schema } => {
                let name = self.target.quote(name);
                Ok(match schema {
                    Some(schema) => format!("{}.{name}", self.target.quote(schema)),
                    None => name,
                })
            }
            ExprKind::Tuple(items) => Ok(format!("({})", self.list(items, ", ", context)?)),
            ExprKind::Array { items, sql_type } => {
                if self.dialect() != Dialect::Postgresql {
                    return Err(self.unrenderable("array"));
                }
                if items.is_empty()
                    && let SqlType::Array(array) = sql_type
                    && *array.item != SqlType::Null
                {
                    return Ok(format!("ARRAY[]::{}", sql_type.compile(self.target)?));
                }
                Ok(format!("ARRAY[{}]", self.list(items, ", ", context)?))
            }
            ExprKind::Scalar(query) => {
                let context = Context { as_from: false, ..context };
                Ok(format!("({})", self.query(query, context)?))
            }
            ExprKind::Slice { start, stop } => {
                if self.dialect() != Dialect::Postgresql {
                    return Err(self.unrenderable("Slice"));
                }
                let start = self.process(start, context)?;
                Ok(format!("{start}:{}", self.process(stop, context)?))
            }
            ExprKind::LabelReference(element) => self.label_reference(element, context),
            ExprKind::TextualLabelReference(name) => self.textual_reference(name, context),
            ExprKind::TableValued(from, _) => {
                let name = from.name().cloned().unwrap_or_else(|| Name::plain(""));
                let name = self.named(&name, "colident");
                Ok(self.target.quote(&name))
            }
            ExprKind::NextValue { schema, name } => {
                let name = self.target.quote_qualified(schema.as_deref(), name);
                match self.dialect() {
                    Dialect::Postgresql => Ok(format!("nextval('{}')", name.replace('\'', "''"))),
                    Dialect::Mysql => Ok(format!("nextval({name})")),
                    Dialect::Sqlite => Err(CompileError::NotImplemented(
                        "Dialect 'sqlite' does not support sequence increments.".to_owned(),
                    )),
                }
            }
            ExprKind::Invalid(error) => Err(error.clone()),
        }
    }

    /// `true` and `false`, or what stands for them.
    fn truth(&self, value: bool) -> &'static str {
        match (self.dialect(), value) {
            (Dialect::Sqlite, true) => "1",
            (Dialect::Sqlite, false) => "0",
            (_, true) => "true",
            (_, false) => "false",
        }
    }

    fn text(&mut self, clause: &crate::expr::TextClause, context: Context<'_>) -> Written {
        let mut out = String::new();
        for piece in text::pieces(&clause.text) {
            match piece {
                text::Piece::Text(text) => {
                    if text.contains(MARK) {
                        return Err(CompileError::Compile(
                            "SQL cannot hold the character NUL".to_owned(),
                        ));
                    }
                    out.push_str(text);
                }
                text::Piece::Parameter(name) => {
                    let bind = clause
                        .bind_of(name)
                        .cloned()
                        .unwrap_or_else(|| crate::expr::bindparam(name));
                    out += &self.bind(&bind, context)?;
                }
            }
        }
        Ok(text::unescaped(&out))
    }

    fn expression_list(&mut self, list: &List, context: Context<'_>) -> Written {
        use crate::expr::ListKind;
        if list.kind != ListKind::Plain {
            if self.dialect() == Dialect::Mysql && list.operator == Operator::Concat {
                return Ok(format!("concat({})", self.list(&list.clauses, ", ", context)?));
            }
            let context = Context { in_operator: true, ..context };
            let separator = self.operator_text(&list.operator)?;
            return self.list(&list.clauses, separator, context);
        }
        let separator = self.operator_text(&list.operator)?;
        self.list(&list.clauses, separator, context)
    }

    fn operator_text(&self, operator: &Operator) -> Result<&'static str, CompileError> {
        operator.text().ok_or_else(|| self.unrenderable(operator.python_name()))
    }

    fn unary(&mut self, unary: &Unary, context: Context<'_>) -> Written {
        match (&unary.operator, &unary.modifier) {
            (Some(Operator::Custom(custom)), _) => {
                let symbol = custom.symbol.clone();
                Ok(format!("{symbol} {}", self.process(&unary.element, context)?))
            }
            (Some(operator), _) => {
                let before = self.operator_text(operator)?;
                Ok(format!("{before}{}", self.process(&unary.element, context)?))
            }
            (None, Some(modifier)) => {
                let behind = self.operator_text(modifier)?;
                Ok(format!("{}{behind}", self.process(&unary.element, context)?))
            }
            (None, None) => self.process(&unary.element, context),
        }
    }
}
