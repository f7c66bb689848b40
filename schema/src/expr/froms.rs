//! What expressions select from, and how joins find their left side.

use crate::CompileError;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::FromClause;
use crate::expr::JoinTo;
use crate::expr::Select;
use crate::expr::Selected;
use crate::expr::and;

/// What an expression selects from, in the order in which it is named.
pub(crate) fn from_objects(expr: &Expr) -> Vec<FromClause> {
    let mut found = Vec::new();
    collect(expr, &mut found);
    found
}

fn collect(expr: &Expr, found: &mut Vec<FromClause>) {
    match expr.kind() {
        ExprKind::Column(column) => {
            if let Some(table) = &column.table {
                found.push(table.clone());
            }
        }
        ExprKind::TableValued(from, _) => found.push(from.clone()),
        ExprKind::LabelReference(_) | ExprKind::Scalar(_) => {}
        _ => children(expr.kind(), &mut |child| collect(child, found)),
    }
}

/// Calls `each` with the operands of an expression of this kind, in their order.
pub(crate) fn children(kind: &ExprKind, each: &mut dyn FnMut(&Expr)) {
    match kind {
        ExprKind::Label(label) => each(&label.element),
        ExprKind::Unary(unary) => each(&unary.element),
        ExprKind::AsBoolean { element, .. }
        | ExprKind::Extract { element, .. }
        | ExprKind::Grouping(element)
        | ExprKind::LabelReference(element) => each(element),
        ExprKind::Binary(binary) => {
            each(&binary.left);
            each(&binary.right);
        }
        ExprKind::List(list) => list.clauses.iter().for_each(each),
        ExprKind::Case(case) => {
            case.value.iter().for_each(&mut *each);
            for (condition, result) in &case.whens {
                each(condition);
                each(result);
            }
            case.otherwise.iter().for_each(each);
        }
        ExprKind::Cast(cast) => each(&cast.element),
        ExprKind::Function(function) => function.arguments.iter().for_each(each),
        ExprKind::Over(over) => {
            each(&over.element);
            over.partition_by.iter().for_each(&mut *each);
            over.order_by.iter().for_each(each);
        }
        ExprKind::Filter { function, criterion } => {
            each(function);
            criterion.iter().for_each(each);
        }
        ExprKind::AggregateOrderBy { function, order_by, .. } => {
            each(function);
            order_by.iter().for_each(each);
        }
        ExprKind::OrderedArgument { target, order_by } => {
            each(target);
            each(order_by);
        }
        ExprKind::Tuple(items) | ExprKind::Array { items, .. } => items.iter().for_each(each),
        ExprKind::Slice { start, stop } => {
            each(start);
            each(stop);
        }
        ExprKind::Column(_)
        | ExprKind::Text(_)
        | ExprKind::Bind(_)
        | ExprKind::Null
        | ExprKind::True
        | ExprKind::False
        | ExprKind::Collation { .. }
        | ExprKind::Scalar(_)
        | ExprKind::TextualLabelReference(_)
        | ExprKind::TableValued(..)
        | ExprKind::NextValue { .. }
        | ExprKind::Invalid(_) => {}
    }
}

fn contains(list: &[FromClause], from: &FromClause) -> bool {
    list.iter().any(|other| other.is_same(from))
}

/// Each thing once, and none that is part of a join beside it.
pub(crate) fn normalized(all: Vec<FromClause>) -> Vec<FromClause> {
    let mut froms: Vec<FromClause> = Vec::new();
    for from in all {
        if !contains(&froms, &from) {
            froms.push(from);
        }
    }
    let hidden: Vec<FromClause> = froms.iter().flat_map(FromClause::hidden).collect();
    froms.retain(|from| !contains(&hidden, from));
    froms
}

/// Adds a join to what a query selects from.
pub(crate) fn add_join(
    told: &mut Vec<FromClause>,
    join: &JoinTo,
    select: &Select,
) -> Result<(), CompileError> {
    let (left, position) = match &join.left {
        Some(left) => (left.clone(), explicit_left(told, left)?),
        None => left_side(told, join, select)?,
    };
    let base = position.map_or_else(|| left.clone(), |position| told[position].clone());
    let on = match &join.on {
        Some(on) => on.clone(),
        None => {
            let from = if join.left.is_some() { &left } else { &base };
            join_condition(from, &join.right)?
        }
    };
    let joined = base.join_as(&join.right, &on, join.kind);
    match position {
        Some(position) => told[position] = joined,
        None => told.push(joined),
    }
    Ok(())
}

