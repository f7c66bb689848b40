//! Which column counts up by itself.

use super::Autoincrement;
use super::BoundTable;
use super::ColumnDefault;
use crate::CompileError;
use crate::SqlType;
use crate::Sqlalchemy;
use crate::types::Affinity;

impl BoundTable {
    /// The place of the column that counts up, if one does, as this SQLAlchemy has it.
    ///
    /// # Errors
    ///
    /// `autoincrement=True` on a column that cannot, or on two.
    pub fn autoincrement(&self, by: Sqlalchemy) -> Result<Option<usize>, CompileError> {
        let columns = &self.primary_key.columns;
        if let [at] = columns.as_slice() {
            let column = &self.columns[*at];
            return Ok(match column.autoincrement {
                Autoincrement::Yes => {
                    self.can_count_up(*at, true, by)?;
                    Some(*at)
                }
                Autoincrement::No => None,
                Autoincrement::Auto | Autoincrement::IgnoreFk => {
                    self.can_count_up(*at, false, by)?.then_some(*at)
                }
            });
        }
        let mut found: Option<usize> = None;
        for at in columns {
            if self.columns[*at].autoincrement != Autoincrement::Yes {
                continue;
            }
            self.can_count_up(*at, true, by)?;
            if let Some(other) = found {
                return Err(CompileError::Argument(format!(
                    "Only one Column may be marked autoincrement=True, found both {} and {}.",
                    self.columns[*at].name, self.columns[other].name
                )));
            }
            found = Some(*at);
        }
        Ok(found)
    }

    fn can_count_up(
        &self,
        at: usize,
        demanded: bool,
        by: Sqlalchemy,
    ) -> Result<bool, CompileError> {
        let column = &self.columns[at];
        let incompatible = |what: String| {
            let type_name = column.sql_type.class_name();
            Err(CompileError::Argument(format!(
                "Column type {type_name}{what} on column '{}.{}' is not compatible with \
                 autoincrement=True",
                self.name, column.name
            )))
        };
        let affinity = match column.sql_type.affinity() {
            // SQLAlchemy 2.0 lets all numbers count up.
            Affinity::Numeric | Affinity::Float if by == Sqlalchemy::V20 => Affinity::Integer,
            affinity => affinity,
        };
        match affinity {
            Affinity::Numeric => {
                let scale = numeric_scale(&column.sql_type);
                if demanded && scale != Some(0) {
                    let scale = scale.map_or("None".to_owned(), |scale| scale.to_string());
                    return incompatible(format!(" with non-zero scale {scale}"));
                }
                Ok(demanded)
            }
            Affinity::Integer => {
                let has_default =
                    !matches!(column.default, ColumnDefault::None | ColumnDefault::Sequence(_));
                let has_server_default =
                    column.server_default.is_some() || column.computed.is_some();
                if (has_default || has_server_default) && !demanded {
                    return Ok(false);
                }
                let ignores =
                    matches!(column.autoincrement, Autoincrement::Yes | Autoincrement::IgnoreFk);
                Ok(ignores || !self.has_foreign_key(at))
            }
            _ if demanded => incompatible(String::new()),
            _ => Ok(false),
        }
    }
}

fn numeric_scale(sql_type: &SqlType) -> Option<u32> {
    match sql_type {
        SqlType::Numeric(numeric) => numeric.scale,
        SqlType::Variant(variant) => numeric_scale(&variant.base),
        SqlType::Decorated(decorated) => numeric_scale(&decorated.implementation),
        _ => None,
    }
}
