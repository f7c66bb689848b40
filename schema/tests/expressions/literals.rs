//! Every value as a literal of every type.

use chrono::DateTime;
use chrono::NaiveDate;
use chrono::TimeDelta;
use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::bindparam;
use limbeck_schema::types::BinaryKind;
use limbeck_schema::types::CharacterKind;
use limbeck_schema::types::Enum;
use limbeck_schema::types::EnumKind;
use limbeck_schema::types::IntegerKind;
use limbeck_schema::types::Interval;
use limbeck_schema::types::Json;
use limbeck_schema::types::NumericKind;
use limbeck_schema::types::SimpleType;
use limbeck_schema::types::TemporalKind;
use limbeck_schema::types::Uuid;

fn types() -> Vec<(SqlType, &'static str)> {
    let ours = |name: &str, kind| Enum { kind, ..Enum::new(name, ["a", "x"]) };
    vec![
        (SqlType::Null, "null().type"),
        (SqlType::integer(), "Integer()"),
        (SqlType::big_integer(), "BigInteger()"),
        (IntegerKind::UpperInteger.into(), "INTEGER()"),
        (SqlType::string(5), "String(5)"),
        (SqlType::text(), "Text()"),
        (CharacterKind::Varchar.into(), "VARCHAR()"),
        (CharacterKind::Citext.into(), "postgresql.CITEXT()"),
        (CharacterKind::Mediumtext.into(), "mysql.MEDIUMTEXT()"),
        (SqlType::boolean(), "Boolean()"),
        (SqlType::numeric(10, 2), "Numeric(10, 2)"),
        (NumericKind::Decimal.into(), "DECIMAL()"),
        (SqlType::float(), "Float()"),
        (NumericKind::Double.into(), "Double()"),
        (NumericKind::Real.into(), "REAL()"),
        (SqlType::date(), "Date()"),
        (SqlType::time(), "Time()"),
        (SqlType::date_time(false), "DateTime()"),
        (SqlType::date_time(true), "DateTime(timezone=True)"),
        (TemporalKind::Timestamp.into(), "TIMESTAMP()"),
        (TemporalKind::UpperDatetime.into(), "DATETIME()"),
        (TemporalKind::UpperDate.into(), "DATE()"),
        (Interval::default().into(), "Interval()"),
        (SqlType::large_binary(), "LargeBinary()"),
        (BinaryKind::Blob.into(), "BLOB()"),
        (BinaryKind::Bytea.into(), "postgresql.BYTEA()"),
        (SqlType::json(), "JSON()"),
        (Json::Jsonb.into(), "postgresql.JSONB()"),
        (ours("e", EnumKind::Generic).into(), "Enum('a', 'x', name='e')"),
        (ours("e", EnumKind::Postgresql).into(), "postgresql.ENUM('a', 'x', name='e')"),
        (SqlType::array(SqlType::integer()), "postgresql.ARRAY(Integer)"),
        (SqlType::array(SqlType::text()), "ARRAY(Text)"),
        (SimpleType::Inet.into(), "postgresql.INET()"),
        (SimpleType::Tsvector.into(), "postgresql.TSVECTOR()"),
        (
            SqlType::json().with_variant(&SqlType::text(), ["sqlite"]),
            "JSON().with_variant(Text(), 'sqlite')",
        ),
    ]
}

