//! The journal as it is read whole, and journals of earlier versions.

use super::*;
use crate::db::JournalFilter;
use crate::db::StoredRevision;

/// The columns of the first version.
const FIRST_COLUMNS: &str = "run_id UUID NOT NULL, revision TEXT NOT NULL, direction TEXT NOT NULL, \
     event TEXT NOT NULL, raw_digest TEXT, normalized_digest TEXT, statement_no INTEGER, \
     statement_count INTEGER, started_at TIMESTAMPTZ NOT NULL, finished_at TIMESTAMPTZ, \
     actor TEXT NOT NULL, host TEXT NOT NULL, tool_version TEXT NOT NULL, error TEXT";

/// A journal as the first version made it, with one row.
fn make_first_journal(url: &DatabaseUrl) {
    let (id, types) = match url.dialect() {
        Dialect::Sqlite => (
            "INTEGER PRIMARY KEY AUTOINCREMENT",
            FIRST_COLUMNS.replace("UUID", "TEXT").replace("TIMESTAMPTZ", "TEXT"),
        ),
        Dialect::Mysql => (
            "BIGINT AUTO_INCREMENT PRIMARY KEY",
            FIRST_COLUMNS.replace("UUID", "CHAR(36)").replace("TIMESTAMPTZ", "DATETIME(6)"),
        ),
        Dialect::Postgresql => {
            ("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", FIRST_COLUMNS.to_owned())
        }
    };
    // MySQL's type has no zone.
    let zone = if url.dialect() == Dialect::Mysql { "" } else { "Z" };
    let mut session = open(url);
    for text in [
        format!("CREATE TABLE limbeck_journal (id {id}, {types})"),
        format!(
            "INSERT INTO limbeck_journal (run_id, revision, direction, event, started_at, actor, \
             host, tool_version) VALUES ('00000000-0000-0000-0000-000000000000', 'old', 'upgrade', \
             'done', '2026-01-02T03:04:05.000006{zone}', 'me', 'here', '0.0.9')"
        ),
    ] {
        session.run(&statement(&text)).unwrap();
    }
}

fn stored() -> StoredRevision {
    StoredRevision {
        header: "{\"message\": \"it's \\\\ \u{fc}\"}".to_owned(),
        upgrade: "-- it's\nSELECT 'a\\';\r\n".to_owned(),
        downgrade: Some(String::new()),
    }
}

#[test]
fn a_log_is_read_in_the_order_in_which_it_was_written() {
    for url in databases().urls {
        let mut session = open(&url);
        for filter in [JournalFilter::All, JournalFilter::Finished, JournalFilter::Digests] {
            assert_eq!(session.journal_log(&filter).unwrap(), None, "{url}");
        }
        session.ensure_journal().unwrap();
        assert_eq!(session.journal_log(&JournalFilter::All).unwrap(), Some(Vec::new()));
        for number in 1..=12 {
            let statement = (number % 3 == 0).then_some((number, 12));
            session.record(&JournalEntry { statement, ..entry(&format!("r{number}")) }).unwrap();
        }
        let accept = JournalEntry { event: JournalEvent::Accept, ..entry("r1") };
        session.record(&accept).unwrap();
        let mut ids = |filter: JournalFilter| -> Vec<u64> {
            let log = session.journal_log(&filter).unwrap().unwrap();
            log.iter().map(|record| record.id).collect()
        };
        assert_eq!(ids(JournalFilter::All), (1..=13).collect::<Vec<_>>(), "{url}");
        assert_eq!(ids(JournalFilter::Last(3)), [11, 12, 13], "{url}");
        assert_eq!(ids(JournalFilter::Finished), [1, 2, 4, 5, 7, 8, 10, 11, 13], "{url}");
        assert_eq!(ids(JournalFilter::Open), [3, 6, 9, 12], "{url}");
        assert_eq!(ids(JournalFilter::Revision("r1".into())), [1, 13], "{url}");
        let brief = |filter: JournalFilter, session: &mut dyn Database| -> Vec<_> {
            let log = session.journal_log(&filter).unwrap().unwrap();
            let brief = |r: JournalRecord| (r.revision, r.direction, r.event, r.raw_digest);
            log.into_iter().map(brief).collect()
        };
        let finished = brief(JournalFilter::Finished, session.as_mut());
        let mut digests = session.journal_log(&JournalFilter::Digests).unwrap().unwrap();
        let statements = digests.iter().filter_map(|record| record.statement);
        assert_eq!(statements.collect::<Vec<_>>(), [(3, 12), (6, 12), (9, 12), (12, 12)], "{url}");
        digests.retain(|record| record.statement.is_none());
        let digests = digests.into_iter().map(|r| (r.revision, r.direction, r.event, r.raw_digest));
        assert_eq!(digests.collect::<Vec<_>>(), finished, "{url}");
        let rows = session.journal("r1").unwrap();
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 13]);
        session.record(&entry("r6")).unwrap();
        session.record(&JournalEntry { statement: Some((1, 12)), ..entry("r9") }).unwrap();
        let open = session.journal_log(&JournalFilter::Open).unwrap().unwrap();
        assert_eq!(open.iter().map(|record| record.id).collect::<Vec<_>>(), [3, 9, 12, 15]);
    }
}

