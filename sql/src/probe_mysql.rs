//! What the statements leave behind that only MySQL and MariaDB have: an `ALTER TABLE` of several
//! actions, `RENAME TABLE`, routines and events.
//!
//! A statement takes effect as a whole there ("Atomic Data Definition Statement Support" of
//! MySQL's manual, "Atomic DDL" of MariaDB's), so what the catalog tells of one of its actions
//! holds for all of them.

use super::cursor::Cursor;
use super::cursor::QualifiedName;
use super::effect::CatalogObject;
use super::effect::Effect;
use super::effect::ObjectKind;
use super::effect::Trace;
use super::token::TokenKind;

/// The name that the catalog has for the index of a primary key.
const PRIMARY: &str = "PRIMARY";

/// Options of a table, and actions that leave a table as a first run would have left it.
const REPEATABLE: [&str; 34] = [
    "ALGORITHM",
    "ALTER",
    "AUTO_INCREMENT",
    "AVG_ROW_LENGTH",
    "CHARACTER",
    "CHARSET",
    "CHECKSUM",
    "COLLATE",
    "COMMENT",
    "COMPRESSION",
    "DEFAULT",
    "DELAY_KEY_WRITE",
    "DISABLE",
    "ENABLE",
    "ENCRYPTED",
    "ENCRYPTION",
    "ENGINE",
    "FORCE",
    "INSERT_METHOD",
    "KEY_BLOCK_SIZE",
    "LOCK",
    "MAX_ROWS",
    "MIN_ROWS",
    "MODIFY",
    "ORDER",
    "PACK_KEYS",
    "PAGE_CHECKSUM",
    "PAGE_COMPRESSED",
    "ROW_FORMAT",
    "STATS_AUTO_RECALC",
    "STATS_PERSISTENT",
    "STATS_SAMPLE_PAGES",
    "WITH",
    "WITHOUT",
];

/// What one action of an `ALTER TABLE` leaves behind.
enum Action {
    Traces(Vec<Trace>),
    Repeatable,
    Unknown,
}

/// What is behind `ALTER TABLE`.
pub(super) fn alter_table(mut cursor: Cursor<'_>) -> Option<Effect> {
    cursor.take(&["IF", "EXISTS"]);
    let table = cursor.qualified_name()?;
    if cursor.take(&["WAIT"]) {
        cursor.next();
    }
    cursor.take(&["NOWAIT"]);
    let mut traces = Vec::new();
    let (mut all_repeatable, mut renames) = (true, Vec::new());
    while !cursor.at_end() {
        match action(&mut cursor, &table) {
            Action::Traces(found) => {
                // Nor is it to be repeated where what goes and what comes cancel each other out.
                all_repeatable = false;
                let is_rename = found.iter().any(|trace| trace.object().kind == ObjectKind::Table);
                if is_rename { renames.extend(found) } else { traces.extend(found) }
            }
            Action::Repeatable => {}
            Action::Unknown => all_repeatable = false,
        }
        skip_action(&mut cursor);
    }
    // Under its new name the table has other columns than those that are asked for here.
    let traces = without_opposites(if renames.is_empty() { traces } else { renames });
    match (traces.is_empty(), all_repeatable) {
        (false, _) => Some(Effect::Traces(traces)),
        (true, true) => Some(Effect::Repeatable),
        (true, false) => None,
    }
}

/// Takes what is left of an action, and the comma behind it.
fn skip_action(cursor: &mut Cursor<'_>) {
    let mut depth = 0_usize;
    while let Some(token) = cursor.next() {
        match token.kind {
            TokenKind::Punctuation(b'(') => depth += 1,
            TokenKind::Punctuation(b')') => depth = depth.saturating_sub(1),
            TokenKind::Punctuation(b',') if depth == 0 => return,
            _ => {}
        }
    }
}

