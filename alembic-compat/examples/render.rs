//! Renders revisions offline; one JSON line for each run.
#![allow(clippy::print_stdout, clippy::unwrap_used)]
use limbeck_alembic::sa::offline::{Direction, render};
use limbeck_alembic::stdlib;
use limbeck_schema::Target;
use limbeck_schema::table::NamingConvention;
fn main() {
    let target = match std::env::args().nth(1).unwrap().as_str() {
        "postgresql" => Target::postgresql(),
        "sqlite" => Target::sqlite(),
        _ => Target::mysql(),
    };
    for path in std::env::args().skip(2) {
        let Ok(source) = std::fs::read_to_string(&path) else { continue };
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            let result =
                render(&source, &path, direction, &target, &NamingConvention::default(), &|i| {
                    stdlib::register(i)
                });
            let value = match result {
                Ok(s) => {
                    serde_json::json!({"file": path, "direction": direction.function(), "sql": s})
                }
                Err(e) => {
                    serde_json::json!({"file": path, "direction": direction.function(), "error": e.to_string()})
                }
            };
            println!("{value}");
        }
    }
}
