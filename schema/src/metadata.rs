//! `MetaData.create_all` and `drop_all`: many tables in the order of their foreign keys.
//!
//! A foreign key that closes a circle, or that says `use_alter`, is added when all tables are there
//! and dropped before any goes. SQLite has no such ALTER: there it stays inside of its table.

use crate::CompileError;
use crate::Dialect;
use crate::Target;
use crate::operation::DdlStatement;
use crate::operation::OperationContext;
use crate::operation::OwnType;
use crate::operation::Step;
use crate::operation::step::DroppedConstraint;
use crate::operation::step::primary_key_of;
use crate::table::BoundTable;
use crate::table::ColumnDefault;
use crate::table::Constraint;
use crate::table::ConstraintKind;
use crate::table::ForeignKeyConstraint;
use crate::table::NamingConvention;
use crate::table::Sequence;
use crate::table::Table;
use crate::table::written_name;

/// Tables that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetaData {
    /// The tables, in the order in which they were described.
    pub tables: Vec<Table>,
    /// Sequences that belong to no column.
    pub sequences: Vec<Sequence>,
    /// `naming_convention`.
    pub naming: NamingConvention,
}

/// An object about which the server is asked before it is created or dropped (`checkfirst`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaObject<'a> {
    /// A table.
    Table {
        /// Its schema.
        schema: Option<&'a str>,
        /// Its name.
        name: &'a str,
    },
    /// A sequence.
    Sequence {
        /// Its schema.
        schema: Option<&'a str>,
        /// Its name.
        name: &'a str,
    },
    /// An enumeration or domain of PostgreSQL's.
    Type {
        /// Its schema.
        schema: Option<&'a str>,
        /// Its name.
        name: &'a str,
    },
}

/// What is created or dropped, as the foreign keys want it.
struct Sorted {
    /// The tables with the places of the foreign keys that stay inside.
    tables: Vec<BoundTable>,
    /// Foreign keys that come later, and the places of their tables.
    later: Vec<(usize, ForeignKeyConstraint)>,
}

/// The comments of the constraints of a table, which Alembic's `create_table` leaves out.
fn constraint_comments(table: &BoundTable, target: &Target) -> Result<Vec<String>, CompileError> {
    let mut made = Vec::new();
    if target.dialect() != Dialect::Postgresql {
        return Ok(made);
    }
    let place = target.quote_qualified(table.schema.as_deref(), &table.name);
    for constraint in std::iter::once(&primary_key_of(table)).chain(&table.constraints) {
        let name = written_name(constraint.name(), target)?;
        let Some(comment) = &constraint.options().comment else { continue };
        let Some(name) = name else {
            return Err(CompileError::Compile(
                "Can't emit COMMENT ON for a constraint: it has no name".to_owned(),
            ));
        };
        let comment = target.literal(comment);
        made.push(format!("COMMENT ON CONSTRAINT {name} ON {place} IS {comment}"));
    }
    Ok(made)
}