#[test]
fn rows_and_digests_are_what_two_questions_tell() {
    for url in databases().urls {
        let mut session = open(&url);
        let check = |session: &mut dyn Database, tables: (bool, bool)| {
            let (rows, digests) = session.rows_and_digests().unwrap();
            assert_eq!((rows.is_some(), digests.is_some()), tables, "{url}");
            assert_eq!(rows, session.version_rows().unwrap(), "{url}");
            assert_eq!(digests, session.journal_log(&JournalFilter::Digests).unwrap(), "{url}");
        };
        check(session.as_mut(), (false, false));
        session.ensure_version_table().unwrap();
        check(session.as_mut(), (true, false));
        session.ensure_journal().unwrap();
        check(session.as_mut(), (true, true));
        for number in 0..12 {
            let statement = (number % 3 == 0).then_some((number + 1, 12));
            session.record(&JournalEntry { statement, ..entry(&format!("r{number}")) }).unwrap();
        }
        session.record(&JournalEntry { raw_digest: None, ..entry("r1, r2") }).unwrap();
        session.change_heads(&change(&[], &["b1", "a1"])).unwrap();
        check(session.as_mut(), (true, true));
        // Nine of them whole, and the statements of the other four, which are not finished.
        assert_eq!(session.rows_and_digests().unwrap().1.unwrap().len(), 13, "{url}");
        session.record(&entry("r0")).unwrap();
        check(session.as_mut(), (true, true));
        assert_eq!(session.rows_and_digests().unwrap().1.unwrap().len(), 13, "{url}");
        session.begin().unwrap();
        check(session.as_mut(), (true, true));
        session.rollback().unwrap();
    }
}

#[test]
fn a_record_is_what_was_written() {
    for url in databases().urls {
        let mut session = open(&url);
        session.ensure_journal().unwrap();
        let written = JournalEntry {
            file: Some("versions/a b\\'.sql".to_owned()),
            stored: Some(stored()),
            note: Some("why".to_owned()),
            ..entry("a")
        };
        session.begin().unwrap();
        session.record(&written).unwrap();
        session.commit().unwrap();
        // A zone of the session's own changes nothing.
        if url.dialect() == Dialect::Postgresql {
            session.run(&statement("SET TIME ZONE 'Asia/Tokyo'")).unwrap();
        }
        let mut read = |filter| session.journal_log(&filter).unwrap().unwrap().remove(0);
        let record = read(JournalFilter::Revision("a".into()));
        assert_eq!(record.started_at, written.started_at, "{url}");
        assert_eq!(record.finished_at, written.finished_at);
        assert_eq!((&record.file, &record.note), (&written.file, &written.note));
        assert_eq!(record.stored, written.stored);
        assert_eq!((record.actor.as_str(), record.host.as_str()), ("it's \\ \"me\"", "höst"));
        let brief = read(JournalFilter::All);
        assert_eq!((&brief.file, &brief.stored), (&written.file, &None));
        let finished = read(JournalFilter::Finished);
        assert_eq!((&finished.file, &finished.raw_digest), (&None, &written.raw_digest));
    }
}

#[test]
fn a_journal_of_an_earlier_version_is_read_and_completed() {
    for url in databases().urls {
        make_first_journal(&url);
        let mut session = open(&url);
        for filter in [
            JournalFilter::All,
            JournalFilter::Last(5),
            JournalFilter::Finished,
            JournalFilter::Digests,
            JournalFilter::Revision("old".into()),
        ] {
            let log = session.journal_log(&filter).unwrap().unwrap();
            assert_eq!(log.len(), 1, "{url} {filter:?}");
            assert_eq!((&log[0].file, &log[0].stored), (&None, &None));
        }
        assert_eq!(session.journal("old").unwrap().len(), 1);
        // Several runs at once, and one in the middle of a transaction.
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| open(&url).ensure_journal().unwrap());
            }
        });
        session.begin().unwrap();
        session.ensure_journal().unwrap();
        session.record(&JournalEntry { stored: Some(stored()), ..entry("new") }).unwrap();
        session.commit().unwrap();
        let log = session.journal_log(&JournalFilter::Revision("new".into())).unwrap().unwrap();
        assert_eq!(log[0].stored, Some(stored()), "{url}");
        assert_eq!(session.journal_log(&JournalFilter::All).unwrap().unwrap().len(), 2);
    }
}
