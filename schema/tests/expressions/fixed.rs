//! Chosen statements, for what chance does not come to.

use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Compound;
use limbeck_schema::expr::ConflictTarget;
use limbeck_schema::expr::Delete;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::Frame;
use limbeck_schema::expr::FrameBound;
use limbeck_schema::expr::FrameUnit;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::Insert;
use limbeck_schema::expr::JoinKind;
use limbeck_schema::expr::LabelStyle;
use limbeck_schema::expr::OnConflict;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::Query;
use limbeck_schema::expr::Select;
use limbeck_schema::expr::SetOperator;
use limbeck_schema::expr::Statement;
use limbeck_schema::expr::TextClause;
use limbeck_schema::expr::Update;
use limbeck_schema::expr::bindparam;
use limbeck_schema::expr::column;
use limbeck_schema::expr::exists_where;
use limbeck_schema::expr::func;
use limbeck_schema::expr::label_reference;
use limbeck_schema::expr::literal;
use limbeck_schema::expr::literal_column;
use limbeck_schema::expr::next_value;
use limbeck_schema::expr::not;
use limbeck_schema::expr::null;
use limbeck_schema::expr::text;
use limbeck_schema::expr::tuple;
use limbeck_schema::table::Autoincrement;
use limbeck_schema::table::Column;
use limbeck_schema::table::ColumnDefault;
use limbeck_schema::table::ForeignKey;
use limbeck_schema::table::Sequence;
use limbeck_schema::table::Table;
use limbeck_schema::types::Json;
use limbeck_schema::types::SimpleType;

const TABLES: &str = r#"
from sqlalchemy.dialects.postgresql import JSONB, array
m = MetaData()
users = Table("users", m, Column("id", Integer, primary_key=True, autoincrement=False),
              Column("name", String(20), default="none"), Column("at", DateTime, default=func.now()))
posts = Table("posts", m, Column("id", Integer, primary_key=True, autoincrement=False),
              Column("user_id", Integer, ForeignKey("users.id")), Column("doc", JSONB))
counted = Table("counted", m, Column("n", Integer, Sequence("n_seq")), Column("v", Integer))
star = literal_column("*")
"#;

struct Tables {
    users: FromClause,
    posts: FromClause,
    counted: FromClause,
}

fn tables() -> Tables {
    let named = |name: &str, sql_type: SqlType| Column::new(name, sql_type);
    let uncounted = |name: &str| Column {
        autoincrement: Autoincrement::No,
        ..Column::new(name, SqlType::integer()).primary_key()
    };
    let default = |column: Column, default| Column { default, ..column };
    let users = Table::new("users")
        .column(uncounted("id"))
        .column(default(
            named("name", SqlType::string(20)),
            ColumnDefault::Scalar(literal("none", None)),
        ))
        .column(default(
            named("at", SqlType::date_time(false)),
            ColumnDefault::Expression(func("now", Vec::<Expr>::new())),
        ));
    let posts = Table::new("posts")
        .column(uncounted("id"))
        .column(Column {
            foreign_keys: vec![ForeignKey::new("users.id")],
            ..named("user_id", SqlType::integer())
        })
        .column(named("doc", Json::Jsonb.into()));
    let counted = Table::new("counted")
        .column(default(
            named("n", SqlType::integer()),
            ColumnDefault::Sequence(Box::new(Sequence::new("n_seq"))),
        ))
        .column(named("v", SqlType::integer()));
    Tables {
        users: FromClause::from(&users),
        posts: FromClause::from(&posts),
        counted: FromClause::from(&counted),
    }
}

