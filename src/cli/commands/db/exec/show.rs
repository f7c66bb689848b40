//! What statements answer, shown as it comes: of a long answer nothing is held but the beginning
//! of a table, by which its columns are made wide enough.

mod csv;
mod json;
mod table;

use std::io;

use crate::cli::each_site::SiteErrors;
use crate::db::Answered;
use crate::db::TakeRows;
use crate::ui::Output;

use csv::Csv;
use json::Json;
use json::JsonAnswer;
use table::TableAnswer;

/// How rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Aligned columns
    Table,
    /// Comma-separated values
    Csv,
    /// As --json
    Json,
}

/// All that the statements of a command answer, on whatever databases.
pub(super) struct Show {
    format: Format,
    json: Json,
    /// How many results have been shown.
    shown: usize,
}

/// What one statement answers.
pub(super) trait ShowAnswer: TakeRows {
    /// It has come to its end, or, with nothing, has failed.
    fn end(&mut self, answered: Option<Answered>) -> io::Result<()>;
}

impl Show {
    pub(super) fn new(format: Format) -> Show {
        Show { format, json: Json::default(), shown: 0 }
    }

    /// What follows is of this database; `is_one_of` several.
    pub(super) fn begin_database(
        &mut self,
        name: &str,
        is_one_of: bool,
        output: &mut Output<'_>,
    ) -> io::Result<()> {
        if self.format == Format::Json {
            return output.json_piece(&self.json.begin_database(name)?);
        }
        if is_one_of {
            output.talk(format_args!("[{name}]"));
        }
        Ok(())
    }

    /// What follows is of one statement.
    pub(super) fn answer<'a>(&'a mut self, output: &'a mut Output<'_>) -> Box<dyn ShowAnswer + 'a> {
        match self.format {
            Format::Table => Box::new(TableAnswer::new(&mut self.shown, output)),
            Format::Csv => Box::new(Csv::new(&mut self.shown, output)),
            Format::Json => Box::new(JsonAnswer::new(&mut self.json, output)),
        }
    }

    /// That was all of the database.
    pub(super) fn end_database(&mut self, output: &mut Output<'_>) -> io::Result<()> {
        match self.format {
            Format::Json => output.json_piece(&self.json.end_database()),
            Format::Table | Format::Csv => Ok(()),
        }
    }

    /// That was all.
    pub(super) fn end(&mut self, errors: &SiteErrors, output: &mut Output<'_>) -> io::Result<()> {
        match self.format {
            Format::Json => output.json_piece(&self.json.end(&errors.as_json())?),
            Format::Table | Format::Csv => Ok(()),
        }
    }
}

/// Tells how many rows a statement has changed.
fn tell_changed(count: usize, output: &mut Output<'_>) {
    output.talk(match count {
        0 => "done".to_owned(),
        1 => "done, 1 row".to_owned(),
        count => format!("done, {count} rows"),
    });
}