impl MetaData {
    /// CREATE for everything that `exists` does not know: types, sequences, tables with their
    /// indexes and comments, and the foreign keys that had to wait.
    ///
    /// # Errors
    ///
    /// As [`Table::bind`] and [`BoundTable::create_sql`].
    pub fn create_all(
        &self,
        target: &Target,
        exists: &dyn Fn(SchemaObject<'_>) -> bool,
    ) -> Result<Vec<DdlStatement>, CompileError> {
        let mut context = OperationContext::with_naming(target.clone(), self.naming.clone());
        let tables = self.bound(|table| !exists(table_object(table)))?;
        let sorted = sort(&tables, &|_| true)?;
        let mut statements = Vec::new();
        for table in &sorted.tables {
            for own in context.new_types_of(table, |_| true) {
                if !exists(type_object(&own)) {
                    statements.push(own.create_sql(target)?.into());
                }
            }
        }
        let makes_sequence = |sequence: &Sequence| {
            target.supports_sequences()
                && !(sequence.optional && target.dialect() == Dialect::Postgresql)
                && !exists(sequence_object(sequence))
        };
        for sequence in self.sequences.iter().filter(|sequence| makes_sequence(sequence)) {
            statements.push(sequence.create_sql(target, false)?.into());
        }
        for table in &sorted.tables {
            let defaults = sequences_of(table).filter(|sequence| makes_sequence(sequence));
            for sequence in defaults {
                statements.push(sequence.create_sql(target, false)?.into());
            }
            let mut table = table.clone();
            if target.supports_alter() {
                let waits = |key: &ForeignKeyConstraint| {
                    sorted.later.iter().any(|(at, later)| {
                        sorted.tables[*at].name == table.name
                            && sorted.tables[*at].schema == table.schema
                            && later == key
                    })
                };
                let kept = table.constraints.iter().filter(|constraint| match constraint {
                    Constraint::ForeignKey(key) => !waits(key),
                    _ => true,
                });
                table.constraints = kept.cloned().collect();
            }
            let comments = constraint_comments(&table, target)?;
            context.emit(&Step::CreateTable { table, if_not_exists: false }, &mut statements)?;
            statements.extend(comments.into_iter().map(DdlStatement::from));
        }
        if target.supports_alter() {
            for (at, key) in sorted.later {
                let table = sorted.tables[at].clone();
                let constraint = Constraint::ForeignKey(key);
                context.emit(&Step::AddConstraint { table, constraint }, &mut statements)?;
            }
        }
        Ok(statements)
    }

    /// DROP for everything that `exists` knows, the other way round.
    ///
    /// # Errors
    ///
    /// As [`Table::bind`]; a circle of foreign keys without names, which no ALTER can drop.
    pub fn drop_all(
        &self,
        target: &Target,
        exists: &dyn Fn(SchemaObject<'_>) -> bool,
    ) -> Result<Vec<DdlStatement>, CompileError> {
        let mut context = OperationContext::with_naming(target.clone(), self.naming.clone());
        let tables = self.bound(|table| exists(table_object(table)))?;
        let can_wait = |key: &ForeignKeyConstraint| target.supports_alter() && !key.name.is_none();
        let sorted = match sort(&tables, &can_wait) {
            Ok(sorted) => sorted,
            Err(_) if !target.supports_alter() => {
                let tables = tables.into_iter().rev().collect();
                Sorted { tables, later: Vec::new() }
            }
            Err(error) => return Err(error),
        };
        let mut statements = Vec::new();
        if target.supports_alter() {
            for (at, key) in &sorted.later {
                let step = Step::DropConstraint {
                    table: sorted.tables[*at].clone(),
                    constraint: DroppedConstraint::Named {
                        name: key.name.clone(),
                        kind: Some(ConstraintKind::ForeignKey),
                        if_exists: false,
                    },
                };
                context.emit(&step, &mut statements)?;
            }
        }
        for table in sorted.tables.iter().rev() {
            statements.push(table.drop_sql(target, false).into());
        }
        let of_columns = sorted.tables.iter().flat_map(sequences_of);
        for sequence in self.sequences.iter().chain(of_columns) {
            let is_there = !(sequence.optional && target.dialect() == Dialect::Postgresql)
                && exists(sequence_object(sequence));
            if target.supports_sequences() && is_there {
                statements.push(sequence.drop_sql(target, false).into());
            }
        }
        for table in &sorted.tables {
            for own in context.new_types_of(table, |_| true) {
                if exists(type_object(&own)) {
                    statements.push(own.drop_sql(target)?.into());
                }
            }
        }
        Ok(statements)
    }

    /// The tables by their names, each behind those that its foreign keys point to
    /// (`MetaData.sorted_tables`).
    ///
    /// # Errors
    ///
    /// As [`Table::bind`].
    pub fn sorted_tables(&self) -> Result<Vec<Table>, CompileError> {
        let mut tables = self.tables.clone();
        tables.sort_by_cached_key(|table| match &table.schema {
            Some(schema) => format!("{schema}.{}", table.name),
            None => table.name.clone(),
        });
        let bound = tables.iter().map(|table| table.bind(&self.naming));
        let sorted = sort(&bound.collect::<Result<Vec<_>, _>>()?, &|_| true)?;
        let found = sorted.tables.iter().filter_map(|bound| {
            tables.iter().find(|table| table.name == bound.name && table.schema == bound.schema)
        });
        Ok(found.cloned().collect())
    }

    fn bound(&self, is_meant: impl Fn(&Table) -> bool) -> Result<Vec<BoundTable>, CompileError> {
        let meant = self.tables.iter().filter(|table| is_meant(table));
        meant.map(|table| table.bind(&self.naming)).collect()
    }
}

fn table_object(table: &Table) -> SchemaObject<'_> {
    SchemaObject::Table { schema: table.schema.as_deref(), name: &table.name }
}

fn sequence_object(sequence: &Sequence) -> SchemaObject<'_> {
    SchemaObject::Sequence { schema: sequence.schema.as_deref(), name: &sequence.name }
}

