//! What only the server knows of values it has sent in binary form: their text, and the offset of
//! its time zone at a moment. They go back to it as parameters of their types.

use std::cell::Cell;
use std::collections::BTreeMap;

use chrono::FixedOffset;
use diesel::RunQueryDsl as _;
use diesel::deserialize;
use diesel::deserialize::FromSql;
use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;
use diesel::pg::PgConnection;
use diesel::pg::PgTypeMetadata;
use diesel::row::Field as _;
use diesel::row::NamedRow;
use diesel::row::Row;
use diesel::serialize;
use diesel::serialize::IsNull;
use diesel::serialize::Output;
use diesel::serialize::ToSql;
use diesel::sql_types;
use diesel::sql_types::HasSqlType;
use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;

use super::super::refused;
use super::super::unreadable;
use super::decode;
use super::decode::Raw;
use crate::db::driver_error;
use crate::db::error::DatabaseError;

/// So many values go in one question; the protocol takes 65,535.
const AT_ONCE: usize = 1_000;

/// Types from here on are made by users and extensions.
const FIRST_OF_USERS: u32 = 16_384;

/// What the server says of a value.
#[derive(Debug, Clone)]
struct Answer {
    /// Its text, or its offset from UTC in seconds.
    text: String,
    /// The name of its type, where that is no built-in one.
    type_name: String,
}

/// Values as they are in Python, with all that is to be asked for.
///
/// # Errors
/// The server's, and when a value is none that can be read.
pub(super) fn answered(
    connection: &mut PgConnection,
    rows: Vec<Vec<Raw>>,
) -> Result<Vec<Vec<SqlValue>>, DatabaseError> {
    let mut answers: BTreeMap<(u32, Vec<u8>), Option<Answer>> = BTreeMap::new();
    for raw in rows.iter().flatten() {
        collect(raw, &mut answers);
    }
    let keys: Vec<(u32, Vec<u8>)> = answers.keys().cloned().collect();
    for keys in keys.chunks(AT_ONCE) {
        let found = ask(connection, keys)?;
        for (key, answer) in keys.iter().zip(found) {
            answers.insert(key.clone(), Some(answer));
        }
    }
    rows.into_iter().map(|row| row.into_iter().map(|raw| value(raw, &answers)).collect()).collect()
}

type Answers = BTreeMap<(u32, Vec<u8>), Option<Answer>>;

fn collect(raw: &Raw, answers: &mut Answers) {
    match raw {
        Raw::Known(_) => {}
        Raw::List(items) => items.iter().for_each(|item| collect(item, answers)),
        Raw::Asked { oid, bytes } => {
            answers.insert((*oid, bytes.clone()), None);
        }
    }
}

fn value(raw: Raw, answers: &Answers) -> Result<SqlValue, DatabaseError> {
    Ok(match raw {
        Raw::Known(value) => value,
        Raw::List(items) => {
            let items = items.into_iter().map(|item| value(item, answers));
            SqlValue::Array(items.collect::<Result<_, _>>()?)
        }
        Raw::Asked { oid, bytes } => {
            let key = (oid, bytes);
            let Some(Some(answer)) = answers.get(&key) else {
                return Err(refused("the server has not said what a value is"));
            };
            let (oid, bytes) = key;
            if oid == decode::TIMESTAMPTZ {
                return zoned(&bytes, &answer.text);
            }
            let plain = answer.type_name.rsplit('.').next().unwrap_or_default();
            match plain {
                "hstore" => decode::hstore(&bytes)?,
                "hstore[]" => {
                    return Err(unreadable(
                        "an array of hstore cannot be read here: cast it to text in the statement",
                    ));
                }
                _ => SqlValue::Text(answer.text.clone()),
            }
        }
    })
}