/// The statements, each with its source.
pub(crate) fn all() -> Vec<(Statement, String)> {
    let Tables { users, posts, counted } = tables();
    let mut all: Vec<(Statement, String)> = Vec::new();
    let mut add = |statement: Statement, source: &str| {
        all.push((statement, format!("{TABLES}\n{source}")));
    };
    let (id, name) = (users.c("id"), users.c("name"));
    let sub = |columns: Vec<Expr>| Select::new(columns);

    // Joins by foreign keys, and their columns.
    let select = sub(vec![name.clone()]).join(&posts, None);
    add(select.into(), "result = select(users.c.name).join(posts)");
    let alias = posts.alias(Some("p"));
    let select = sub(vec![name.clone(), alias.c("id")]).join_as(
        Some(&users),
        &alias,
        None,
        JoinKind::LeftOuter,
    );
    let source = "p = posts.alias('p')\nresult = select(users.c.name, p.c.id).join_from(users, p, \
                  isouter=True)";
    add(select.into(), source);
    let select = Select {
        label_style: LabelStyle::TablenamePlusColumn,
        ..Select::new([&users, &posts]).filter(posts.c("user_id").eq(&id))
    };
    let source = "result = select(users, posts).where(posts.c.user_id == \
                  users.c.id).set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)";
    add(select.into(), source);

    // Correlation.
    let inner = sub(vec![func("count", [posts.c("id")])]).filter(posts.c("user_id").eq(&id));
    let query: Query = inner.clone().into();
    let select = sub(vec![name.clone(), query.scalar_subquery().label("n")]);
    let source = "inner = select(func.count(posts.c.id)).where(posts.c.user_id == users.c.id)\n\
                  result = select(users.c.name, inner.scalar_subquery().label('n'))";
    add(select.into(), source);
    let query: Query = inner.clone().correlate(std::slice::from_ref(&users)).into();
    let select = sub(vec![name.clone()]).filter(query.scalar_subquery().gt(1));
    let source = "inner = select(func.count(posts.c.id)).where(posts.c.user_id == \
                  users.c.id).correlate(users)\nresult = \
                  select(users.c.name).where(inner.scalar_subquery() > 1)";
    add(select.into(), source);
    let query: Query = inner.correlate_except(std::slice::from_ref(&posts)).into();
    let select = sub(vec![name.clone()]).filter(query.scalar_subquery().gt(1));
    let source = "inner = select(func.count(posts.c.id)).where(posts.c.user_id == \
                  users.c.id).correlate_except(posts)\nresult = \
                  select(users.c.name).where(inner.scalar_subquery() > 1)";
    add(select.into(), source);
    let exists = exists_where([posts.c("user_id").eq(&id)]);
    let select = sub(vec![name.clone()]).filter(not(&exists));
    add(
        select.into(),
        "result = select(users.c.name).where(~exists().where(posts.c.user_id == users.c.id))",
    );
    let ids: Query = sub(vec![posts.c("user_id")]).into();
    let delete = Delete::new(&users).filter(id.not_in_query(&ids));
    add(delete.into(), "result = delete(users).where(users.c.id.not_in(select(posts.c.user_id)))");
    let first: Query = sub(vec![posts.c("id")]).filter(posts.c("user_id").eq(&id)).limit(1).into();
    let update = Update::new(&users).values([("name", first.scalar_subquery())]);
    let source = "inner = select(posts.c.id).where(posts.c.user_id == users.c.id).limit(1)\nresult = \
                  update(users).values(name=inner.scalar_subquery())";
    add(update.into(), source);

    // Labels in ORDER BY and GROUP BY.
    let label = func("lower", [name.clone()]).label("low");
    let select = sub(vec![label.clone(), func("count", Vec::<Expr>::new())])
        .group_by(std::slice::from_ref(&label))
        .order_by(&[label_reference("low").desc(), label]);
    let source = "low = func.lower(users.c.name).label('low')\nresult = select(low, \
                  func.count()).group_by(low).order_by(desc('low'), low)";
    add(select.into(), source);
    let label = id.eq(1).or(name.eq("x")).label("either");
    let select = sub(vec![label.clone()]).order_by(&[label.desc()]);
    add(
        select.into(),
        "e = or_(users.c.id == 1, users.c.name == 'x').label('either')\nresult = \
         select(e).order_by(e.desc())",
    );
    let select = sub(vec![id.clone()]).order_by(&[label_reference("nothing")]);
    add(select.into(), "result = select(users.c.id).order_by('nothing')");
    let select = sub(vec![id.clone()]).order_by(&[label_reference("name"), text("1 DESC")]);
    add(select.into(), "result = select(users.c.id).order_by('name', text('1 DESC'))");

    // Set operations.
    let ids: Query = sub(vec![id.clone()]).into();
    let limited: Query =
        sub(vec![posts.c("id")]).order_by(&[posts.c("id")]).limit(2).offset(1).into();
    let inner: Query = Compound::new(SetOperator::Except, [limited.clone(), ids.clone()]).into();
    let compound = Compound::new(SetOperator::UnionAll, [ids.clone(), limited, inner])
        .order_by(&[label_reference("id")])
        .limit(3)
        .offset(4);
    let source = "a = select(users.c.id)\nb = select(posts.c.id).order_by(posts.c.id).limit(2).\
                  offset(1)\nresult = union_all(a, b, except_(b, a)).order_by('id').limit(3).offset(4)";
    add(Query::from(compound).into(), source);
    let mismatch: Query = sub(vec![id.clone(), name.clone()]).into();
    let compound = Compound::new(SetOperator::Intersect, [ids.clone(), mismatch]);
    let source = "result = intersect(select(users.c.id), select(users.c.id, users.c.name))";
    add(Query::from(compound).into(), source);

    // Common table expressions.
    let cte = ids.cte(Some("ids"), false);
    let other = cte.alias(Some("more"));
    let select = sub(vec![cte.c("id"), other.c("id")]).filter(cte.c("id").lt(other.c("id")));
    let source = "c = select(users.c.id).cte('ids')\no = c.alias('more')\nresult = select(c.c.id, \
                  o.c.id).where(c.c.id < o.c.id)";
    add(select.into(), source);
    let insert = Insert::new(&posts).from_select(&["id"], sub(vec![cte.c("id")]));
    let source = "c = select(users.c.id).cte('ids')\nresult = insert(posts).from_select(['id'], \
                  select(c.c.id))";
    add(insert.into(), source);
    let delete =
        Delete::new(&posts).filter(posts.c("user_id").in_query(&sub(vec![cte.c("id")]).into()));
    let source = "c = select(users.c.id).cte('ids')\nresult = \
                  delete(posts).where(posts.c.user_id.in_(select(c.c.id)))";
    add(delete.into(), source);
    let moved =
        Statement::from(Delete::new(&posts).returning([posts.c("id")])).cte(Some("d"), false);
    let select = sub(vec![func("count", [moved.c("id")])]);
    let source = "d = delete(posts).returning(posts.c.id).cte('d')\nresult = \
                  select(func.count(d.c.id))";
    add(select.into(), source);

    // Defaults of columns.
    let insert = Insert::new(&users).values([("id", 1)]);
    add(insert.clone().inline().into(), "result = insert(users).values(id=1).inline()");
    add(insert.into(), "result = insert(users).values(id=1)");
    let insert = Insert::new(&counted).values([("v", 1)]);
    add(insert.into(), "result = insert(counted).values(v=1)");
    // The key of the new row is asked for where the database does not tell it.
    let numbered = Table::new("numbered")
        .column(Column::new("id", SqlType::integer()).primary_key())
        .column(Column::new("v", SqlType::integer()));
    let numbered = FromClause::from(&numbered);
    let source = "numbered = Table('numbered', m, Column('id', Integer, primary_key=True), \
                  Column('v', Integer))";
    let insert = Insert::new(&numbered).values([("v", 1)]);
    add(insert.clone().into(), &format!("{source}\nresult = insert(numbered).values(v=1)"));
    add(
        insert.clone().inline().into(),
        &format!("{source}\nresult = insert(numbered).values(v=1).inline()"),
    );
    add(
        insert.returning([numbered.c("v")]).into(),
        &format!("{source}\nresult = insert(numbered).values(v=1).returning(numbered.c.v)"),
    );
    let insert = Insert::new(&numbered)
        .values([("v", 1)])
        .on_conflict(OnConflict::DoNothing(ConflictTarget::default()));
    add(
        insert.into(),
        &format!(
            "{source}\nresult = postgresql.insert(numbered).values(v=1).on_conflict_do_nothing()"
        ),
    );
    let insert = Insert::new(&numbered).values([("id", SqlValue::Null), ("v", 1.into())]);
    add(insert.into(), &format!("{source}\nresult = insert(numbered).values(id=None, v=1)"));
    let insert = Insert::new(&numbered).values([("id", literal(1, None) + 1)]);
    add(insert.into(), &format!("{source}\nresult = insert(numbered).values(id=literal(1) + 1)"));
    let rows = vec![
        vec![("id".into(), Operand::from(1)), ("name".into(), Operand::from("a"))],
        vec![("id".into(), Operand::from(2))],
    ];
    add(
        Insert::new(&users).rows(rows).into(),
        "result = insert(users).values([{'id': 1, 'name': 'a'}, {'id': 2}])",
    );
    let insert = Insert::new(&users).from_select(&["id"], sub(vec![posts.c("id")]));
    add(insert.into(), "result = insert(users).from_select(['id'], select(posts.c.id))");
    let insert = Insert::new(&users).values([("nope", 1)]);
    add(insert.into(), "result = insert(users).values(nope=1)");
    let update = Update::new(&users).values([("nope", 1)]);
    add(update.into(), "result = update(users).values(nope=1)");

    // Values of JSON, and of expressions.
    let document = serde_json::json!({"a": [1, 2.5, null, true], "ü": "x'"});
    let insert = Insert::new(&posts)
        .values([("id", Operand::from(1)), ("doc", SqlValue::Json(document).into())]);
    add(
        insert.into(),
        "result = insert(posts).values(id=1, doc={'a': [1, 2.5, None, True], 'ü': \"x'\"})",
    );
    let update = Update::new(&posts).values([("doc", posts.c("doc").concat(null()))]);
    add(update.into(), "result = update(posts).values(doc=posts.c.doc.concat(null()))");
    let constraint =
        ConflictTarget { constraint: Some("Uq".to_owned()), ..ConflictTarget::default() };
    let insert =
        Insert::new(&posts).values([("id", 1)]).on_conflict(OnConflict::DoNothing(constraint));
    add(
        insert.into(),
        "result = postgresql.insert(posts).values(id=1).on_conflict_do_nothing(constraint='Uq')",
    );
    let partial = ConflictTarget {
        elements: vec!["id".into()],
        criterion: Some(posts.c("user_id").gt(3)),
        ..ConflictTarget::default()
    };
    let set = vec![("user_id".into(), Operand::from(9))];
    let insert = Insert::new(&posts).values([("id", 1)]).on_conflict(OnConflict::DoUpdate {
        target: partial,
        set,
        criterion: None,
    });
    add(
        insert.into(),
        "result = postgresql.insert(posts).values(id=1).on_conflict_do_update(index_elements=['id'], \
         index_where=posts.c.user_id > 3, set_={'user_id': 9})",
    );

    // Text.
    let clause = TextClause { text: "SELECT :a, :b, ':c', x::int, \\:d".to_owned(), binds: vec![] };
    let clause = clause.with_bind(bindparam("a").value(1)).unwrap();
    let clause = clause.with_bind(bindparam("b").typed(SqlType::text()).value("x")).unwrap();
    let clause = clause.with_bind(bindparam("c").value(2)).unwrap();
    add(
        Statement::Expr(clause.clone().into()),
        "result = text(\"SELECT :a, :b, ':c', x::int, \\\\:d\").bindparams(bindparam('b', 'x', Text), \
         a=1, c=2)",
    );
    let query = clause.columns([("u".to_owned(), SqlType::integer())]);
    let derived = query.subquery(Some("s"));
    let select = sub(vec![derived.c("u")]);
    add(
        select.into(),
        "s = text(\"SELECT :a, :b, ':c', x::int, \\\\:d\").bindparams(bindparam('b', 'x', Text), \
         a=1, c=2).columns(u=Integer).subquery('s')\nresult = select(s.c.u)",
    );
    let list = TextClause { text: "x IN :l".to_owned(), binds: vec![] };
    let values = SqlValue::Array(vec![1.into(), 2.into()]);
    let list = list.with_bind(bindparam("l").expanding().value(values)).unwrap();
    add(
        Statement::Expr(list.into()),
        "result = text('x IN :l').bindparams(bindparam('l', [1, 2], expanding=True))",
    );

    // Words, locks, limits by expressions.
    let select = sub(vec![id.clone()])
        .prefix_with(text("/* all */"), None)
        .prefix_with(text("SQL_NO_CACHE"), Some("mysql"))
        .suffix_with(text("-- end"), None)
        .limit(func("least", [1, 2]))
        .offset(literal_column("1", SqlType::integer()));
    let source = "result = select(users.c.id).prefix_with('/* all */').prefix_with('SQL_NO_CACHE', \
                  dialect='mysql').suffix_with('-- end').limit(func.least(1, \
                  2)).offset(literal_column('1', Integer))";
    add(select.into(), source);
    let select = sub(vec![id.clone()]).fetch(5, true, false).offset(2);
    add(select.into(), "result = select(users.c.id).fetch(5, with_ties=True).offset(2)");
    let over = func("rank", Vec::<Expr>::new()).over(
        &[],
        &[label_reference("x")],
        Some(Frame {
            unit: FrameUnit::Groups,
            start: FrameBound::Preceding(literal(1, Some(SqlType::integer()))),
            end: FrameBound::Current,
            exclude: Some("TIES".to_owned()),
        }),
    );
    let select = sub(vec![id.label("x"), over]);
    let source = "result = select(users.c.id.label('x'), func.rank().over(order_by='x', groups=(-1, \
                  0), exclude='TIES'))";
    add(select.into(), source);

    // Functions with ways of their own.
    for (arguments, source) in [
        (vec![Operand::from("english"), name.clone().into()], "'english', users.c.name"),
        (vec![Operand::from(name.clone())], "users.c.name"),
    ] {
        let expr = func("to_tsvector", arguments)
            .op(limbeck_schema::expr::CustomOperator::new("@@"), func("to_tsquery", ["a & b"]));
        add(
            Statement::Expr(expr),
            &format!("result = func.to_tsvector({source}).op('@@')(func.to_tsquery('a & b'))"),
        );
    }
    add(
        Statement::Expr(next_value(Some("S"), "q")),
        "result = Sequence('q', schema='S').next_value()",
    );
    let series = func("unnest", [Expr::array([1, 2], None)]).column_valued(Some("x"));
    add(sub(vec![series]).into(), "result = select(func.unnest(array([1, 2])).column_valued('x'))");
    add(
        Statement::Expr(func("rollup", [id.clone(), name.clone()])),
        "result = func.rollup(users.c.id, users.c.name)",
    );
    let pow = func("pow", vec![Operand::from(id.clone()), 2.into()]);
    add(Statement::Expr(pow), "result = users.c.id ** 2");

    // Names that are too long, tuples, nested operators.
    let long = "x".repeat(80);
    let inner: Query = sub(vec![(&id + 1).label(&long), func(&long, [id.clone()])]).into();
    let derived = inner.subquery(None);
    let columns = derived.columns();
    add(
        sub(columns).into(),
        "s = select((users.c.id + 1).label('x' * 80), getattr(func, 'x' * \
         80)(users.c.id)).subquery()\nresult = select(*s.c)",
    );
    let pair = tuple([id.clone(), name]);
    let rows: Query = sub(vec![posts.c("id"), posts.c("user_id")]).into();
    add(
        sub(vec![id.clone()]).filter(pair.in_query(&rows)).into(),
        "result = select(users.c.id).where(tuple_(users.c.id, users.c.name).in_(select(posts.c.id, \
         posts.c.user_id)))",
    );
    let nothing: [i32; 0] = [];
    let empty = not(&column("a").in_(nothing));
    add(Statement::Expr(empty), "result = ~column('a').in_([])");
    let path = posts.c("doc").item("a").item("b").astext().ne("x");
    add(Statement::Expr(path), "result = posts.c.doc['a']['b'].astext != 'x'");
    let deleted = posts.c("doc").delete_path(&Expr::array(["a", "b"], None));
    add(Statement::Expr(deleted), "result = posts.c.doc.delete_path(array(['a', 'b']))");

    // Aliases and columns as targets, limits of MySQL.
    let u = users.alias(Some("u"));
    let update = Update::new(&u).values([("name", "x")]).filter(u.c("id").eq(1));
    add(
        update.into(),
        "u = users.alias('u')\nresult = update(u).values(name='x').where(u.c.id == 1)",
    );
    let delete = Delete::new(&u).filter(u.c("id").eq(1));
    add(delete.into(), "u = users.alias('u')\nresult = delete(u).where(u.c.id == 1)");
    let update = Update::new(&posts)
        .values([(posts.c("doc").item("a"), Operand::from(1)), (posts.c("user_id"), 2.into())]);
    add(update.into(), "result = update(posts).values({posts.c.doc['a']: 1, posts.c.user_id: 2})");
    let insert = Insert::new(&posts)
        .values([(posts.c("user_id"), text("least(1, 2)")), (posts.c("id"), literal(3, None) + 4)]);
    add(
        insert.into(),
        "result = insert(posts).values({posts.c.user_id: text('least(1, 2)'), posts.c.id: \
         literal(3) + 4})",
    );
    let update = Update { limit: Some(5), ..Update::new(&posts).values([("user_id", 1)]) };
    add(
        update.into(),
        "result = update(posts).values(user_id=1).with_dialect_options(mysql_limit=5, mariadb_limit=5)",
    );
    let delete = Delete { limit: Some(5), ..Delete::new(&posts) };
    add(
        delete.into(),
        "result = delete(posts).with_dialect_options(mysql_limit=5, mariadb_limit=5)",
    );
    let query: Query = sub(vec![id]).into();
    let cte = query.cte(Some("m"), false).prefix_with(text("MATERIALIZED"), Some("postgresql"));
    add(
        sub(vec![cte.c("id")]).into(),
        "c = select(users.c.id).cte('m').prefix_with('MATERIALIZED', dialect='postgresql')\nresult = \
         select(c.c.id)",
    );

    // Types with operators of their own.
    let typed = |name: &str, sql_type: SqlType| limbeck_schema::expr::typed_column(name, sql_type);
    let list = typed("l", SqlType::array(SqlType::text()));
    add(
        Statement::Expr((&list + Expr::array(["x"], None)).eq(list.clone())),
        "l = column('l', postgresql.ARRAY(Text))\nresult = l + array(['x']) == l",
    );
    add(
        Statement::Expr(literal("x", None).eq(list.any())),
        "l = column('l', postgresql.ARRAY(Text))\nresult = literal('x') == any_(l)",
    );
    add(
        Statement::Expr(list.any().eq("x").and(list.all().ne("y"))),
        "l = column('l', postgresql.ARRAY(Text))\nresult = and_(any_(l) == 'x', all_(l) != 'y')",
    );
    let pairs = typed("h", SimpleType::Hstore.into());
    add(
        Statement::Expr(pairs.item("k").eq("v").and(pairs.has_key("k"))),
        "h = column('h', postgresql.HSTORE)\nresult = and_(h['k'] == 'v', h.has_key('k'))",
    );
    let range = typed("r", SimpleType::Int4range.into());
    add(
        Statement::Expr(range.contains(column("x")).and(range.overlap(column("y")))),
        "r = column('r', postgresql.INT4RANGE)\nresult = and_(r.contains(column('x')), \
         r.overlaps(column('y')))",
    );
    let span = chrono::TimeDelta::hours(36);
    let at = users.c("at");
    add(
        Statement::Expr((at + span).gt(func("now", Vec::<Expr>::new()))),
        "result = users.c.at + datetime.timedelta(hours=36) > func.now()",
    );
    let kind = typed("k", SqlType::enumeration("kinds", ["a", "b"]));
    add(
        Statement::Expr(kind.in_(["a", "b"]).or((kind + "x").eq("ax"))),
        "k = column('k', Enum('a', 'b', name='kinds'))\nresult = or_(k.in_(['a', 'b']), k + 'x' == 'ax')",
    );
    all
}
