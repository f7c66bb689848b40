//! What must hold without SQLAlchemy at hand; `tests/expressions` compares with it.

use std::collections::BTreeMap;

use super::*;
use crate::Dialect;
use crate::SqlType;
use crate::SqlValue;
use crate::Target;
use crate::types::Json;

fn users() -> FromClause {
    table("users", [("id", SqlType::integer()), ("name", SqlType::text())])
}

fn literal_sql(expr: &Expr) -> String {
    expr.compile(&Target::postgresql(), Binds::Literal).unwrap().sql
}

fn parameters(query: impl Into<Query>, target: &Target) -> (String, Vec<SqlValue>) {
    let compiled = query.into().compile(target, Binds::Parameters).unwrap();
    (compiled.sql, compiled.parameters.into_iter().map(|parameter| parameter.value).collect())
}

#[test]
fn parentheses_stand_where_sqlalchemy_puts_them() {
    let (a, b, c) = (column("a"), column("b"), column("c"));
    assert_eq!(literal_sql(&((&a + &b) * &c)), "(a + b) * c");
    assert_eq!(literal_sql(&(&a + (&b + &c))), "a + b + c");
    assert_eq!(literal_sql(&(&a - (&b - &c))), "a - (b - c)");
    assert_eq!(literal_sql(&a.eq(1).or(b.eq(2)).and(c.eq(3))), "(a = 1 OR b = 2) AND c = 3");
    assert_eq!(literal_sql(&!a.eq(1)), "a != 1");
    assert_eq!(literal_sql(&!(a.eq(1).and(b.eq(2)))), "NOT (a = 1 AND b = 2)");
    assert_eq!(literal_sql(&a.eq(SqlValue::Null)), "a IS NULL");
    assert_eq!(literal_sql(&and([true_(), a.gt(1)])), "a > 1");
    assert_eq!(literal_sql(&or([true_(), a.gt(1)])), "true");
}

#[test]
fn types_decide_what_an_operator_is() {
    let users = users();
    let mysql = |expr: &Expr| expr.compile(&Target::mysql(), Binds::Literal).unwrap().sql;
    assert_eq!(literal_sql(&(users.c("name") + "x")), "users.name || 'x'");
    assert_eq!(mysql(&(users.c("name") + "x")), "concat(users.name, 'x')");
    assert_eq!(literal_sql(&(users.c("id") / 2)), "users.id / CAST(2 AS NUMERIC)");
    assert_eq!(literal_sql(&users.c("id").floordiv(2)), "users.id / 2");
    assert_eq!(mysql(&users.c("id").floordiv(2)), "FLOOR(users.id / 2)");
}

#[test]
fn a_parameter_that_is_used_twice_is_one_on_postgresql() {
    let users = users();
    let sum = users.c("id") + 7;
    let select = Select::new([sum.clone()]).filter(users.c("name").eq("x")).group_by(&[sum]);
    let (sql, values) = parameters(select.clone(), &Target::postgresql());
    assert_eq!(
        sql,
        "SELECT users.id + $1 AS anon_1 \nFROM users \nWHERE users.name = $2 GROUP BY users.id + $1"
    );
    assert_eq!(values, [7.into(), "x".into()]);
    let (sql, values) = parameters(select, &Target::sqlite());
    assert!(sql.ends_with("WHERE users.name = ? GROUP BY users.id + ?"), "{sql}");
    assert_eq!(values, [7.into(), "x".into(), 7.into()]);
}

#[test]
fn parameters_are_numbered_as_they_appear() {
    // The expression of WITH is written before what uses it, though it is met after.
    let users = users();
    let query: Query = Select::new([users.c("id")]).filter(users.c("id").gt(2)).into();
    let cte = query.cte(Some("c"), false);
    let select = Select::new([(cte.c("id") + 1).label("n")]);
    let (sql, values) = parameters(select, &Target::postgresql());
    assert_eq!(
        sql,
        "WITH c AS \n(SELECT users.id AS id \nFROM users \nWHERE users.id > $1)\n SELECT c.id + $2 AS n \
         \nFROM c"
    );
    assert_eq!(values, [2.into(), 1.into()]);
}

#[test]
fn named_values_come_with_the_execution() {
    let text: Expr = text("a = :x OR b = :x OR c IN :list OR d = '12:30' OR e::int = 1");
    let target = Target::postgresql();
    let missing = text.compile(&target, Binds::Parameters);
    assert_eq!(missing, Err(CompileError::MissingParameter("x".to_owned())));
    // Without a value, a literal is NULL, as in Alembic's offline mode.
    let offline = super::text("a = :x").compile(&target, Binds::Literal).unwrap();
    assert_eq!(offline.sql, "a = NULL");

    let ExprKind::Text(clause) = text.kind() else { panic!() };
    let clause = clause.clone().with_bind(bindparam("list").expanding()).unwrap();
    let list = SqlValue::Array(vec![1.into(), 2.into()]);
    let values = BTreeMap::from([("x".to_owned(), 5.into()), ("list".to_owned(), list)]);
    let options = Options { values: &values, ..Options::new(Binds::Parameters) };
    let compiled = Expr::from(clause).compile(&target, options).unwrap();
    assert_eq!(compiled.sql, "a = $1 OR b = $1 OR c IN ($2, $3) OR d = '12:30' OR e::int = 1");
    assert_eq!(compiled.parameters[0].name.as_deref(), Some("x"));
    // The driver gets it as it is.
    assert_eq!(compiled.parameters[0].sql_type, None);
    let values: Vec<_> = compiled.parameters.into_iter().map(|p| p.value).collect();
    assert_eq!(values, [5.into(), 1.into(), 2.into()]);
}