/// Which of the things that a query selects from stands for the left side of a join.
fn explicit_left(told: &[FromClause], left: &FromClause) -> Result<Option<usize>, CompileError> {
    let wanted = left.sources();
    let of = |test: &dyn Fn(&FromClause) -> bool| -> Vec<usize> {
        told.iter().enumerate().filter(|(_, from)| test(from)).map(|(index, _)| index).collect()
    };
    let mut found = of(&|from| wanted.iter().any(|left| is_derived_from(from, left)));
    if found.len() > 1 {
        let exact = of(&|from| {
            let own = from.sources();
            own.iter().any(|own| contains(&wanted, own))
        });
        if !exact.is_empty() {
            found = exact;
        }
    }
    match found.as_slice() {
        [] => Ok(None),
        [index] => Ok(Some(*index)),
        _ => Err(CompileError::InvalidRequest(
            "Can't identify which entity in which to assign the left side of this join.   Please \
             use a more specific ON clause."
                .to_owned(),
        )),
    }
}

/// Whether one is the other, or an alias or a query of it.
fn is_derived_from(from: &FromClause, base: &FromClause) -> bool {
    use crate::expr::Query;
    use crate::expr::Statement;
    use crate::expr::from::Aliased;
    fn query_is(query: &Query, base: &FromClause) -> bool {
        match query {
            Query::Select(select) => {
                let mut all = select.from.clone();
                for selected in &select.columns {
                    match selected {
                        Selected::From(from) => all.extend(from.sources()),
                        Selected::Expr(expr) => all.extend(from_objects(expr)),
                    }
                }
                all.extend(select.criteria.iter().flat_map(from_objects));
                all.iter().any(|from| is_derived_from(from, base))
            }
            Query::Compound(compound) => compound.queries.iter().any(|query| query_is(query, base)),
            Query::Textual(_) => false,
        }
    }
    from.is_same(base)
        || match from {
            FromClause::Alias(alias) => match &alias.element {
                Aliased::From(inner) => is_derived_from(inner, base),
                Aliased::Query(query) => query_is(query, base),
            },
            FromClause::Cte(cte) => match &cte.element {
                Statement::Query(query) => query_is(query, base),
                _ => false,
            },
            FromClause::Join(join) => {
                is_derived_from(&join.left, base) || is_derived_from(&join.right, base)
            }
            FromClause::Grouping(inner) => is_derived_from(inner, base),
            _ => false,
        }
}

type LeftSide = (FromClause, Option<usize>);

fn left_side(
    told: &[FromClause],
    join: &JoinTo,
    select: &Select,
) -> Result<LeftSide, CompileError> {
    let candidates: Vec<FromClause> = if told.is_empty() {
        let mut all = Vec::new();
        for selected in &select.columns {
            match selected {
                Selected::From(from) => all.extend(from.sources()),
                Selected::Expr(expr) if select.joins_entities => {
                    all.extend(from_objects(expr).into_iter().next());
                }
                Selected::Expr(expr) => all.extend(from_objects(expr)),
            }
        }
        if !select.joins_entities {
            all.extend(select.criteria.iter().flat_map(from_objects));
        }
        let mut unique: Vec<FromClause> = Vec::new();
        for from in all {
            if !contains(&unique, &from) {
                unique.push(from);
            }
        }
        unique
    } else {
        told.to_vec()
    };
    let columns = join.on.as_ref().map(columns_of).unwrap_or_default();
    let resolves = candidates.len() > 1 && join.on.is_some() && !columns.is_empty();
    let rights = join.right.sources();
    let mut found = Vec::new();
    for (index, from) in candidates.iter().enumerate() {
        let fits = rights.iter().filter(|right| !right.is_same(from)).any(|right| {
            if resolves {
                let mut known = from.columns();
                known.extend(right.columns());
                columns.iter().all(|column| known.iter().any(|other| other.is_same(column)))
            } else {
                // Where several conditions are possible, they can be joined: it says so afterwards.
                join.on.is_some()
                    || !matches!(join_condition(from, right), Err(CompileError::NoForeignKeys(_)))
            }
        });
        if fits {
            found.push(index);
        }
    }
    if found.len() > 1 {
        let hidden: Vec<FromClause> = candidates.iter().flat_map(FromClause::hidden).collect();
        found.retain(|index| !contains(&hidden, &candidates[*index]));
    }
    if found.is_empty() && join.on.is_some() {
        found = (0..candidates.len()).collect();
    }
    match found.as_slice() {
        [index] => Ok((candidates[*index].clone(), (!told.is_empty()).then_some(*index))),
        [] => Err(CompileError::InvalidRequest(format!(
            "Don't know how to join to {}. Please use the .select_from() method to establish an \
             explicit left side, as well as providing an explicit ON clause if not present \
             already to help resolve the ambiguity.",
            join.right.description()
        ))),
        _ => Err(CompileError::InvalidRequest(
            "Can't determine which FROM clause to join from, there are multiple FROMS which can \
             join to this entity. Please use the .select_from() method to establish an explicit \
             left side, as well as providing an explicit ON clause if not present already to help \
             resolve the ambiguity."
                .to_owned(),
        )),
    }
}

