//! How new revision files are called, and when they are dated.

use insta::assert_snapshot;

use super::project::{ENV, INI, alembic_project, bare_project};
use crate::support::{DATES, TestEnvironment};

fn with(lines: &str) -> TestEnvironment {
    bare_project(&format!("{INI}{lines}\n"), ENV)
}

/// The only file below versions.
fn only_file(env: &TestEnvironment) -> String {
    env.files("migrations/versions").join(" ")
}

#[test]
fn a_template_with_a_directory() {
    let env = with(
        "file_template = %%(year)d/%%(month).2d/%%(rev)s-%%(slug)s\nrecursive_version_locations = true",
    );
    insta::with_settings!({filters => [(r"\d{4}/\d\d/", "YYYY/MM/")]}, {
        assert_snapshot!(env.run(&["revision", "--rev-id", "a1", "-m", "Add it"]), @"
        Creating directory $PROJ/migrations/versions/2026/11 ...  done
        Generating $PROJ/migrations/versions/YYYY/MM/a1-add_it.py ...  done
        ------- stderr -------
        [exit status: 0]
        ");
        assert_snapshot!(only_file(&env), @"
        YYYY/MM/a1-add_it.py
        ");
    });
    assert_eq!(env.run(&["heads"]).ok(), "a1 (head)\n");
}

#[test]
fn a_directory_that_is_not_searched() {
    let env = with("file_template = deep/%%(rev)s");
    assert_snapshot!(env.run(&["revision", "--rev-id", "a1"]), @"
    Creating directory $PROJ/migrations/versions/deep ...  done
    Generating $PROJ/migrations/versions/deep/a1.py ...  done
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(env.run(&["heads"]).ok(), "");
}

#[test]
fn a_template_that_is_none() {
    for template in ["%%(nosuch)s", "%%(rev)", "../../%%(rev)s", "%%(rev)d", "constant"] {
        let env = with(&format!("file_template = {template}"));
        let output = env.run(&["revision", "--rev-id", "a1"]);
        insta::with_settings!({description => template}, {
            match template {
                "%%(nosuch)s" => assert_snapshot!(output, @"
                ------- stderr -------
                error: cannot name a revision file in $PROJ/migrations/versions
                  file_template is malformed
                  unknown token '%(nosuch)' at column 1
                [exit status: 78]
                "),
                "%%(rev)" => assert_snapshot!(output, @"
                ------- stderr -------
                error: cannot name a revision file in $PROJ/migrations/versions
                  file_template is malformed
                  a lone '%' at column 1 (write '%%' for a percent sign)
                [exit status: 78]
                "),
                "../../%%(rev)s" => assert_snapshot!(output, @"
                ------- stderr -------
                error: cannot name a revision file in $PROJ/migrations/versions
                  '../../a1.py' leads out of the version location
                [exit status: 78]
                "),
                "%%(rev)d" => assert_snapshot!(output, @"
                ------- stderr -------
                error: cannot name a revision file in $PROJ/migrations/versions
                  file_template is malformed
                  token '%(rev)' at column 1 has no conversion 'd'
                [exit status: 78]
                "),
                _ => assert_snapshot!(output, @"
                Generating $PROJ/migrations/versions/constant.py ...  done
                ------- stderr -------
                [exit status: 0]
                "),
            }
        });
    }
}

#[test]
fn the_slug_is_cut() {
    let env = with("truncate_slug_length = 10");
    env.run(&["revision", "--rev-id", "a1", "-m", "Create the Table, of users: ÄÖ"]).ok();
    assert_eq!(only_file(&env), "a1_create_.py");
    let env = with("truncate_slug_length = ten");
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: the value of 'truncate_slug_length' must be a whole number that is not negative, not 'ten'
      --> alembic.ini:4:1
       |  truncate_slug_length = ten
       |  ^
    [exit status: 78]
    ");
}

#[test]
fn the_time_zone() {
    let stamp = |zone: &str| {
        let env = with(&format!("timezone = {zone}"));
        env.run(&["revision", "--rev-id", "a1"]).ok();
        let text = env.read("migrations/versions/a1_.py");
        text.lines().find_map(|line| line.strip_prefix("Create Date: ")).unwrap().to_owned()
    };
    assert!(stamp("UTC").ends_with("+00:00"));
    assert!(stamp("utc").ends_with("+00:00"));
    assert!(stamp("Asia/Kolkata").ends_with("+05:30"));
    assert!(stamp("EST5EDT").contains("-0"));
    let local = alembic_project();
    local.run(&["revision", "--rev-id", "c3"]).ok();
    let text = local.read("migrations/versions/c3_.py");
    let date = text.lines().find(|line| line.starts_with("Create Date: ")).unwrap();
    assert!(!date.contains('+'), "{date}");
    let env = with("timezone = Middle/Earth");
    assert_snapshot!(env.run(&["revision", "-m", "x"]), @"
    ------- stderr -------
    error: Can't locate timezone: Middle/Earth
    [exit status: 78]
    ");
    assert_eq!(only_file(&env), "");
    assert_eq!(env.run(&["heads"]).ok(), "");
}

#[test]
fn another_encoding_is_honoured_where_it_makes_no_difference() {
    for encoding in ["UTF8", "utf_8", "ascii", "latin-1", "iso8859-15"] {
        let env = with(&format!("output_encoding = {encoding}"));
        env.run(&["revision", "--rev-id", "a1", "-m", "plain"]).ok();
    }
    for encoding in ["latin-1", "utf-16", "cp1252", "utf-8-sig", "nosuch"] {
        let env = with(&format!("output_encoding = {encoding}"));
        assert_eq!(env.run(&["revision", "-m", "für"]).code(), Some(78), "{encoding}");
        assert_eq!(only_file(&env), "");
        assert_eq!(env.run(&["history"]).ok(), "");
        // Our own files are always in UTF-8.
        env.run(&["revision", "--template", "sql", "-m", "für"]).ok();
    }
    let env = with("output_encoding = utf-16");
    assert_snapshot!(env.run(&["revision", "-m", "x"]), @"
    ------- stderr -------
    error: output_encoding is 'utf-16', and new revision files are written in UTF-8
      nothing has been written
    hint: leave `output_encoding` out, or set it to utf-8, which Python reads by itself
    [exit status: 78]
    ");
}

#[test]
fn revision_environment_is_taken() {
    let env = with("revision_environment = true");
    insta::with_settings!({filters => DATES}, {
        assert_snapshot!(env.run(&["revision", "--rev-id", "a1", "-m", "x"]), @"
        Generating $PROJ/migrations/versions/a1_x.py ...  done
        ------- stderr -------
        [exit status: 0]
        ");
    });
    assert_eq!(env.run(&["history"]).ok(), "<base> -> a1 (head), x\n");
    assert!(!env.path("app.db").exists());
    assert_snapshot!(with("revision_environment = maybe").run(&["heads"]), @"
    ------- stderr -------
    error: String is not true/false: 'maybe'
      --> alembic.ini:4:1
       |  revision_environment = maybe
       |  ^
    [exit status: 78]
    ");
}

#[test]
fn where_several_locations_wait() {
    let env = alembic_project();
    env.write("alembic.ini", format!("{INI}path_separator = os\nversion_locations = %(here)s/migrations/versions:%(here)s/more\n"));
    assert_snapshot!(env.run(&["revision", "--rev-id", "c3", "-m", "beside its head"]), @"
    Generating $PROJ/migrations/versions/c3_beside_its_head.py ...  done
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["revision", "--head", "base", "-m", "where?"]), @"
    ------- stderr -------
    error: Multiple version locations present, please specify --version-path
      migrations/versions
      more
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["revision", "--head", "base", "--version-path", "more", "--rev-id", "z1"]), @"
    Creating directory $PROJ/more ...  done
    Generating $PROJ/more/z1_.py ...  done
    ------- stderr -------
    [exit status: 0]
    ");
}
