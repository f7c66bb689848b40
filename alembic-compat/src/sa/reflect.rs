//! Tables as the server has them.

use limbeck_schema::table::Table;

use crate::eval::Args;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

/// Fills a table with what the server has (`autoload_with`).
pub(super) fn load(
    interp: &mut Interpreter,
    _table: &mut Table,
    _only: Option<&[String]>,
) -> Result<()> {
    Err(interp.unsupported("Table(autoload_with=…)"))
}

/// The table as the server has it, for batch mode; none offline.
pub(crate) fn for_batch(
    interp: &mut Interpreter,
    _schema: Option<&str>,
    _name: &str,
) -> Result<Option<Table>> {
    if super::migration::current(interp)?.is_offline() {
        return Ok(None);
    }
    Err(interp.unsupported("batch_alter_table() of a table that must be reflected"))
}

/// `MetaData.reflect()`.
pub(super) fn metadata_reflect(interp: &mut Interpreter, _: Args) -> Result<Value> {
    Err(interp.unsupported("MetaData.reflect()"))
}
