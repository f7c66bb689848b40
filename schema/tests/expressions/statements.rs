//! Random statements, each as a value of limbeck's and as Python source.

use limbeck_schema::SqlType;
use limbeck_schema::expr::AssignmentTarget;
use limbeck_schema::expr::Assignments;
use limbeck_schema::expr::Compound;
use limbeck_schema::expr::ConflictTarget;
use limbeck_schema::expr::Delete;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::ForUpdate;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::Insert;
use limbeck_schema::expr::JoinKind;
use limbeck_schema::expr::OnConflict;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::Query;
use limbeck_schema::expr::Select;
use limbeck_schema::expr::Selected;
use limbeck_schema::expr::SetOperator;
use limbeck_schema::expr::Statement;
use limbeck_schema::expr::TableColumn;
use limbeck_schema::expr::Update;
use limbeck_schema::expr::func;
use limbeck_schema::expr::label_reference;
use limbeck_schema::expr::literal;
use limbeck_schema::expr::text;
use limbeck_schema::expr::values;

use crate::expressions::Case;

impl Case {
    fn table(&mut self) -> (FromClause, String) {
        let index = self.below(self.tables.len());
        self.tables[index].clone()
    }

    /// Columns for a query: some labelled, some repeated, some whole tables.
    fn selected(&mut self) -> (Vec<Selected>, Vec<String>, Vec<(Expr, String)>) {
        let mut columns = Vec::new();
        let mut sources = Vec::new();
        let mut labels = Vec::new();
        for _ in 0..1 + self.below(3) {
            match self.below(8) {
                0 => {
                    let pair = self.any(2);
                    let name = self.random.pick(&["x", "Label", "id", "name"]);
                    let (label, source) =
                        self.kept((pair.0.label(name), format!("{}.label({name:?})", pair.1)));
                    columns.push(Selected::Expr(label.clone()));
                    sources.push(source.clone());
                    labels.push((label, source));
                }
                1 => {
                    let pair = self.any(1);
                    let (expr, source) = self.kept(pair);
                    columns.push(Selected::Expr(expr.clone()));
                    sources.push(source.clone());
                    if self.random.chance(2) {
                        columns.push(Selected::Expr(expr));
                        sources.push(source);
                    }
                }
                2 if self.random.chance(6) => {
                    columns.push(Selected::Expr(text("1 AS one")));
                    sources.push("text('1 AS one')".to_owned());
                }
                2 if self.random.chance(3) => {
                    let (table, source) = self.table();
                    columns.push(Selected::From(table));
                    sources.push(source);
                }
                3 | 4 => {
                    let (expr, source) = self.any(0);
                    columns.push(Selected::Expr(expr));
                    sources.push(source);
                }
                _ => {
                    let (expr, source) = self.any(2);
                    columns.push(Selected::Expr(expr));
                    sources.push(source);
                }
            }
        }
        (columns, sources, labels)
    }

