//! The class of queries: its methods.

use std::rc::Rc;
use std::sync::Arc;

use limbeck_schema::expr;
use limbeck_schema::expr::Compound;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::ExprKind;
use limbeck_schema::expr::ForUpdate;
use limbeck_schema::expr::LabelStyle;
use limbeck_schema::expr::Query;
use limbeck_schema::expr::RowLimit;
use limbeck_schema::expr::Select;
use limbeck_schema::expr::Selected;
use limbeck_schema::expr::SetOperator;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::clause;
use super::clause::conditions;
use super::clause::operand;
use super::compiled;
use super::from;
use super::keywords::flag;
use super::keywords::given;
use super::keywords::opt_text;
use super::keywords::text;
use super::migration;
use super::migration::SqlalchemyVersion;
use super::orm;
use super::orm::Entity;
use super::select;
use super::select::QueryObject;
use super::select::entities;
use super::select::entities_of;
use super::select::find_query;
use super::select::of_values;
use super::select::query_of;
use super::select::select_of;
use super::select::selected_all;
use super::select::wrap;
use super::select::wrap_as;

/// One of `SelectLabelStyle`.
#[derive(Debug)]
struct LabelStyleObject(LabelStyle);

impl Object for LabelStyleObject {
    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Err(interp.unsupported("repr() of a SelectLabelStyle"))
    }
}

/// The styles by their names.
pub(super) const LABEL_STYLES: &[(&str, LabelStyle)] = &[
    ("LABEL_STYLE_NONE", LabelStyle::None),
    ("LABEL_STYLE_TABLENAME_PLUS_COL", LabelStyle::TablenamePlusColumn),
    ("LABEL_STYLE_DISAMBIGUATE_ONLY", LabelStyle::DisambiguateOnly),
    ("LABEL_STYLE_DEFAULT", LabelStyle::DisambiguateOnly),
];