fn type_object<'a>(own: &'a OwnType<'_>) -> SchemaObject<'a> {
    SchemaObject::Type { schema: own.schema(), name: own.name() }
}

fn sequences_of(table: &BoundTable) -> impl Iterator<Item = &Sequence> {
    table.columns.iter().filter_map(|column| match &column.default {
        ColumnDefault::Sequence(sequence) => Some(sequence.as_ref()),
        _ => None,
    })
}

fn keys_of(table: &BoundTable) -> impl Iterator<Item = &ForeignKeyConstraint> {
    table.constraints.iter().filter_map(|constraint| match constraint {
        Constraint::ForeignKey(key) => Some(key),
        _ => None,
    })
}

/// The place of the table that a foreign key points to, if it is among these and another.
fn referred(tables: &[BoundTable], key: &ForeignKeyConstraint) -> Option<usize> {
    let to = key.targets.first()?;
    tables.iter().position(|table| table.name == to.table && table.schema == to.schema)
}

/// Sorts as SQLAlchemy does: in rounds, by what each table points to. Where that is a circle, the
/// foreign keys that can wait, of the tables in it, come later.
fn sort(
    tables: &[BoundTable],
    can_wait: &dyn Fn(&ForeignKeyConstraint) -> bool,
) -> Result<Sorted, CompileError> {
    let mut later: Vec<(usize, ForeignKeyConstraint)> = Vec::new();
    let mut edges: Vec<(usize, usize)> = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        for key in keys_of(table) {
            if key.actions.use_alter {
                later.push((at, key.clone()));
            } else if let Some(to) = referred(tables, key).filter(|to| *to != at) {
                edges.push((to, at));
            }
        }
    }
    let mut order = rounds(tables.len(), &edges);
    if order.is_none() {
        let circles = in_circles(tables.len(), &edges);
        let mut left = edges.clone();
        for (at, table) in tables.iter().enumerate() {
            if !circles.contains(&at) || !edges.iter().any(|(_, to)| *to == at) {
                continue;
            }
            for key in keys_of(table).filter(|key| can_wait(key)) {
                if later.iter().all(|(of, known)| *of != at || known != key) {
                    later.push((at, key.clone()));
                }
                let to = referred(tables, key);
                left.retain(|(from, of)| Some(*from) != to || *of != at);
            }
        }
        order = rounds(tables.len(), &left);
        if order.is_none() {
            let mut names: Vec<String> = circles.iter().map(|at| tables[*at].full_name()).collect();
            names.sort_unstable();
            return Err(CompileError::CircularDependency(format!(
                "Can't sort tables for DROP; an unresolvable foreign key dependency exists between \
                 tables: {}.  Please ensure that the ForeignKey and ForeignKeyConstraint objects \
                 involved in the cycle have names so that they can be dropped using DROP \
                 CONSTRAINT.",
                names.join(", ")
            )));
        }
    }
    let order = order.unwrap_or_default();
    let place = |at: usize| order.iter().position(|known| *known == at).unwrap_or(0);
    let later = later.into_iter().map(|(at, key)| (place(at), key)).collect();
    Ok(Sorted { tables: order.iter().map(|at| tables[*at].clone()).collect(), later })
}

