//! The journal: what it tells, files that were edited after they were applied, statements that
//! people settle.

mod doubt;
mod edited;
mod gone;
mod half_way;
mod listing;
mod lookup;
mod never_ran;
mod resolving;
mod showing;

/// What differs from run to run and from machine to machine.
const FILTERS: [(&str, &str); 4] = [
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)", "$$DATE"),
    (r"by (\S+) at [^\s,]+", "by $1 at $$HOST"),
    (r"run [0-9a-f]{8}\)", "run $$RUN)"),
    (r"in \d+(\.\d)? (ms|s)\b", "in $$TIME"),
];