/// Makes the classes and functions.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let mut builder = ClassBuilder::new("SelectBase", "sqlalchemy.sql.selectable")
        .method("where", filter)
        .method("filter", filter)
        .method("filter_by", filter_by)
        .method("select_from", |interp, args| {
            change(interp, args, |interp, select, values| {
                let mut select = select;
                for value in values {
                    select = select.select_from(&from::from(interp, value)?);
                }
                Ok(select)
            })
        })
        .method("join", |interp, args| join(interp, args, false, false))
        .method("outerjoin", |interp, args| join(interp, args, true, false))
        .method("join_from", |interp, args| join(interp, args, false, true))
        .method("order_by", |interp, args| {
            let (this, values) = split(args);
            let clears = is_clearing(&values);
            let by = by(interp, &values)?;
            match find_query(&this) {
                Some(Query::Select(select)) => {
                    let mut select = Arc::unwrap_or_clone(select);
                    if clears {
                        select.order_by.clear();
                    }
                    Ok(wrap_as(&this, select.order_by(&by).into()))
                }
                Some(Query::Compound(compound)) => {
                    let mut compound = Arc::unwrap_or_clone(compound);
                    if clears {
                        compound.order_by.clear();
                    }
                    Ok(wrap_as(&this, compound.order_by(&by).into()))
                }
                _ => Err(interp.unsupported("order_by() of such a query")),
            }
        })
        .method("group_by", |interp, args| {
            change(interp, args, |interp, mut select, values| {
                if is_clearing(values) {
                    select.group_by.clear();
                }
                Ok(select.group_by(&by(interp, values)?))
            })
        })
        .method("having", |interp, args| {
            change(interp, args, |interp, select, values| {
                Ok(conditions(interp, values)?.into_iter().fold(select, Select::having))
            })
        })
        .method("distinct", |interp, args| {
            change(interp, args, |interp, select, values| {
                if values.is_empty() {
                    return Ok(select.distinct());
                }
                Ok(select.distinct_on(&by(interp, values)?))
            })
        })
        .method("limit", |interp, args| limit(interp, args, true))
        .method("offset", |interp, args| limit(interp, args, false))
        .method("with_for_update", for_update)
        .method("correlate", |interp, args| {
            change(interp, args, |interp, select, values| {
                let mut to = Vec::new();
                for value in values {
                    to.push(from::from(interp, value)?);
                }
                Ok(select.correlate(&to))
            })
        })
        .method("add_columns", |interp, args| {
            let (this, values) = split(args);
            let mut select = select_of(interp, &this)?;
            let columns = selected_all(interp, &values)?;
            let known = match entities_of(&this) {
                Some(known) => known.to_vec(),
                None => vec![Entity::Columns(
                    Query::from(select.clone()).subquery(None).columns().len(),
                )],
            };
            let entities = entities(&known, &values, &columns);
            select.columns.extend(columns);
            let yield_per = select::yield_per_of(&this);
            Ok(Value::native(QueryObject { query: select.into(), entities, yield_per }))
        })
        .method("with_only_columns", |interp, args| {
            let (this, values) = split(args);
            let mut select = select_of(interp, &this)?;
            let columns = selected_all(interp, &values)?;
            let entities = entities(&[], &values, &columns);
            select.columns = columns;
            let yield_per = select::yield_per_of(&this);
            Ok(Value::native(QueryObject { query: select.into(), entities, yield_per }))
        })
        .method("options", |interp, mut args| {
            orm::check_options(interp, &args, false)?;
            Ok(args.take_self().unwrap_or_default())
        })
        .method("alias", subquery)
        .method("subquery", subquery)
        .method("lateral", |interp, args| {
            let [this, name] = args.method_up_to(interp, "lateral", 1)?;
            let query = query_of(interp, &this.unwrap_or_default())?;
            let name = opt_text(interp, name, "name")?;
            Ok(from::wrap(query.lateral(name.as_deref())))
        })
        .method("cte", |interp, args| {
            let signature = Signature::new("cte", ["self", "name", "recursive", "nesting"], 1);
            let Bound { values: [this, name, recursive, nesting], .. } =
                args.bind(interp, &signature)?;
            if flag(interp, nesting)? {
                return Err(interp.unsupported("cte(nesting=True)"));
            }
            let query = query_of(interp, &this.unwrap_or_default())?;
            let name = opt_text(interp, name, "name")?;
            Ok(from::wrap(query.cte(name.as_deref(), flag(interp, recursive)?)))
        })
        .method("set_label_style", |interp, args| {
            change(interp, args, |interp, mut select, values| {
                let style = values.first().and_then(Value::downcast::<LabelStyleObject>);
                match style {
                    Some(style) => select.label_style = style.0,
                    None => return Err(interp.unsupported("set_label_style() with such a style")),
                }
                Ok(select)
            })
        })
        .method("exists", |interp, args| {
            let [this] = args.exactly(interp, "Select.exists")?;
            let query = query_of(interp, &this)?;
            clause::wrap(interp, query.exists())
        })
        .method("label", |interp, args| {
            let [this, name] = args.exactly(interp, "Select.label")?;
            let query = query_of(interp, &this)?;
            let name = text(interp, &name, "a label")?;
            clause::wrap(interp, query.scalar_subquery().label(&name))
        })
        .method("execution_options", select::with_options)
        .method("compile", compiled::compile);
    for name in ["scalar_subquery", "as_scalar"] {
        builder = builder.method(name, |interp, args| {
            let [this] = args.exactly(interp, "Select.scalar_subquery")?;
            let query = query_of(interp, &this)?;
            clause::wrap(interp, query.scalar_subquery())
        });
    }
    for (name, operator) in SETS {
        builder = builder.method(name, |interp, args| union(interp, &args.positional, *operator));
        home.function(name, |interp, args| union(interp, &args.positional, *operator));
    }
    if let Some(Value::Class(base)) = super::registry::value(home, "ClauseElement") {
        builder = builder.base(&base);
    }
    // What all queries have; which of it each kind has, the table of names tells.
    let class = builder.finish(interp);
    for name in ["Select", "CompoundSelect", "TextualSelect"] {
        let kind = ClassBuilder::new(name, "sqlalchemy.sql.selectable").base(&class);
        let kind = kind.finish(interp);
        home.set(name, Value::Class(kind));
    }
    interp.register_class::<QueryObject>(class);
    let class = ClassBuilder::new("SelectLabelStyle", "sqlalchemy.sql.selectable").finish(interp);
    interp.register_class::<LabelStyleObject>(class);
    for (name, style) in LABEL_STYLES {
        home.set(*name, Value::native(LabelStyleObject(*style)));
    }
    home.function("select", |interp, args| {
        args.refuse_keywords(interp, "select")?;
        let is_old = migration::current(interp)
            .is_ok_and(|migration| migration.sqlalchemy == SqlalchemyVersion::V14);
        if let ([Value::List(_)], true) = (args.positional.as_slice(), is_old) {
            let columns = interp.items(&args.positional[0])?;
            return of_values(interp, &columns);
        }
        of_values(interp, &args.positional)
    });
    home.function("exists", |interp, args| match args.positional.as_slice() {
        [] => {
            let made = expr::exists_where([]);
            clause::wrap(interp, made)
        }
        [one] if find_query(one).is_some() => {
            let query = query_of(interp, one)?;
            clause::wrap(interp, expr::exists(&query))
        }
        values => {
            let columns = selected_all(interp, values)?;
            clause::wrap(interp, expr::exists(&Select::new(columns).into()))
        }
    });
    home.function("subquery", |interp, _| Err(interp.unsupported("subquery()")));
}

