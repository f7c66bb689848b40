//! Times as commands show them, all in UTC.

use chrono::DateTime;
use chrono::SecondsFormat;
use chrono::Utc;
use serde::Serialize;
use serde::Serializer;

/// For people: to the second.
pub(super) fn in_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// For programs, which compare times of different commands: always to the microsecond, as the
/// journal has them.
pub(super) fn in_json(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// [`in_json`] for a field of serde.
pub(super) fn serialize<S: Serializer>(
    time: &DateTime<Utc>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    in_json(*time).serialize(serializer)
}

/// [`in_json`] for a field of serde that may be empty.
pub(super) fn serialize_optional<S: Serializer>(
    time: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(in_json).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_get_more_than_people() {
        let time = DateTime::UNIX_EPOCH + chrono::TimeDelta::milliseconds(1500);
        assert_eq!(in_text(time), "1970-01-01T00:00:01Z");
        assert_eq!(in_json(time), "1970-01-01T00:00:01.500000Z");
        assert_eq!(in_json(DateTime::UNIX_EPOCH), "1970-01-01T00:00:00.000000Z");
    }
}
