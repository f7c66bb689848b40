//! How a database is built, thing by thing, and how two states of it differ.

use std::collections::BTreeMap;

use super::Database;
use super::DatabaseError;
use super::Extent;
use super::read;

/// What stands between the name of a table and that of a column, a constraint or the like.
const PART: &str = ": ";

/// Everything that a database is built of, without a word of what is in its tables.
///
/// Two states of one database whose parts mean the same are equal; the order of columns is kept
/// beside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// Definitions by the names of what they define.
    objects: BTreeMap<String, String>,
    /// The columns of each table in their order.
    columns: BTreeMap<String, Vec<String>>,
}

/// Something that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaDifference {
    /// What it is called, such as `table public.users: column name`.
    pub object: String,
    /// What has become of it.
    pub deviation: Deviation,
}

/// What has become of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deviation {
    /// It is there, and was not.
    Added {
        /// How it is defined.
        is: String,
    },
    /// It is not there, and was.
    Missing {
        /// How it was defined.
        was: String,
    },
    /// It is defined otherwise.
    Changed {
        /// How it was defined.
        was: String,
        /// How it is defined.
        is: String,
    },
}

/// A table whose columns are in another order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reordered {
    /// The table.
    pub table: String,
    /// The columns that it has had all along, as they were.
    pub was: Vec<String>,
    /// The same, as they are.
    pub is: Vec<String>,
}

impl Schema {
    /// Reads how `database` is built, without the tables named `own`.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn of(database: &mut dyn Database, own: &[String]) -> Result<Self, DatabaseError> {
        let mut schema = Schema::default();
        let mut places: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
        for entry in read(database, own, Extent::Schema)? {
            if let (Some(place), Some((table, column))) =
                (entry.place, entry.object.rsplit_once(": column "))
            {
                places.entry(table.to_owned()).or_default().insert(place, column.to_owned());
            }
            schema.add(entry.object, entry.definition.trim_start_matches(':').trim());
        }
        schema.columns = places
            .into_iter()
            .map(|(table, columns)| (table, columns.into_values().collect()))
            .collect();
        Ok(schema)
    }

    fn add(&mut self, object: String, definition: &str) {
        let known = self.objects.entry(object).or_default();
        if !known.is_empty() {
            known.push('\n');
        }
        known.push_str(definition);
    }

    /// Whether both are built alike, whatever the order of columns.
    pub fn is_like(&self, other: &Schema) -> bool {
        self.objects == other.objects
    }

    /// What is not as it was at `before`. Of a thing that has come or gone as a whole its parts are
    /// not told.
    pub fn differences_from(&self, before: &Schema) -> Vec<SchemaDifference> {
        let (now, then) = (&self.objects, &before.objects);
        let mut found: Vec<SchemaDifference> = Vec::new();
        let mut tell = |object: &String, deviation| {
            found.push(SchemaDifference { object: object.clone(), deviation });
        };
        for (object, was) in then {
            match now.get(object) {
                None if !is_part(object, |whole| {
                    then.contains_key(whole) && !now.contains_key(whole)
                }) =>
                {
                    tell(object, Deviation::Missing { was: was.clone() });
                }
                Some(is) if is != was => {
                    tell(object, Deviation::Changed { was: was.clone(), is: is.clone() });
                }
                _ => {}
            }
        }
        for (object, is) in now {
            let has_come = |whole: &str| now.contains_key(whole) && !then.contains_key(whole);
            if !then.contains_key(object) && !is_part(object, has_come) {
                tell(object, Deviation::Added { is: is.clone() });
            }
        }
        found.sort_by(|one, other| one.object.cmp(&other.object));
        found
    }

    /// The tables that have their columns in another order than at `before`, as far as they have
    /// the same ones.
    pub fn reordered_since(&self, before: &Schema) -> Vec<Reordered> {
        let mut found = Vec::new();
        for (table, is) in &self.columns {
            let Some(was) = before.columns.get(table) else { continue };
            let common = |columns: &[String], others: &[String]| -> Vec<String> {
                columns.iter().filter(|column| others.contains(column)).cloned().collect()
            };
            let (was, is) = (common(was, is), common(is, was));
            if was != is {
                found.push(Reordered { table: table.clone(), was, is });
            }
        }
        found
    }
}

/// Whether `object` is a part of something that has come or gone as a whole, as `is_so` tells.
fn is_part(object: &str, is_so: impl Fn(&str) -> bool) -> bool {
    object.match_indices(PART).any(|(at, _)| object.get(..at).is_some_and(&is_so))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(objects: &[(&str, &str)], columns: &[&str]) -> Schema {
        let mut schema = Schema::default();
        for (object, definition) in objects {
            schema.add((*object).to_owned(), definition);
        }
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        schema.columns.insert("table t".to_owned(), columns);
        schema
    }

    fn told(now: &Schema, before: &Schema) -> Vec<String> {
        let word = |difference: &SchemaDifference| match &difference.deviation {
            Deviation::Added { is } => format!("+ {} = {is}", difference.object),
            Deviation::Missing { was } => format!("- {} = {was}", difference.object),
            Deviation::Changed { was, is } => format!("! {}: {was} -> {is}", difference.object),
        };
        now.differences_from(before).iter().map(word).collect()
    }

    #[test]
    fn what_has_come_gone_and_changed_is_told_once() {
        let before = schema(&[("table t", ""), ("table t: column a", "integer")], &["a"]);
        let after = schema(
            &[
                ("table t", ""),
                ("table t: column a", "text"),
                ("table u", "unlogged"),
                ("table u: column b", "integer"),
                ("table u: constraint u_pkey", "PRIMARY KEY (b)"),
                ("table u: constraint u_pkey: index", "CREATE UNIQUE INDEX"),
            ],
            &["a"],
        );
        assert_eq!(
            told(&after, &before),
            ["! table t: column a: integer -> text", "+ table u = unlogged"]
        );
        assert_eq!(
            told(&before, &after),
            ["! table t: column a: text -> integer", "- table u = unlogged"]
        );
        assert!(told(&after, &after).is_empty());
    }

    #[test]
    fn the_order_of_columns_is_told_apart() {
        let (before, after) = (schema(&[], &["a", "b", "c"]), schema(&[], &["b", "a", "d"]));
        assert!(after.is_like(&before));
        let found = after.reordered_since(&before);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].was.join(" "), found[0].is.join(" ")),
            ("a b".to_owned(), "b a".to_owned())
        );
        assert!(after.reordered_since(&schema(&[], &["b", "x", "a", "d"])).is_empty());
    }
}