/// The numbers below `count`, each behind those that an edge puts before it; none for a circle.
fn rounds(count: usize, edges: &[(usize, usize)]) -> Option<Vec<usize>> {
    let mut waiting: Vec<usize> = (0..count).collect();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let must_wait = |at: &usize| {
            edges.iter().any(|(before, after)| after == at && waiting.contains(before))
        };
        let (later, now): (Vec<usize>, Vec<usize>) = waiting.iter().copied().partition(must_wait);
        if now.is_empty() {
            return None;
        }
        order.extend(now);
        waiting = later;
    }
    Some(order)
}

/// The numbers that lie on a circle.
fn in_circles(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let comes_back = |start: usize| {
        let mut seen = vec![false; count];
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            for (_, to) in edges.iter().filter(|(from, _)| *from == at) {
                if *to == start {
                    return true;
                }
                if !std::mem::replace(&mut seen[*to], true) {
                    open.push(*to);
                }
            }
        }
        false
    };
    (0..count).filter(|at| comes_back(*at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SqlType;
    use crate::table::Column;
    use crate::table::ForeignKey;

    fn pointing(name: &str, to: &str, key_name: Option<&str>) -> Table {
        let mut key = ForeignKey::new(format!("{to}.id").as_str());
        key.name = key_name.into();
        Table::new(name)
            .column(Column::new("id", SqlType::integer()).primary_key())
            .column(Column::new("other", SqlType::integer()).references(key))
    }

    fn firsts(statements: &[DdlStatement]) -> Vec<&str> {
        let lines = statements.iter().map(|statement| statement.sql.trim().lines().next());
        lines.map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn tables_come_behind_those_they_point_to() {
        let metadata = MetaData {
            tables: vec![pointing("a", "b", None), pointing("b", "c", None), Table::new("c")],
            ..MetaData::default()
        };
        let created = metadata.create_all(&Target::postgresql(), &|_| false).unwrap();
        assert_eq!(firsts(&created), ["CREATE TABLE c (", "CREATE TABLE b (", "CREATE TABLE a ("]);
        let dropped = metadata.drop_all(&Target::postgresql(), &|_| true).unwrap();
        assert_eq!(firsts(&dropped), ["DROP TABLE a", "DROP TABLE b", "DROP TABLE c"]);
        let is_c =
            |object: SchemaObject<'_>| matches!(object, SchemaObject::Table { name: "c", .. });
        assert_eq!(metadata.create_all(&Target::postgresql(), &is_c).unwrap().len(), 2);
    }

    #[test]
    fn a_circle_is_closed_by_an_alter() {
        let metadata = MetaData {
            tables: vec![pointing("a", "b", Some("fk_a")), pointing("b", "a", Some("fk_b"))],
            ..MetaData::default()
        };
        let created = metadata.create_all(&Target::postgresql(), &|_| false).unwrap();
        assert_eq!(
            firsts(&created),
            [
                "CREATE TABLE a (",
                "CREATE TABLE b (",
                "ALTER TABLE a ADD CONSTRAINT fk_a FOREIGN KEY(other) REFERENCES b (id)",
                "ALTER TABLE b ADD CONSTRAINT fk_b FOREIGN KEY(other) REFERENCES a (id)",
            ]
        );
        let on_sqlite = metadata.create_all(&Target::sqlite(), &|_| false).unwrap();
        assert_eq!(on_sqlite.len(), 2);
        assert!(on_sqlite[0].sql.contains("REFERENCES b"));
    }

    #[test]
    fn a_circle_without_names_cannot_be_dropped() {
        let metadata = MetaData {
            tables: vec![pointing("a", "b", None), pointing("b", "a", None)],
            ..MetaData::default()
        };
        assert!(metadata.drop_all(&Target::postgresql(), &|_| true).is_err());
        assert_eq!(metadata.drop_all(&Target::sqlite(), &|_| true).unwrap().len(), 2);
    }
}