/// One action, read as far as it says what it is about.
fn action(cursor: &mut Cursor<'_>, table: &QualifiedName) -> Action {
    let found = if cursor.take(&["ADD"]) {
        add(cursor, table)
    } else if cursor.take(&["DROP"]) {
        drop_part(cursor, table)
    } else if cursor.take(&["CHANGE"]) {
        cursor.take(&["COLUMN"]);
        match cursor.take(&["IF", "EXISTS"]) {
            true => Some(Action::Repeatable),
            false => renamed(cursor, table, ObjectKind::Column, None),
        }
    } else if cursor.take(&["RENAME"]) {
        rename(cursor, table)
    } else {
        // What else can be done with partitions is not to be repeated.
        let is_repeatable = cursor.take(&["PARTITION", "BY"])
            || cursor.take(&["CONVERT", "TO"])
            || cursor.at_any(&REPEATABLE);
        is_repeatable.then_some(Action::Repeatable)
    };
    found.unwrap_or(Action::Unknown)
}

fn of_table(kind: ObjectKind, table: &QualifiedName, name: String) -> CatalogObject {
    CatalogObject { kind, schema: table.schema.clone(), table: Some(table.name.clone()), name }
}

fn creates(kind: ObjectKind, table: &QualifiedName, name: String) -> Action {
    Action::Traces(vec![Trace::Creates(of_table(kind, table, name))])
}

fn drops(kind: ObjectKind, table: &QualifiedName, name: String) -> Action {
    Action::Traces(vec![Trace::Drops(of_table(kind, table, name))])
}

/// Behind `ADD`.
fn add(cursor: &mut Cursor<'_>, table: &QualifiedName) -> Option<Action> {
    if cursor.take(&["CONSTRAINT"]) {
        if cursor.take(&["IF", "NOT", "EXISTS"]) {
            return Some(Action::Repeatable);
        }
        // The server can choose the name itself, and does not keep that of a primary key.
        if cursor.at_any(&["UNIQUE", "FOREIGN", "CHECK"]) {
            return None;
        }
        if cursor.take(&["PRIMARY"]) {
            return Some(creates(ObjectKind::Index, table, PRIMARY.to_owned()));
        }
        let mut name = cursor.name()?;
        if cursor.take(&["PRIMARY"]) {
            return Some(creates(ObjectKind::Index, table, PRIMARY.to_owned()));
        }
        let mut kind = ObjectKind::Constraint;
        if cursor.at("FOREIGN") {
            kind = ObjectKind::ForeignKey;
        } else if cursor.at("CHECK") {
            kind = ObjectKind::Check;
        } else if cursor.take(&["UNIQUE"]) {
            kind = ObjectKind::Unique;
            cursor.take_any(&["INDEX", "KEY"]);
            // The name of the index is the one that counts.
            if !cursor.at("USING")
                && let Some(of_index) = cursor.clone().name()
            {
                name = of_index;
            }
        }
        return Some(creates(kind, table, name));
    }
    if cursor.take(&["PRIMARY"]) {
        return Some(creates(ObjectKind::Index, table, PRIMARY.to_owned()));
    }
    if cursor.at_any(&["FOREIGN", "CHECK", "PERIOD", "SYSTEM", "PARTITION"]) {
        return None;
    }
    let special = cursor.take(&["VECTOR", "INDEX"])
        || cursor.take(&["VECTOR", "KEY"])
        || cursor.take_any(&["UNIQUE", "FULLTEXT", "SPATIAL"]);
    if cursor.take_any(&["INDEX", "KEY"]) || special {
        if cursor.take(&["IF", "NOT", "EXISTS"]) {
            return Some(Action::Repeatable);
        }
        // Without a name the server chooses one.
        if cursor.at("USING") {
            return None;
        }
        return Some(creates(ObjectKind::Index, table, cursor.name()?));
    }
    cursor.take(&["COLUMN"]);
    if cursor.take(&["IF", "NOT", "EXISTS"]) {
        return Some(Action::Repeatable);
    }
    if !cursor.take_mark(b'(') {
        return Some(creates(ObjectKind::Column, table, cursor.name()?));
    }
    // `ADD (a INT, b INT)`; keys may stand there too.
    let mut columns = Vec::new();
    loop {
        let is_key = cursor.at_any(&[
            "CONSTRAINT",
            "PRIMARY",
            "UNIQUE",
            "FULLTEXT",
            "SPATIAL",
            "INDEX",
            "KEY",
            "FOREIGN",
            "CHECK",
        ]);
        if !is_key {
            let column = of_table(ObjectKind::Column, table, cursor.name()?);
            columns.push(Trace::Creates(column));
        }
        if !skip_to_comma(cursor) {
            return Some(Action::Traces(columns));
        }
    }
}