/// A moment in the time zone of the session.
fn zoned(bytes: &[u8], seconds: &str) -> Result<SqlValue, DatabaseError> {
    let offset = seconds.parse().ok().and_then(FixedOffset::east_opt);
    let Some(offset) = offset else {
        return Err(refused("the offset of a time zone is beyond a day"));
    };
    let Some(micros) = decode::finite_micros(bytes)? else {
        // As far as Python goes, in UTC.
        let at = decode::point(i64::from_be_bytes(bytes.try_into().unwrap_or_default()))?;
        let utc = FixedOffset::east_opt(0).unwrap_or(offset);
        return Ok(SqlValue::DateTimeTz(chrono::DateTime::from_naive_utc_and_offset(at, utc)));
    };
    let local = micros.checked_add(i64::from(offset.local_minus_utc()) * 1_000_000);
    decode::point(local.unwrap_or(i64::MAX - 1))?;
    let at = decode::point(micros)?;
    Ok(SqlValue::DateTimeTz(chrono::DateTime::from_naive_utc_and_offset(at, offset)))
}

/// Asks for some values at once.
fn ask(
    connection: &mut PgConnection,
    keys: &[(u32, Vec<u8>)],
) -> Result<Vec<Answer>, DatabaseError> {
    // A list: a result has no more than 1,664 columns.
    let mut parts = Vec::with_capacity(keys.len() * 2);
    for (index, (oid, bytes)) in keys.iter().enumerate() {
        let number = index + 1;
        parts.push(match *oid {
            decode::TIMESTAMPTZ if decode::finite_micros(bytes)?.is_none() => "'0'".to_owned(),
            decode::TIMESTAMPTZ => {
                format!("extract(timezone from ${number})::pg_catalog.int4::pg_catalog.text")
            }
            // The function of output of the type, which a cast need not be.
            _ => format!("pg_catalog.format('%s', ${number})"),
        });
        parts.push(match *oid >= FIRST_OF_USERS {
            true => format!("pg_catalog.pg_typeof(${number})::pg_catalog.text"),
            false => format!("CASE WHEN ${number} IS NULL THEN '' ELSE '' END"),
        });
    }
    let sql = format!("SELECT ARRAY[{}]::pg_catalog.text[]", parts.join(","));
    let mut query = diesel::sql_query(sql).into_boxed();
    for (oid, bytes) in keys {
        query = query.bind::<AnyType, _>(Sent { oid: *oid, bytes });
    }
    let failure = |error| driver_error::of_own(&error, Dialect::Postgresql);
    let rows = query.load::<Texts>(connection).map_err(failure)?;
    let texts = rows.into_iter().next().map(|row| row.0).unwrap_or_default();
    if texts.len() != keys.len() * 2 {
        return Err(refused("the server has not said what its values are"));
    }
    let pairs = texts.chunks_exact(2);
    Ok(pairs.map(|pair| Answer { text: pair[0].clone(), type_name: pair[1].clone() }).collect())
}

struct Texts(Vec<String>);

impl QueryableByName<Pg> for Texts {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Self> {
        let field = Row::get(row, 0).ok_or("a column is missing")?;
        let value = field.value().ok_or("a list is missing")?;
        <Vec<String> as FromSql<sql_types::Array<sql_types::Text>, Pg>>::from_sql(value).map(Texts)
    }
}

/// A type that is known when the program runs. Diesel asks a type for its number right behind its
/// value, on the same thread; so the value leaves it there.
struct AnyType;

thread_local! {
    static OID: Cell<u32> = const { Cell::new(0) };
}

impl HasSqlType<AnyType> for Pg {
    fn metadata(_: &mut Self::MetadataLookup) -> PgTypeMetadata {
        PgTypeMetadata::new(OID.get(), 0)
    }
}

/// A value in the binary form of its type.
#[derive(Debug)]
struct Sent<'a> {
    oid: u32,
    bytes: &'a [u8],
}

impl ToSql<AnyType, Pg> for Sent<'_> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        use std::io::Write as _;
        OID.set(self.oid);
        out.write_all(self.bytes)?;
        Ok(IsNull::No)
    }
}
