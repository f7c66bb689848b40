//! Parameters in the text of a statement, as psycopg2 writes them there ("Adaptation of Python
//! values to SQL types" of its manual). The server then infers the types as it does for that
//! driver, which a parameter of the protocol would prevent.
//!
//! What is written means the same with `standard_conforming_strings` on and off.

use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Parameter;

use super::super::bind::bound;
use super::super::interpolation::Interpolated;
use super::super::interpolation::Interpolation;
use super::super::misused;
use super::super::number::is_number;
use super::super::python;
use super::super::refused;
use crate::db::error::DatabaseError;
use crate::script::sql::PlaceholderKind;
use crate::script::sql::placeholders;

/// Writes `parameters` into `sql`. Without any the text stays as it is, also where it has a `$1` of
/// its own (`PREPARE`).
///
/// # Errors
/// When a value cannot be written, or a placeholder has none.
pub(super) fn interpolated(
    sql: &str,
    parameters: &[Parameter],
) -> Result<Interpolated, DatabaseError> {
    if parameters.is_empty() {
        return Ok(Interpolated::plain(sql));
    }
    let literals: Vec<String> = parameters
        .iter()
        .map(|parameter| literal(&bound(parameter, Dialect::Postgresql)?))
        .collect::<Result<_, _>>()?;
    let mut made = Interpolation::new(sql);
    for placeholder in placeholders(sql, Dialect::Postgresql) {
        let PlaceholderKind::Number(number) = placeholder.kind else { continue };
        let literal = number.checked_sub(1).and_then(|index| literals.get(index));
        let Some(literal) = literal else {
            let count = literals.len();
            return Err(refused(format!("there is no parameter ${number} among {count}")));
        };
        made.write(placeholder.start..placeholder.end, literal);
    }
    Ok(made.finish())
}

/// A value as a literal.
fn literal(value: &SqlValue) -> Result<String, DatabaseError> {
    Ok(match value {
        SqlValue::Null => "NULL".to_owned(),
        SqlValue::Bool(value) => value.to_string(),
        SqlValue::Int(value) => signed(value.to_string()),
        SqlValue::BigInt(digits) => match is_number(digits) {
            true => signed(digits.clone()),
            false => return Err(refused(format!("'{digits}' is no whole number"))),
        },
        SqlValue::Float(value) if value.is_nan() => "'NaN'::float".to_owned(),
        SqlValue::Float(value) if value.is_infinite() => match *value > 0.0 {
            true => "'Infinity'::float".to_owned(),
            false => "'-Infinity'::float".to_owned(),
        },
        SqlValue::Float(value) => signed(python::float(*value)),
        SqlValue::Decimal(digits) if is_number(digits) => signed(digits.clone()),
        SqlValue::Decimal(words) => {
            let words = words.trim_start_matches(['+', '-']).to_ascii_lowercase();
            match words.starts_with("nan") || words.starts_with("snan") || words.starts_with("inf")
            {
                true => "'NaN'::numeric".to_owned(),
                false => return Err(refused(format!("'{words}' is no Decimal"))),
            }
        }
        SqlValue::Text(text) => quoted(text)?,
        SqlValue::Bytes(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            // Doubled, so that the mode of backslashes does not matter.
            format!("E'\\\\x{digits}'::bytea")
        }
        SqlValue::Date(date) => format!("'{}'::date", date.format("%Y-%m-%d")),
        SqlValue::Time(time) => format!("'{}'::time", python::time(*time)),
        SqlValue::DateTime(at) => format!("'{}'::timestamp", python::date_time(*at, 'T')),
        SqlValue::DateTimeTz(at) => format!(
            "'{}{}'::timestamptz",
            python::date_time(at.naive_local(), 'T'),
            python::offset(*at.offset())
        ),
        SqlValue::Interval(span) => {
            let Some(micros) = span.num_microseconds() else {
                return Err(refused("the timedelta is out of range"));
            };
            // As Python keeps it: the days may be negative, the rest never is.
            let (days, rest) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
            let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
            format!("'{days} days {seconds}.{micros:06} seconds'::interval")
        }
        SqlValue::Uuid(uuid) => format!("'{}'::uuid", uuid.as_hyphenated()),
        SqlValue::Json(_) | SqlValue::Host(_) => {
            return Err(misused(format!("can't adapt type '{}'", python::class_of(value))));
        }
        SqlValue::Array(items) => array(items)?,
        SqlValue::Tuple(items) => {
            let items: Vec<String> = items.iter().map(literal).collect::<Result<_, _>>()?;
            format!("({})", items.join(", "))
        }
    })
}

const DAY: i64 = 86_400_000_000;

/// A negative number must not make a comment of a minus before it.
fn signed(digits: String) -> String {
    if digits.starts_with('-') { format!(" {digits}") } else { digits }
}

/// A text in quotes; with a backslash in it as an `E'..'`, which has one meaning only.
fn quoted(text: &str) -> Result<String, DatabaseError> {
    if text.contains('\0') {
        return Err(refused("A string literal cannot contain NUL (0x00) characters."));
    }
    let doubled = text.replace('\'', "''");
    Ok(match doubled.contains('\\') {
        true => format!(" E'{}'", doubled.replace('\\', "\\\\")),
        false => format!("'{doubled}'"),
    })
}