/// The columns in an expression, from left to right.
#[must_use]
pub fn columns_of(expr: &Expr) -> Vec<Expr> {
    let mut found = Vec::new();
    fn walk(expr: &Expr, found: &mut Vec<Expr>) {
        if matches!(expr.kind(), ExprKind::Column(_)) {
            found.push(expr.clone());
        }
        children(expr.kind(), &mut |child| walk(child, found));
    }
    walk(expr, &mut found);
    found
}

/// The condition that foreign keys give for a join.
pub(super) fn join_condition(left: &FromClause, right: &FromClause) -> Result<Expr, CompileError> {
    let mut pairs = Vec::new();
    let sides: Vec<FromClause> = match left {
        FromClause::Join(join) => vec![join.right.clone(), left.clone()],
        _ => vec![left.clone()],
    };
    for side in sides {
        pairs.extend(references(right, &side).into_iter().map(|(from, to)| (to, from)));
        pairs.extend(references(&side, right));
        if !pairs.is_empty() {
            break;
        }
    }
    match pairs.as_slice() {
        [] => Err(CompileError::NoForeignKeys(format!(
            "Can't find any foreign key relationships between '{}' and '{}'.",
            left.description(),
            right.description()
        ))),
        [(a, b)] => Ok(a.eq(b)),
        several => {
            // Keys of several columns are one relationship if they lead to different columns.
            let distinct = |pick: fn(&(Expr, Expr)) -> &Expr| {
                several.iter().enumerate().all(|(index, pair)| {
                    several[..index].iter().all(|other| !pick(other).is_same(pick(pair)))
                })
            };
            if distinct(|pair| &pair.0) && distinct(|pair| &pair.1) {
                Ok(and(several.iter().map(|(a, b)| a.eq(b))))
            } else {
                Err(CompileError::AmbiguousForeignKeys(format!(
                    "Can't determine join between '{}' and '{}'; tables have more than one \
                     foreign key constraint relationship between them. Please specify the \
                     'onclause' of this join explicitly.",
                    left.description(),
                    right.description()
                )))
            }
        }
    }
}

/// Columns of `from` that refer to columns of `to`.
fn references(from: &FromClause, to: &FromClause) -> Vec<(Expr, Expr)> {
    let mut pairs = Vec::new();
    for part in from.sources() {
        let FromClause::Table(table) = base_table(&part) else { continue };
        for column in &table.columns {
            for reference in &column.references {
                let key = reference.column.as_ref().unwrap_or(&column.key);
                for target in to.sources() {
                    let FromClause::Table(other) = base_table(&target) else { continue };
                    if other.name == reference.table && other.schema == reference.schema {
                        pairs.extend(part.get(&column.key).zip(target.get(key)));
                    }
                }
            }
        }
    }
    pairs
}

/// The table that an alias stands for.
fn base_table(from: &FromClause) -> FromClause {
    match from {
        FromClause::Alias(alias) => match &alias.element {
            crate::expr::from::Aliased::From(inner) => base_table(inner),
            crate::expr::from::Aliased::Query(_) => from.clone(),
        },
        other => other.clone(),
    }
}
