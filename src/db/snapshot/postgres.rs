//! What is in a database of PostgreSQL: the definitions that its catalog tells, and rows.
//!
//! What belongs to an extension is left out, but for the extension itself. Every query gives the
//! table that something belongs to, what it is called, and how it is defined.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use crate::db::sql;

use super::DatabaseError;
use super::Extent;
use super::Reader;

/// Schemas that are no part of the server.
const OURS: &str = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/// That something is in a schema which is looked at.
fn ours(extent: Extent<'_>) -> String {
    match extent {
        Extent::Everything => OURS.to_owned(),
        // TimescaleDB numbers the chunks that it makes there.
        Extent::Schema => format!("{OURS} AND n.nspname !~ '^_timescaledb_'"),
        Extent::Structure(schema) => {
            format!("n.nspname = {}", sql::literal(Dialect::Postgresql, schema))
        }
    }
}

/// What a relation is called at the beginning of its lines.
const RELATION: &str = "CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'S' \
    THEN 'sequence ' WHEN 'c' THEN 'type ' WHEN 'f' THEN 'foreign table ' ELSE 'table ' END || \
    n.nspname || '.' || c.relname";

/// That an object of the catalog `class` belongs to no extension.
fn is_free(class: &str, oid: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = '{class}'::regclass AND e.objid = \
         {oid} AND e.deptype = 'e')"
    )
}

/// ` WORD TEXT`, where there is a text.
fn more(word: &str, text: &str) -> String {
    format!("coalesce(' {word} ' || ({text})::text, '')")
}

/// Rights on an object, where they are others than those of a new one: a right that was given and
/// taken away again leaves a list behind that says the same as none.
fn rights(acl: &str, kind: char, owner: &str) -> String {
    let sorted = |acl: &str| {
        format!("SELECT string_agg(x::text, ', ' ORDER BY x::text) FROM unnest({acl}) x")
    };
    let (given, usual) = (sorted(acl), sorted(&format!("acldefault('{kind}', {owner})")));
    more("rights", &format!("nullif(({given}), ({usual}))"))
}