    pub(crate) fn select(&mut self, depth: usize) -> (Select, String) {
        // Other things to select from come and go.
        let tables = self.tables.clone();
        if depth > 0 && self.random.chance(3) {
            let derived = self.derived(depth - 1);
            self.tables.insert(0, derived);
        }
        let (columns, sources, labels) = self.selected();
        let mut select = Select::new(columns);
        let mut source = format!("select({})", sources.join(", "));
        if self.random.chance(4) {
            let (left, pl) = self.table();
            let (right, pr) = self.table();
            let (on, po) = self.condition(1);
            if !left.is_same(&right) {
                let (kind, flag) = self.random.pick(&[
                    (JoinKind::Inner, ""),
                    (JoinKind::LeftOuter, ", isouter=True"),
                    (JoinKind::FullOuter, ", full=True"),
                ]);
                if self.random.chance(2) {
                    let join = left.join_as(&right, &on, kind);
                    select = select.select_from(&join);
                    source += &format!(".select_from({pl}.join({pr}, {po}{flag}))");
                } else {
                    select = select.join_as(Some(&left), &right, Some(&on), kind);
                    source += &format!(".join_from({pl}, {pr}, {po}{flag})");
                }
            }
        }
        if self.random.chance(8) {
            let (from, variable) = self.special_from();
            let column = from.columns()[0].clone();
            select = select.select_from(&from).filter(column.gt(1));
            source += &format!(".select_from({variable}).where(list({variable}.c)[0] > 1)");
        }
        for _ in 0..self.below(3) {
            let (condition, pc) = self.condition(2);
            select = select.filter(condition);
            source += &format!(".where({pc})");
        }
        if self.random.chance(6) {
            let (by, pb) = self.any(1);
            let (having, ph) = self.condition(1);
            select = select.group_by(&[by]).having(having);
            source += &format!(".group_by({pb}).having({ph})");
        }
        if self.random.chance(4) {
            let (mut by, mut pb) = match labels.first() {
                Some(label) if self.random.chance(2) => label.clone(),
                _ => self.any(1),
            };
            match self.below(4) {
                0 => (by, pb) = (by.desc(), format!("{pb}.desc()")),
                1 => (by, pb) = (by.asc().nulls_last(), format!("{pb}.asc().nulls_last()")),
                2 if !labels.is_empty() => {
                    if let limbeck_schema::expr::ExprKind::Label(label) = labels[0].0.kind() {
                        let name = label.name.as_str().unwrap();
                        (by, pb) = (label_reference(name), format!("{name:?}"));
                    }
                }
                _ => {}
            }
            select = select.order_by(&[by]);
            source += &format!(".order_by({pb})");
        }
        match self.below(8) {
            0 => {
                select = select.limit(5);
                source += ".limit(5)";
            }
            1 => {
                select = select.limit(5).offset(2);
                source += ".limit(5).offset(2)";
            }
            2 => {
                select = select.offset(3);
                source += ".offset(3)";
            }
            _ => {}
        }
        if self.random.chance(8) {
            select = select.distinct();
            source += ".distinct()";
        } else if self.postgresql && self.random.chance(8) {
            let (on, po) = self.any(0);
            select = select.distinct_on(&[on]);
            source += &format!(".distinct({po})");
        }
        if depth == 2 && self.random.chance(10) {
            let (table, pt) = self.tables[self.tables.len() - 3].clone();
            match self.below(3) {
                0 => {
                    select = select.with_for_update(ForUpdate::default());
                    source += ".with_for_update()";
                }
                1 => {
                    let read = ForUpdate { read: true, nowait: true, ..ForUpdate::default() };
                    select = select.with_for_update(read);
                    source += ".with_for_update(read=True, nowait=True)";
                }
                _ if self.ambiguous => {}
                _ => {
                    let of =
                        ForUpdate { of: vec![table], skip_locked: true, ..ForUpdate::default() };
                    select = select.with_for_update(of);
                    source += &format!(".with_for_update(of={pt}, skip_locked=True)");
                }
            }
        }
        self.tables = tables;
        (select, source)
    }

    /// Something that has columns `id` and so on: an alias, a subquery, a CTE.
    fn derived(&mut self, depth: usize) -> (FromClause, String) {
        let (base, source) = self.table();
        let name = self.random.pick(&[None, Some("a"), Some("My Alias")]);
        let pn = name.map_or(String::new(), |name| format!("{name:?}"));
        let (from, source) = match self.below(4) {
            0 => (base.alias(name), format!("{source}.alias({pn})")),
            1 => {
                let alias = base.alias(name);
                let variable = self.remember(&format!("{source}.alias({pn})"));
                let select: Query = Select::new([Selected::From(alias)]).into();
                let other: Query = Select::new([Selected::From(base)]).into();
                let query: Query = Compound::new(SetOperator::UnionAll, [select, other]).into();
                let name = self.random.pick(&[None, Some("u")]);
                let pn = name.map_or(String::new(), |name| format!("{name:?}"));
                (
                    query.subquery(name),
                    format!("union_all(select({variable}), select({source})).subquery({pn})"),
                )
            }
            kind => {
                let mut select = Select::new([Selected::From(base)]);
                let mut source = format!("select({source})");
                if depth > 0 && self.random.chance(2) {
                    let (condition, pc) = self.condition(1);
                    select = select.filter(condition);
                    source += &format!(".where({pc})");
                }
                let query: Query = select.into();
                match kind {
                    2 => (query.subquery(name), format!("{source}.subquery({pn})")),
                    _ => (query.cte(name, false), format!("{source}.cte({pn})")),
                }
            }
        };
        let variable = self.remember(&source);
        (from, variable)
    }