const SETS: &[(&str, SetOperator)] = &[
    ("union", SetOperator::Union),
    ("union_all", SetOperator::UnionAll),
    ("intersect", SetOperator::Intersect),
    ("intersect_all", SetOperator::IntersectAll),
    ("except_", SetOperator::Except),
    ("except_all", SetOperator::ExceptAll),
];

fn union(interp: &mut Interpreter, values: &[Value], operator: SetOperator) -> Result<Value> {
    let mut queries = Vec::new();
    for value in values {
        queries.push(query_of(interp, value)?);
    }
    Ok(wrap(Compound::new(operator, queries).into()))
}

fn split(args: Args) -> (Value, Vec<Value>) {
    let mut positional = args.positional;
    let this = if positional.is_empty() { Value::None } else { positional.remove(0) };
    (this, positional)
}

fn change(
    interp: &mut Interpreter,
    args: Args,
    run: impl FnOnce(&mut Interpreter, Select, &[Value]) -> Result<Select>,
) -> Result<Value> {
    let (this, values) = split(args);
    let select = select_of(interp, &this)?;
    Ok(wrap_as(&this, run(interp, select, &values)?.into()))
}

pub(super) fn filter(interp: &mut Interpreter, args: Args) -> Result<Value> {
    change(interp, args, |interp, select, values| {
        Ok(conditions(interp, values)?.into_iter().fold(select, Select::filter))
    })
}

fn filter_by(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let keywords = args.keywords.clone();
    // Where nothing is joined and no table told, it is about what is selected first.
    let mapper =
        args.positional.first().and_then(entities_of).and_then(|entities| match entities.first() {
            Some(Entity::Object(mapper)) => Some(Rc::clone(mapper)),
            Some(Entity::Columns(_)) | None => None,
        });
    change(interp, args, |interp, mut select, _| {
        let mapper = mapper.filter(|_| select.joins.is_empty() && select.from.is_empty());
        let from = match (select.joins.last(), select.from.first(), select.columns.first()) {
            (Some(join), ..) => Some(join.right.clone()),
            (None, Some(from), _) | (None, None, Some(Selected::From(from))) => Some(from.clone()),
            (None, None, Some(Selected::Expr(expr))) => match expr.kind() {
                ExprKind::Column(column) => column.table.clone(),
                _ => None,
            },
            _ => None,
        };
        let Some(from) = from else {
            return Err(interp.unsupported("filter_by() of such a query"));
        };
        for (name, value) in keywords {
            let value = operand(interp, &value)?;
            let key = match &mapper {
                Some(mapper) => mapper.column_key(&name),
                None => Some(&*name),
            };
            let Some(column) = key.and_then(|key| from.get(key)) else {
                return Err(interp.unsupported(format!("filter_by({name}=…) of no column")));
            };
            select = select.filter(column.eq(value));
        }
        Ok(select)
    })
}

/// Whether `order_by(None)` or the like takes back what was said before.
fn is_clearing(values: &[Value]) -> bool {
    matches!(values, [one] if one.is_none())
}