/// A list: `ARRAY[..]`, or the text form of an array where there is nothing in it to tell a type.
fn array(items: &[SqlValue]) -> Result<String, DatabaseError> {
    if items.is_empty() {
        return Ok("'{}'".to_owned());
    }
    if let Some(nulls) = only_nulls(items) {
        return Ok(format!("'{nulls}'"));
    }
    let mut made = Vec::with_capacity(items.len());
    for item in items {
        made.push(match item {
            SqlValue::Array(inner) if inner.is_empty() => "ARRAY[]".to_owned(),
            item => literal(item)?,
        });
    }
    Ok(format!("ARRAY[{}]", made.join(",")))
}

/// The text form of a list of nothing but NULLs, in any depth.
fn only_nulls(items: &[SqlValue]) -> Option<String> {
    if items.is_empty() {
        return None;
    }
    let parts = items.iter().map(|item| match item {
        SqlValue::Null => Some("NULL".to_owned()),
        SqlValue::Array(inner) => only_nulls(inner),
        _ => None,
    });
    Some(format!("{{{}}}", parts.collect::<Option<Vec<_>>>()?.join(",")))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use chrono::NaiveDate;
    use chrono::TimeDelta;

    use super::*;

    fn of(value: impl Into<SqlValue>) -> String {
        literal(&value.into()).unwrap()
    }

    fn decimal(digits: &str) -> SqlValue {
        SqlValue::Decimal(digits.to_owned())
    }

    /// The expected texts are those of psycopg2 2.9, but for the escapes of bytes.
    #[test]
    fn values_are_written_as_psycopg2_does() {
        assert_eq!(of(SqlValue::Null), "NULL");
        assert_eq!(of(true), "true");
        assert_eq!(of(-5), " -5");
        assert_eq!(
            of(SqlValue::BigInt("-1180591620717411303424".into())),
            " -1180591620717411303424"
        );
        assert_eq!(of(1e16), "1e+16");
        assert_eq!(of(-0.0), " -0.0");
        assert_eq!(of(f64::NEG_INFINITY), "'-Infinity'::float");
        assert_eq!(of(decimal("-1.50")), " -1.50");
        assert_eq!(of(decimal("1E+5")), "1E+5");
        assert_eq!(of(decimal("Infinity")), "'NaN'::numeric");
        assert_eq!(of("a'b"), "'a''b'");
        assert_eq!(of("a\\'b"), " E'a\\\\''b'");
        assert_eq!(of(vec![0_u8, 255]), "E'\\\\x00ff'::bytea");
        let date = NaiveDate::from_ymd_opt(20, 1, 2).unwrap();
        assert_eq!(of(date), "'0020-01-02'::date");
        let at = date.and_hms_micro_opt(3, 4, 5, 6).unwrap();
        assert_eq!(of(at), "'0020-01-02T03:04:05.000006'::timestamp");
        let at = DateTime::parse_from_rfc3339("2020-01-02T03:04:05+05:30").unwrap();
        assert_eq!(of(at), "'2020-01-02T03:04:05+05:30'::timestamptz");
        let span = TimeDelta::days(-1) + TimeDelta::seconds(2) + TimeDelta::microseconds(3);
        assert_eq!(of(span), "'-1 days 2.000003 seconds'::interval");
        let list = |items: &[SqlValue]| of(SqlValue::Array(items.to_vec()));
        let null = SqlValue::Null;
        assert_eq!(list(&[]), "'{}'");
        assert_eq!(list(&[1.into(), (-2).into(), null.clone()]), "ARRAY[1, -2,NULL]");
        assert_eq!(list(&[null.clone(), null.clone()]), "'{NULL,NULL}'");
        assert_eq!(list(&[SqlValue::Array(vec![null.clone()])]), "'{{NULL}}'");
        assert_eq!(list(&[SqlValue::Array(Vec::new())]), "ARRAY[ARRAY[]]");
        let mixed = [SqlValue::Array(vec![null]), SqlValue::Array(vec![1.into()])];
        assert_eq!(list(&mixed), "ARRAY['{NULL}',ARRAY[1]]");
        assert!(literal(&"a\0b".into()).is_err());
        assert!(literal(&decimal("1); DROP TABLE t")).is_err());
        assert!(literal(&serde_json::json!({}).into()).is_err());
    }

    fn parameters(values: &[&str]) -> Vec<Parameter> {
        let of = |value: &&str| Parameter { name: None, value: (*value).into(), sql_type: None };
        values.iter().map(of).collect()
    }

    #[test]
    fn parameters_stand_where_their_placeholders_did() {
        let made = interpolated("SELECT $2,'$1', a-$1, u&$1", &parameters(&["x", "$1"])).unwrap();
        assert_eq!(made.text, "SELECT '$1','$1', a- 'x', u& 'x'");
        let sql = "PREPARE p AS SELECT $1";
        assert_eq!(interpolated(sql, &[]).unwrap().text, sql);
        assert!(interpolated("SELECT $2", &parameters(&["x"])).is_err());
    }

    #[test]
    fn offsets_lead_back() {
        let sql = "SELECT $1, nix";
        let made = interpolated(sql, &parameters(&["a long value"])).unwrap();
        assert_eq!(made.origin(0), 0);
        assert_eq!(made.origin(made.text.find("long").unwrap()), 7);
        assert_eq!(made.origin(made.text.find("nix").unwrap()), sql.find("nix").unwrap());
    }
}