/// Who owns an object, where that is somebody else than the one who asks.
fn owner(owner: &str) -> String {
    more("owner", &format!("nullif(pg_get_userbyid({owner}), current_user)"))
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<(), DatabaseError> {
    let free = is_free("pg_class", "c.oid");
    let ours = ours(reader.extent);
    let relations = format!("{ours} AND {free}");
    let comment = |class: &str, oid: &str| {
        more("comment", &format!("quote_literal(obj_description({oid}, '{class}'))"))
    };
    // Nobody asks of a copy who owns it, nor of a schema where its sequences are.
    let only = |is_told: bool, text: String| if is_told { text } else { "''".to_owned() };
    let is_schema = matches!(reader.extent, Extent::Schema);
    let (of_schema, of_data) = (|text| only(is_schema, text), |text| only(!is_schema, text));
    let queries = [
        format!(
            "SELECT '', 'schema ' || n.nspname, {} || {} FROM pg_namespace n WHERE {ours}",
            comment("pg_namespace", "n.oid"),
            rights("n.nspacl", 'n', "n.nspowner")
        ),
        "SELECT '', 'extension ' || x.extname, ' in ' || n.nspname FROM pg_extension x JOIN \
         pg_namespace n ON n.oid = x.extnamespace"
            .to_owned(),
        format!(
            "SELECT '', 'type ' || n.nspname || '.' || t.typname, ' enum (' || (SELECT \
             string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder) FROM pg_enum l WHERE \
             l.enumtypid = t.oid) || ')' || {} FROM pg_type t JOIN pg_namespace n ON n.oid = \
             t.typnamespace WHERE t.typtype = 'e' AND {ours} AND {}",
            comment("pg_type", "t.oid"),
            is_free("pg_type", "t.oid")
        ),
        format!(
            "SELECT '', 'domain ' || n.nspname || '.' || t.typname, ' ' || format_type(t.typbasetype, \
             t.typtypmod) || CASE WHEN t.typnotnull THEN ' not null' ELSE '' END || {} || {} || {} FROM \
             pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'd' AND {ours} AND \
             {}",
            more("default", "t.typdefault"),
            more(
                "with",
                "SELECT string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ', ' ORDER BY \
                 k.conname) FROM pg_constraint k WHERE k.contypid = t.oid"
            ),
            comment("pg_type", "t.oid"),
            is_free("pg_type", "t.oid")
        ),
        format!(
            "SELECT c.relname::text, {RELATION}, CASE c.relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END \
             || CASE WHEN c.relrowsecurity THEN ' row security' ELSE '' END || CASE WHEN \
             c.relforcerowsecurity THEN ' forced' ELSE '' END || {} || {} || {} || {} || {} || {} || {} FROM \
             pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', \
             'm', 'f', 'c') AND {relations}",
            more("partition by", "CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END"),
            more("partition", "pg_get_expr(c.relpartbound, c.oid)"),
            more(
                "of",
                "SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) FROM \
                 pg_inherits i WHERE i.inhrelid = c.oid"
            ),
            more("with", "c.reloptions"),
            rights("c.relacl", 'r', "c.relowner"),
            of_schema(owner("c.relowner")),
            comment("pg_class", "c.oid")
        ),
        format!(
            "SELECT c.relname::text, {RELATION} || ': query', ' ' || pg_get_viewdef(c.oid) FROM pg_class c JOIN \
             pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {relations}"
        ),
        format!(
            "SELECT c.relname::text, {RELATION} || ': column ' || a.attname, ' ' || format_type(a.atttypid, \
             a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || {} || {} || {} || {} || \
             {} || {} || {} || {}, (row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum))::text FROM \
             pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = \
             c.relnamespace JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = \
             c.oid AND d.adnum = a.attnum WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN \
             ('r', 'p', 'v', 'm', 'f', 'c') AND {relations}",
            more("default", "pg_get_expr(d.adbin, d.adrelid)"),
            more(
                "identity",
                "CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END"
            ),
            more("generated", "nullif(to_jsonb(a)->>'attgenerated', '')"),
            more(
                "collate",
                "SELECT o.collname FROM pg_collation o WHERE o.oid = a.attcollation AND \
                 a.attcollation <> t.typcollation"
            ),
            more("options", "a.attoptions"),
            of_schema(more(
                "storage",
                "CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END"
            )),
            rights("a.attacl", 'c', "c.relowner"),
            more("comment", "quote_literal(col_description(c.oid, a.attnum))")
        ),
        format!(
            "SELECT c.relname::text, {RELATION} || ': constraint ' || k.conname, ' ' || \
             pg_get_constraintdef(k.oid) || {} FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid \
             JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {relations}",
            comment("pg_constraint", "k.oid")
        ),
        format!(
            "SELECT c.relname::text, {RELATION} || coalesce((SELECT ': constraint ' || k.conname || ': index' \
             FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = c.oid AND k.contype IN \
             ('p', 'u', 'x')), ': index ' || (SELECT x.relname FROM pg_class x WHERE x.oid = \
             i.indexrelid)), ' ' || pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' \
             invalid' END || CASE WHEN i.indisclustered THEN ' clustered' ELSE '' END || CASE WHEN i.indisreplident THEN ' replica identity' ELSE '' END || {} FROM \
             pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = \
             c.relnamespace WHERE {relations}",
            comment("pg_class", "i.indexrelid")
        ),
        format!(
            "SELECT coalesce(o.relname::text, ''), {RELATION}, ' as ' || format_type(s.seqtypid, NULL) || ' \
             start ' || s.seqstart || ' by ' || s.seqincrement || ' from ' || s.seqmin || ' to ' || \
             s.seqmax || ' cache ' || s.seqcache || CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END || {} \
             || {} || {} || {} || {} FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON \
             n.oid = c.relnamespace LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid \
             = c.oid AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass LEFT JOIN \
             pg_class o ON o.oid = d.refobjid WHERE {relations}",
            more(
                "owned by",
                "o.relname || '.' || (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = o.oid AND \
                 a.attnum = d.refobjsubid)"
            ),
            of_data(more("at", "pg_sequence_last_value(c.oid)")),
            rights("c.relacl", 's', "c.relowner"),
            of_schema(owner("c.relowner")),
            comment("pg_class", "c.oid")
        ),
        format!(
            "SELECT c.relname::text, {RELATION} || ': trigger ' || g.tgname, ' ' || pg_get_triggerdef(g.oid) || CASE \
             g.tgenabled WHEN 'O' THEN '' ELSE ' enabled ' || g.tgenabled::text END || {} FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN \
             pg_namespace n ON n.oid = c.relnamespace WHERE NOT g.tgisinternal AND {relations}",
            comment("pg_trigger", "g.oid")
        ),
        format!(
            "SELECT c.relname::text, {RELATION} || ': rule ' || r.rulename, ' ' || pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN \
             pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE \
             r.rulename <> '_RETURN' AND {relations}"
        ),
        format!(
            "SELECT c.relname::text, {RELATION} || ': policy ' || p.polname, ' for ' || CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN \
             'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END || CASE WHEN \
             p.polpermissive THEN '' ELSE ' restrictive' END || ' to ' || (SELECT string_agg(CASE o WHEN 0 \
             THEN 'public' ELSE pg_get_userbyid(o)::text END, ', ' ORDER BY 1) FROM unnest(p.polroles) o) \
             || {} || {} FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = \
             c.relnamespace WHERE {relations}",
            more("using", "pg_get_expr(p.polqual, p.polrelid)"),
            more("check", "pg_get_expr(p.polwithcheck, p.polrelid)")
        ),
        format!(
            "SELECT '', CASE to_jsonb(f)->>'prokind' WHEN 'a' THEN 'aggregate ' WHEN 'p' THEN 'procedure ' \
             ELSE 'function ' END || n.nspname || '.' || f.proname || '(' || \
             pg_get_function_identity_arguments(f.oid) || ')', CASE WHEN to_jsonb(f)->>'prokind' = 'a' THEN \
             (SELECT ' by ' || g.aggtransfn || ' state ' || format_type(g.aggtranstype, NULL) || {} || {} \
             FROM pg_aggregate g WHERE g.aggfnoid = f.oid) ELSE ' ' || pg_get_functiondef(f.oid) END || \
             {} || {} || {} FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace WHERE {ours} \
             AND {} AND NOT EXISTS (SELECT 1 FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND \
             i.objid = f.oid AND i.deptype = 'i')",
            more("final", "nullif(g.aggfinalfn::oid, 0)::regproc"),
            more("from", "g.agginitval"),
            rights("f.proacl", 'f', "f.proowner"),
            of_schema(owner("f.proowner")),
            comment("pg_proc", "f.oid"),
            is_free("pg_proc", "f.oid")
        ),
    ];
    // What the schema itself is called, and extensions, are no part of how it is built.
    let first = if reader.schema().is_some() { 2 } else { 0 };
    for query in &queries[first..] {
        reader.entries(query)?;
    }
    match reader.extent {
        Extent::Everything => {}
        Extent::Schema => return read_others(reader),
        Extent::Structure(_) => return Ok(()),
    }
    let tables = reader.texts(&format!(
        "SELECT n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = \
         c.relnamespace WHERE c.relkind IN ('r', 'm') AND {relations} ORDER BY 1, 2"
    ))?;
    for table in &tables {
        let [schema, name] = table.as_slice() else { continue };
        if reader.is_own(name) {
            continue;
        }
        let quoted = |name: &str| quote_identifier(Dialect::Postgresql, name);
        let query = format!("SELECT (t.*)::text FROM {}.{} t", quoted(schema), quoted(name));
        reader.rows(&format!("table {schema}.{name}"), &query)?;
    }
    Ok(())
}

/// What else there may be in a database: by its name, since the rest of what the catalog tells of it
/// is numbers, which are others whenever it is made.
fn read_others(reader: &mut Reader<'_>) -> Result<(), DatabaseError> {
    /// The first of the numbers that are no part of the server.
    const FIRST: u32 = 16_384;
    const CLASSES: [&str; 17] = [
        "pg_cast",
        "pg_collation",
        "pg_conversion",
        "pg_default_acl",
        "pg_event_trigger",
        "pg_foreign_data_wrapper",
        "pg_foreign_server",
        "pg_language",
        "pg_opclass",
        "pg_operator",
        "pg_opfamily",
        "pg_publication",
        "pg_ts_config",
        "pg_ts_dict",
        "pg_ts_parser",
        "pg_ts_template",
        "pg_transform",
    ];
    let queries = CLASSES.map(|class| {
        format!(
            "SELECT '', pg_describe_object('{class}'::regclass, o.oid, 0), '' FROM {class} o WHERE o.oid >= \
             {FIRST} AND {}",
            is_free(class, "o.oid")
        )
    });
    reader.entries(&queries.join(" UNION ALL "))?;
    reader.entries(&format!(
        "SELECT c.relname::text, {RELATION} || ': statistics ' || s.stxname, ' ' || \
         pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid JOIN \
         pg_namespace n ON n.oid = c.relnamespace WHERE {OURS}"
    ))?;
    // A range is a type of its own; what it makes along is not told.
    reader.entries(&format!(
        "SELECT '', 'type ' || n.nspname || '.' || t.typname, ' range of ' || format_type(r.rngsubtype, NULL) \
         FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace \
         WHERE {OURS} AND {}",
        is_free("pg_type", "t.oid")
    ))
}