fn by(interp: &mut Interpreter, values: &[Value]) -> Result<Vec<Expr>> {
    if !is_clearing(values) && values.iter().any(Value::is_none) {
        return Err(interp.unsupported("None among what to order or group by"));
    }
    values
        .iter()
        .filter(|value| !value.is_none())
        .map(|value| clause::expression_or(interp, value, from::label))
        .collect()
}

fn join(interp: &mut Interpreter, args: Args, outer: bool, with_left: bool) -> Result<Value> {
    let (this, left, right, on, is_outer, full);
    if with_left {
        let names = ["self", "left", "right", "onclause", "isouter", "full"];
        let bound = args.bind(interp, &Signature::new("join_from", names, 3))?;
        [this, left, right, on, is_outer, full] = bound.values;
    } else {
        let names = ["self", "target", "onclause", "isouter", "full"];
        let bound = args.bind(interp, &Signature::new("join", names, 2))?;
        [this, right, on, is_outer, full] = bound.values;
        left = None;
    }
    let this = this.unwrap_or_default();
    let mut select = select_of(interp, &this)?;
    if right.iter().chain(&on).any(orm::is_relationship) {
        return Err(interp.unsupported("a join along a relationship"));
    }
    let right = from::from(interp, &right.unwrap_or_default())?;
    let left = given(left).map(|left| from::from(interp, &left)).transpose()?;
    let on = given(on).map(|on| clause::condition(interp, &on)).transpose()?;
    let kind = from::join_kind(interp, outer, is_outer, full)?;
    select.joins.push(expr::JoinTo { left, right, on, kind });
    Ok(wrap_as(&this, select.into()))
}

fn limit(interp: &mut Interpreter, args: Args, is_limit: bool) -> Result<Value> {
    let [this, value] = args.exactly(interp, "Select.limit")?;
    let value = given(Some(value)).map(|value| operand(interp, &value)).transpose()?;
    let query = match find_query(&this) {
        Some(Query::Select(select)) => {
            let mut select = Arc::unwrap_or_clone(select);
            match (value, is_limit) {
                (Some(value), true) => select.limit(value).into(),
                (Some(value), false) => select.offset(value).into(),
                (None, _) => {
                    clear_limit(&mut select.row_limit, is_limit);
                    select.into()
                }
            }
        }
        Some(Query::Compound(compound)) => {
            let mut compound = Arc::unwrap_or_clone(compound);
            match (value, is_limit) {
                (Some(value), true) => compound.limit(value).into(),
                (Some(value), false) => compound.offset(value).into(),
                (None, _) => {
                    clear_limit(&mut compound.row_limit, is_limit);
                    compound.into()
                }
            }
        }
        _ => return Err(interp.unsupported("limit() of such a query")),
    };
    Ok(wrap_as(&this, query))
}

/// `limit(None)` takes back what was said before.
fn clear_limit(limits: &mut RowLimit, is_limit: bool) {
    if is_limit {
        limits.limit = None;
    } else {
        limits.offset = None;
    }
}

fn for_update(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let names = ["self", "nowait", "read", "of", "skip_locked", "key_share"];
    let Bound { values: [this, nowait, read, of, skip_locked, key_share], .. } =
        args.bind(interp, &Signature::new("with_for_update", names, 1))?;
    if given(of).is_some() {
        return Err(interp.unsupported("with_for_update(of=…)"));
    }
    let made = ForUpdate {
        nowait: flag(interp, nowait)?,
        read: flag(interp, read)?,
        of: Vec::new(),
        skip_locked: flag(interp, skip_locked)?,
        key_share: flag(interp, key_share)?,
    };
    let this = this.unwrap_or_default();
    let select = select_of(interp, &this)?;
    Ok(wrap_as(&this, select.with_for_update(made).into()))
}

pub(super) fn subquery(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature = Signature::new("subquery", ["self", "name"], 1);
    let Bound { values: [this, name], .. } = args.bind(interp, &signature)?;
    let query = query_of(interp, &this.unwrap_or_default())?;
    let name = opt_text(interp, name, "name")?;
    Ok(from::wrap(query.subquery(name.as_deref())))
}