    /// Functions, lists of values, lateral queries and recursion.
    fn special_from(&mut self) -> (FromClause, String) {
        let column = |name: &str| TableColumn::new(name, SqlType::integer());
        let (number, pn) = self.number(1);
        let with_types = self.random.chance(3);
        let flag = if with_types { "with_types=True" } else { "" };
        let (from, source) = match self.below(7) {
            0 => (
                func("generate_series", [1, 5]).table_valued(vec![column("n")], None, None),
                "func.generate_series(1, 5).table_valued(column('n', Integer))".to_owned(),
            ),
            1 => (
                func("json_each", [number])
                    .table_valued(vec![column("key"), column("value")], Some("o"), Some("j"))
                    .render_derived(None, with_types),
                format!(
                    "func.json_each({pn}).table_valued(column('key', Integer), column('value', \
                     Integer), with_ordinality='o', name='j').render_derived({flag})"
                ),
            ),
            2 => (
                values(
                    vec![column("a"), column("b")],
                    Some("v"),
                    vec![vec![1.into(), 2.into()], vec![3.into(), limbeck_schema::SqlValue::Null]],
                    false,
                ),
                "values(column('a', Integer), column('b', Integer), name='v').data([(1, 2), (3, \
                 None)])"
                    .to_owned(),
            ),
            3 => {
                let query: Query = Select::new([number.label("n")]).into();
                (query.lateral(None), format!("select({pn}.label('n')).lateral()"))
            }
            4 | 5 => {
                let start: Query = Select::new([literal(1, None).label("n")]).into();
                let cte = start.cte(Some("r"), true);
                let variable =
                    self.remember("select(literal(1).label('n')).cte('r', recursive=True)");
                let next = Select::new([cte.c("n") + 1]).filter(cte.c("n").lt(9));
                (
                    cte.cte_union(SetOperator::UnionAll, [next]).unwrap(),
                    format!(
                        "{variable}.union_all(select({variable}.c.n + 1).where({variable}.c.n < 9))"
                    ),
                )
            }
            _ => {
                let (table, source) = self.tables[self.tables.len() - 2].clone();
                (
                    table.table_sample(func("bernoulli", [10]), Some(literal(5, None)), Some("s")),
                    format!("tablesample({source}, func.bernoulli(10), name='s', seed=literal(5))"),
                )
            }
        };
        let variable = self.remember(&source);
        (from, variable)
    }

    fn compound(&mut self) -> (Query, String) {
        let (a, pa) = self.scalar_query(2);
        let (b, pb) = self.scalar_query(2);
        let (operator, name) = self.random.pick(&[
            (SetOperator::Union, "union"),
            (SetOperator::UnionAll, "union_all"),
            (SetOperator::Except, "except_"),
            (SetOperator::Intersect, "intersect"),
        ]);
        let mut compound = Compound::new(operator, [a, b]);
        let mut source = format!("{name}({pa}, {pb})");
        if self.random.chance(3) {
            let (by, pb) = self.number(0);
            compound = compound.order_by(&[by]);
            source += &format!(".order_by({pb})");
        }
        if self.random.chance(3) {
            compound = compound.limit(4);
            source += ".limit(4)";
        }
        (compound.into(), source)
    }

    fn assignment(&mut self) -> (AssignmentTarget, Operand, String, String) {
        let name = self.random.pick(&["id", "name", "amount", "Flag", "big", "note", "day"]);
        let (value, source): (Operand, String) = match self.below(6) {
            0 => {
                let (expr, source) = self.any(2);
                (expr.into(), source)
            }
            1 => {
                let value = limbeck_schema::SqlValue::Null;
                (value.into(), "None".to_owned())
            }
            _ => match name {
                "id" | "big" => (7.into(), "7".to_owned()),
                "amount" => (
                    limbeck_schema::SqlValue::Decimal("1.50".to_owned()).into(),
                    "decimal.Decimal('1.50')".to_owned(),
                ),
                "Flag" => (true.into(), "True".to_owned()),
                "day" => (
                    chrono::NaiveDate::from_ymd_opt(2024, 5, 6).unwrap().into(),
                    "datetime.date(2024, 5, 6)".to_owned(),
                ),
                _ => ("it's\\".into(), "'it\\'s\\\\'".to_owned()),
            },
        };
        (name.into(), value, name.to_owned(), source)
    }

    fn assignments(&mut self, count: usize) -> (Assignments, String) {
        let mut all: Assignments = Vec::new();
        let mut sources = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for _ in 0..count {
            let (target, value, name, source) = self.assignment();
            if seen.contains(&name) {
                continue;
            }
            seen.push(name.clone());
            all.push((target, value));
            sources.push(format!("{name:?}: {source}"));
        }
        (all, format!("{{{}}}", sources.join(", ")))
    }