/// Takes what is left of one definition in parentheses, and the comma behind it; `false` at the
/// closing parenthesis, which is taken too.
fn skip_to_comma(cursor: &mut Cursor<'_>) -> bool {
    let mut depth = 0_usize;
    while let Some(token) = cursor.next() {
        match token.kind {
            TokenKind::Punctuation(b'(') => depth += 1,
            TokenKind::Punctuation(b')') if depth == 0 => return false,
            TokenKind::Punctuation(b')') => depth -= 1,
            TokenKind::Punctuation(b',') if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

/// Behind `DROP`.
fn drop_part(cursor: &mut Cursor<'_>, table: &QualifiedName) -> Option<Action> {
    if cursor.at_any(&["PARTITION", "PERIOD", "SYSTEM"]) {
        return None;
    }
    if cursor.take(&["PRIMARY"]) {
        cursor.take(&["KEY"]);
        return Some(drops(ObjectKind::Index, table, PRIMARY.to_owned()));
    }
    let kind = if cursor.take_any(&["INDEX", "KEY"]) {
        ObjectKind::Index
    } else if cursor.take(&["FOREIGN", "KEY"]) {
        ObjectKind::ForeignKey
    } else if cursor.take(&["CHECK"]) {
        ObjectKind::Check
    } else if cursor.take(&["CONSTRAINT"]) {
        ObjectKind::Constraint
    } else {
        cursor.take(&["COLUMN"]);
        ObjectKind::Column
    };
    if cursor.take(&["IF", "EXISTS"]) {
        return Some(Action::Repeatable);
    }
    Some(drops(kind, table, cursor.name()?))
}

/// Behind `RENAME`.
fn rename(cursor: &mut Cursor<'_>, table: &QualifiedName) -> Option<Action> {
    for (word, kind) in
        [("COLUMN", ObjectKind::Column), ("INDEX", ObjectKind::Index), ("KEY", ObjectKind::Index)]
    {
        if cursor.take(&[word]) {
            return match cursor.take(&["IF", "EXISTS"]) {
                true => Some(Action::Repeatable),
                false => renamed(cursor, table, kind, Some("TO")),
            };
        }
    }
    if !cursor.take_any(&["TO", "AS"]) {
        cursor.take_mark(b'=');
    }
    let to = cursor.qualified_name()?;
    // Without a schema the new name is in the database of the session, as RENAME TABLE has it.
    Some(Action::Traces(without_opposites(vec![
        Trace::Drops(table_named(table.clone())),
        Trace::Creates(table_named(to)),
    ])))
}

/// `old [between] new`; a column that keeps its name is only defined anew.
fn renamed(
    cursor: &mut Cursor<'_>,
    table: &QualifiedName,
    kind: ObjectKind,
    between: Option<&str>,
) -> Option<Action> {
    let from = cursor.name()?;
    if let Some(word) = between
        && !cursor.take(&[word])
    {
        return None;
    }
    let to = cursor.name()?;
    if from.to_lowercase() == to.to_lowercase() {
        return Some(Action::Repeatable);
    }
    Some(Action::Traces(vec![
        Trace::Drops(of_table(kind, table, from)),
        Trace::Creates(of_table(kind, table, to)),
    ]))
}

fn table_named(name: QualifiedName) -> CatalogObject {
    CatalogObject { kind: ObjectKind::Table, schema: name.schema, table: None, name: name.name }
}

/// What is behind `RENAME TABLE`: `a TO b, c TO d`, done from left to right.
pub(super) fn rename_table(mut cursor: Cursor<'_>) -> Option<Effect> {
    if cursor.take(&["IF", "EXISTS"]) {
        return None;
    }
    let mut traces = Vec::new();
    loop {
        let from = cursor.qualified_name()?;
        if cursor.take(&["WAIT"]) {
            cursor.next();
        }
        cursor.take(&["NOWAIT"]);
        if !cursor.take(&["TO"]) {
            return None;
        }
        let to = cursor.qualified_name()?;
        traces.push(Trace::Drops(table_named(from)));
        traces.push(Trace::Creates(table_named(to)));
        if cursor.at_end() {
            break;
        }
        if !cursor.take_mark(b',') {
            return None;
        }
    }
    // Two tables that change places leave nothing that could be seen.
    let traces = without_opposites(traces);
    (!traces.is_empty()).then_some(Effect::Traces(traces))
}

/// What is behind `DROP TABLE` or `DROP VIEW`: a list.
pub(super) fn drop_several(mut cursor: Cursor<'_>, kind: ObjectKind) -> Option<Effect> {
    let mut traces = Vec::new();
    loop {
        let name = cursor.qualified_name()?;
        traces.push(Trace::Drops(CatalogObject {
            kind,
            schema: name.schema,
            table: None,
            name: name.name,
        }));
        if !cursor.take_mark(b',') {
            break;
        }
    }
    if cursor.take(&["WAIT"]) {
        cursor.next();
    }
    cursor.take(&["NOWAIT"]);
    cursor.take_any(&["CASCADE", "RESTRICT"]);
    cursor.at_end().then_some(Effect::Traces(traces))
}

/// Behind `CREATE`: a routine or an event; `None` where it is none, or where the catalog of such
/// objects does not know it.
pub(super) fn create_routine(mut cursor: Cursor<'_>) -> Option<Effect> {
    cursor.take(&["AGGREGATE"]);
    let kind = take_routine(&mut cursor)?;
    if cursor.take(&["IF", "NOT", "EXISTS"]) {
        return Some(Effect::Repeatable);
    }
    let name = cursor.qualified_name()?;
    let is_elsewhere = match kind {
        // A function of a shared library has no parameters, and is in another catalog.
        ObjectKind::Function => cursor.at("RETURNS"),
        // An event that happens once removes itself.
        ObjectKind::Event => cursor.skip_behind("SCHEDULE") && cursor.at("AT"),
        _ => false,
    };
    let object = CatalogObject { kind, schema: name.schema, table: None, name: name.name };
    (!is_elsewhere).then_some(Effect::Creates(object))
}

/// Behind `DROP`: a routine or an event.
pub(super) fn drop_routine(mut cursor: Cursor<'_>) -> Option<Effect> {
    let kind = take_routine(&mut cursor)?;
    if cursor.take(&["IF", "EXISTS"]) {
        return Some(Effect::Repeatable);
    }
    let name = cursor.qualified_name()?;
    let object = CatalogObject { kind, schema: name.schema, table: None, name: name.name };
    cursor.at_end().then_some(Effect::Drops(object))
}

fn take_routine(cursor: &mut Cursor<'_>) -> Option<ObjectKind> {
    [
        ("PROCEDURE", ObjectKind::Procedure),
        ("FUNCTION", ObjectKind::Function),
        ("EVENT", ObjectKind::Event),
    ]
    .into_iter()
    .find_map(|(word, kind)| cursor.take(&[word]).then_some(kind))
}

/// What is behind `ALTER`, other than a table: what gives an object a definition as a whole.
pub(super) fn alters_as_a_whole(mut cursor: Cursor<'_>) -> bool {
    let is_event = cursor.at("EVENT");
    if is_event && cursor.clone().skip_behind("RENAME") {
        return false;
    }
    is_event
        || cursor.at_any(&["VIEW", "PROCEDURE", "FUNCTION", "USER"])
        || (cursor.take_any(&["DATABASE", "SCHEMA"]) && !cursor.clone().skip_behind("UPGRADE"))
}

/// The traces of objects that do not both come and go: of those the catalog tells nothing.
fn without_opposites(traces: Vec<Trace>) -> Vec<Trace> {
    let same = |a: &CatalogObject, b: &CatalogObject| {
        let fold = |name: &Option<String>| name.as_deref().map(str::to_lowercase);
        a.kind.may_be(b.kind)
            && fold(&a.schema) == fold(&b.schema)
            && fold(&a.table) == fold(&b.table)
            && a.name.to_lowercase() == b.name.to_lowercase()
    };
    let has_opposite = |trace: &Trace| {
        traces.iter().any(|other| {
            let opposite = matches!(
                (trace, other),
                (Trace::Creates(_), Trace::Drops(_)) | (Trace::Drops(_), Trace::Creates(_))
            );
            opposite && same(trace.object(), other.object())
        })
    };
    let kept: Vec<bool> = traces.iter().map(|trace| !has_opposite(trace)).collect();
    traces.into_iter().zip(kept).filter_map(|(trace, kept)| kept.then_some(trace)).collect()
}