#[test]
fn an_unknown_parameter_of_text_is_refused() {
    let clause = TextClause { text: "a = :x".to_owned(), binds: Vec::new() };
    let error = clause.with_bind(bindparam("y").value(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "This text() construct doesn't define a bound parameter named 'y'"
    );
}

#[test]
fn postgresql_is_told_the_types_that_it_does_not_guess() {
    let documents = table("documents", [("doc", Json::Jsonb.into()), ("key", SqlType::uuid())]);
    let value = SqlValue::Json(serde_json::json!({"a": 1}));
    let condition = documents.c("doc").contains(value);
    let compiled = condition.compile(&Target::postgresql(), Binds::Parameters).unwrap();
    assert_eq!(compiled.sql, "documents.doc @> $1::JSONB");
    let item = documents.c("doc").item("a");
    let of = |target: &Target| item.compile(target, Binds::Literal).unwrap().sql;
    assert_eq!(of(&Target::postgresql()), "documents.doc['a']");
    assert_eq!(of(&Target::postgresql().with_version(&[13, 2])), "documents.doc -> 'a'");
    assert_eq!(of(&Target::mysql()), "JSON_EXTRACT(documents.doc, '$.\"a\"')");
}

#[test]
fn ddl_has_literals_and_bare_columns() {
    let users = users();
    let check = users.c("id").between(1, 5, false).and(users.c("name").not_like("50%\\"));
    assert_eq!(
        check.compile_ddl(&Target::postgresql()).unwrap(),
        "id BETWEEN 1 AND 5 AND name NOT LIKE '50%\\'"
    );
    assert_eq!(
        check.compile_ddl(&Target::mysql()).unwrap(),
        "id BETWEEN 1 AND 5 AND name NOT LIKE '50%\\\\'"
    );
}

#[test]
fn what_cannot_be_is_known_when_it_is_built() {
    let users = users();
    let wrong = users.c("id").item("key");
    assert!(wrong.error().is_some());
    // Whatever holds it has the error too.
    let held = (wrong + 1).eq(2).and(true_());
    assert_eq!(
        held.compile(&Target::sqlite(), Binds::Literal).unwrap_err().to_string(),
        "Operator 'getitem' is not supported on this expression"
    );
    let error = users.c("id").lt(SqlValue::Null);
    assert!(error.error().unwrap().to_string().starts_with("Only '=', '!=', 'is_()'"));
    assert!(users.c("nothing").error().is_some());
}

#[test]
fn a_name_that_is_used_twice_gets_a_number() {
    let users = users();
    let other = users.alias(None);
    let select = Select::new([users.c("id"), other.c("id"), users.c("id")]);
    let (sql, _) = parameters(select, &Target::sqlite());
    assert_eq!(
        sql,
        "SELECT users.id, users_1.id AS id_1, users.id AS id__1 \nFROM users, users AS users_1"
    );
}

#[test]
fn tables_that_were_made_apart_are_two() {
    let condition = users().c("id").eq(users().c("id"));
    let select = Select::new([literal_column("1", SqlType::Null)]).filter(condition);
    let (sql, _) = parameters(select, &Target::sqlite());
    assert!(sql.contains("FROM users, users"), "{sql}");
}

#[test]
fn text_cannot_smuggle_a_parameter_in() {
    for sql in ["a\u{0}0\u{0}", "a \u{0}"] {
        let result = text(sql).compile(&Target::sqlite(), Binds::Parameters);
        assert!(result.is_err(), "{sql:?}");
    }
    let column = column("a\u{0}7\u{0}").compile(&Target::sqlite(), Binds::Parameters);
    assert!(column.is_err());
}

#[test]
fn every_dialect_writes_limits_its_own_way() {
    let select = Select::new([column("a")]).limit(3).offset(1);
    let query = Query::from(select);
    let written =
        Dialect::ALL.map(|dialect| query.compile(&dialect.into(), Binds::Literal).unwrap().sql);
    assert_eq!(
        written,
        ["SELECT a\n LIMIT 3 OFFSET 1", "SELECT a \n LIMIT 3 OFFSET 1", "SELECT a \n LIMIT 1, 3"]
    );
}

#[test]
fn what_is_too_deep_is_an_error() {
    let chain = |levels: usize| (0..levels).fold(column("a"), |expr, _| column("b") - expr);
    let target = Target::mysql();
    assert!(chain(90).compile(&target, Binds::Parameters).is_ok());
    let error = chain(100_000).compile(&target, Binds::Parameters).unwrap_err();
    assert_eq!(error.to_string(), "an expression is more than 200 levels deep");

    let queries = |levels: usize| {
        (0..levels).fold(Query::from(Select::new([users().c("id")])), |query, _| {
            let inner = query.subquery(None);
            Select::new([inner.get("id").unwrap_or_else(null)]).select_from(&inner).into()
        })
    };
    assert!(queries(60).compile(&target, Binds::Literal).is_ok());
    assert!(queries(3_000).compile(&target, Binds::Literal).is_err());

    let mut join = users();
    for _ in 0..1_000 {
        join = join.join(&users(), &true_());
    }
    let select = Query::from(Select::new([column("x")]).select_from(&join));
    assert!(select.compile(&target, Binds::Literal).is_err());
    // What is long is not deep.
    let long = and((0..5_000).map(|number| column("a").ne(number)));
    assert!(long.compile(&target, Binds::Literal).is_ok());
}