    fn insert(&mut self) -> (Statement, String) {
        let index = self.tables.len() - 1 - self.below(3);
        let (table, pt) = self.tables[index].clone();
        let mut insert = Insert::new(&table);
        let module = if self.postgresql { "postgresql" } else { "sqlite" };
        let mut source = format!("insert({pt})");
        let upsert = self.random.chance(3);
        let is_mysql = self.mysql;
        if upsert {
            source = format!("{}.insert({pt})", if is_mysql { "mysql" } else { module });
        }
        match self.below(6) {
            0 => {
                let (select, ps) = self.select(0);
                let count = limbeck_width(&select);
                let names = ["id", "name", "amount", "note", "big", "day"];
                let names = &names[..count.min(names.len())];
                let query: Query = select.into();
                insert = insert.from_select(names, query);
                source += &format!(".from_select([{}], {ps})", quoted_list(names));
            }
            1 => {
                let (first, p1) = self.assignments(3);
                let mut second = first.clone();
                second.reverse();
                source += &format!(".values([{p1}, {p1}])");
                insert = insert.rows(vec![first, second]);
            }
            _ => {
                let (values, pv) = self.assignments(3);
                source += &format!(".values({pv})");
                insert = insert.values(values);
            }
        }
        if upsert {
            if is_mysql {
                let excluded = insert.excluded();
                let variable = self.remember(&source);
                let value: Operand = (excluded.c("id") + 1).into();
                let set = vec![("name".into(), "n".into()), ("id".into(), value)];
                insert = insert.on_conflict(OnConflict::DuplicateKeyUpdate { set, ordered: false });
                source = format!(
                    "{variable}.on_duplicate_key_update({{'name': 'n', 'id': {variable}.inserted.id + 1}})"
                );
            } else {
                let excluded = insert.excluded();
                let variable = self.remember(&source);
                let elements = vec!["id".into(), table.c("name").into()];
                let target = ConflictTarget { elements, ..ConflictTarget::default() };
                if self.random.chance(3) {
                    insert = insert.on_conflict(OnConflict::DoNothing(target));
                    source = format!(
                        "{variable}.on_conflict_do_nothing(index_elements=['id', {pt}.c.name])"
                    );
                } else {
                    let set = vec![
                        ("note".into(), Operand::from(excluded.c("note"))),
                        ("id".into(), Operand::from(5)),
                        ("amount".into(), Operand::from(table.c("amount") + 1)),
                    ];
                    let criterion = Some(table.c("id").gt(3));
                    insert = insert.on_conflict(OnConflict::DoUpdate { target, set, criterion });
                    source = format!(
                        "{variable}.on_conflict_do_update(index_elements=['id', {pt}.c.name], \
                         set_={{'note': {variable}.excluded.note, 'id': 5, 'amount': \
                         {pt}.c.amount + 1}}, where={pt}.c.id > 3)"
                    );
                }
            }
        }
        if self.random.chance(4) {
            insert = insert.returning([table.c("id"), (table.c("id") + 1).label("n")]);
            source += &format!(".returning({pt}.c.id, ({pt}.c.id + 1).label('n'))");
        }
        (insert.into(), source)
    }

    fn update(&mut self) -> (Statement, String) {
        let index = self.tables.len() - 1 - self.below(3);
        let (table, pt) = self.tables[index].clone();
        let (values, pv) = self.assignments(3);
        let mut update = Update::new(&table);
        let mut source = format!("update({pt})");
        let is_ordered = self.random.chance(4) && !values.is_empty();
        if is_ordered {
            update = update.ordered_values(values);
            source += &format!(".ordered_values(*{pv}.items())");
        } else {
            update = update.values(values);
            source += &format!(".values({pv})");
        }
        for _ in 0..self.below(3) {
            let (condition, pc) = self.condition(2);
            update = update.filter(condition);
            source += &format!(".where({pc})");
        }
        if !is_ordered && self.random.chance(8) {
            // Columns of other tables, which MySQL can set.
            let (other, po) = self.tables[0].clone();
            update =
                update.values([(other.c("note"), "n")]).filter(other.c("id").eq(table.c("id")));
            source += &format!(".values({{{po}.c.note: 'n'}}).where({po}.c.id == {pt}.c.id)");
        }
        if self.random.chance(5) {
            update = update.returning([table.c("id")]);
            source += &format!(".returning({pt}.c.id)");
        }
        (update.into(), source)
    }

    fn delete(&mut self) -> (Statement, String) {
        let index = self.tables.len() - 1 - self.below(3);
        let (table, pt) = self.tables[index].clone();
        let mut delete = Delete::new(&table);
        let mut source = format!("delete({pt})");
        for _ in 0..self.below(3) {
            let (condition, pc) = self.condition(2);
            delete = delete.filter(condition);
            source += &format!(".where({pc})");
        }
        if self.random.chance(5) {
            delete = delete.returning([table.c("id")]);
            source += &format!(".returning({pt}.c.id)");
        }
        (delete.into(), source)
    }

    /// A statement or an expression.
    pub(crate) fn statement(&mut self) -> (Statement, String) {
        match self.below(12) {
            0..=2 => {
                let (expr, source) = self.any(3);
                (Statement::Expr(expr), source)
            }
            3 | 4 => {
                let (expr, source) = self.condition(4);
                (Statement::Expr(expr), source)
            }
            5..=7 => {
                let (select, source) = self.select(2);
                (select.into(), source)
            }
            8 => {
                let (query, source) = self.compound();
                (query.into(), source)
            }
            9 => self.insert(),
            10 => self.update(),
            _ => self.delete(),
        }
    }
}

fn quoted_list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    names.join(", ")
}

fn limbeck_width(select: &Select) -> usize {
    let width = |selected: &Selected| match selected {
        Selected::Expr(_) => 1,
        Selected::From(from) => from.columns().len(),
    };
    select.columns.iter().map(width).sum()
}