fn values() -> Vec<(SqlValue, &'static str)> {
    let day = NaiveDate::from_ymd_opt(2024, 2, 9).unwrap();
    vec![
        (SqlValue::Null, "None"),
        (true.into(), "True"),
        (false.into(), "False"),
        (0.into(), "0"),
        (1.into(), "1"),
        ((-17).into(), "-17"),
        (5_000_000_000_i64.into(), "5000000000"),
        (
            SqlValue::BigInt("123456789012345678901234567890".to_owned()),
            "123456789012345678901234567890",
        ),
        (1.5.into(), "1.5"),
        (1.0.into(), "1.0"),
        ((-1e-7).into(), "-1e-7"),
        (1e22.into(), "1e22"),
        (123_456_789.125.into(), "123456789.125"),
        (SqlValue::Decimal("10.50".to_owned()), "decimal.Decimal('10.50')"),
        (SqlValue::Decimal("-0.5".to_owned()), "decimal.Decimal('-0.5')"),
        ("x".into(), "'x'"),
        ("it's 50% \\n :x".into(), "'it\\'s 50% \\\\n :x'"),
        ("12".into(), "'12'"),
        ("".into(), "''"),
        (b"by'te\\".to_vec().into(), "b'by\\'te\\\\'"),
        (vec![0xff_u8, 0].into(), "b'\\xff\\x00'"),
        (day.into(), "datetime.date(2024, 2, 9)"),
        (day.and_hms_opt(1, 2, 3).unwrap().into(), "datetime.datetime(2024, 2, 9, 1, 2, 3)"),
        (
            day.and_hms_micro_opt(1, 2, 3, 45).unwrap().into(),
            "datetime.datetime(2024, 2, 9, 1, 2, 3, 45)",
        ),
        (
            DateTime::parse_from_rfc3339("2024-02-09T01:02:03-05:30").unwrap().into(),
            "datetime.datetime(2024, 2, 9, 1, 2, 3, \
             tzinfo=datetime.timezone(-datetime.timedelta(hours=5, minutes=30)))",
        ),
        (
            day.and_hms_micro_opt(23, 0, 1, 500_000).unwrap().time().into(),
            "datetime.time(23, 0, 1, 500000)",
        ),
        (
            TimeDelta::milliseconds(90_061_500).into(),
            "datetime.timedelta(days=1, seconds=3661, milliseconds=500)",
        ),
        (
            uuid::Uuid::parse_str("12345678-90ab-cdef-1234-567890abcdef").unwrap().into(),
            "uuid.UUID('12345678-90ab-cdef-1234-567890abcdef')",
        ),
        (serde_json::json!({"k": [1, null]}).into(), "{'k': [1, None]}"),
        (SqlValue::Array(vec![1.into(), 2.into()]), "[1, 2]"),
        (SqlValue::Array(vec!["a'".into()]), "['a\\'']"),
        (
            SqlValue::Array(vec![
                SqlValue::Array(vec![1.into(), 2.into()]),
                SqlValue::Array(vec![3.into(), 4.into()]),
            ]),
            "[[1, 2], [3, 4]]",
        ),
    ]
}

/// Each literal with its source.
pub(crate) fn all() -> Vec<(Expr, String)> {
    let mut all = Vec::new();
    let mut add = |sql_type: &SqlType, source: &str, value: &SqlValue, python: &str| {
        let mut bind = bindparam("v").value(value.clone());
        bind.sql_type = sql_type.clone();
        all.push((bind.into(), format!("bindparam('v', {python}, type_={source})")));
    };
    for (value, python) in values() {
        for (sql_type, source) in types() {
            // Python takes a text for a list of its characters; limbeck refuses it.
            let is_sequence =
                matches!(value, SqlValue::Text(_) | SqlValue::Bytes(_) | SqlValue::Json(_));
            if is_sequence && matches!(sql_type, SqlType::Array(_)) {
                continue;
            }
            add(&sql_type, source, &value, python);
        }
        // SQLAlchemy writes whatever it is given for a UUID, and limbeck takes texts too.
        if matches!(value, SqlValue::Uuid(_) | SqlValue::Null) {
            add(&SqlType::uuid(), "Uuid()", &value, python);
            let plain = Uuid { native: false, ..Uuid::default() };
            add(&plain.into(), "Uuid(native_uuid=False)", &value, python);
            add(&Uuid { upper: true, ..Uuid::default() }.into(), "UUID()", &value, python);
        }
    }
    all
}
