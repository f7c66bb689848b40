//! Values that would be something else if they were part of a statement, and files that are wrong.

use insta::assert_snapshot;

use super::support::{KINDS, Kind, shop};

#[test]
fn values_stay_values_whatever_is_in_them() {
    for kind in KINDS {
        let shop = shop(kind);
        let names = [
            "'); DROP TABLE countries; --",
            "a\\'b\\",
            "%s %(x)s $1 ? :x {{ tenant }}",
            "two\nlines",
            "with \"quotes\", and commas",
            "Ünïcødé ☃ 𝄞",
            " blanks ",
            "NULL",
            "",
        ];
        let rows: String = names
            .iter()
            .zip(b'a'..)
            .map(|(name, letter)| {
                format!("{},\"{}\",\r\n", char::from(letter), name.replace('"', "\"\""))
            })
            .collect();
        // With the mark that spreadsheets put before UTF-8.
        shop.write("seeds/countries.csv", &format!("\u{feff}code,name,note\r\n{rows}"));
        for _ in 0..2 {
            shop.seed(&["--again", "countries.csv"]).ok();
            for (name, letter) in names.iter().zip(b'a'..) {
                let hex = match kind {
                    Kind::Sqlite | Kind::Mariadb => "hex(name)",
                    Kind::Postgres => "upper(encode(convert_to(name, 'UTF8'), 'hex'))",
                };
                let code = char::from(letter);
                let found = shop.query(&format!(
                    "SELECT {hex} FROM countries WHERE code = '{code}' AND note IS NULL"
                ));
                let expected: String = name.bytes().map(|byte| format!("{byte:02X}")).collect();
                assert_eq!(found, expected, "{kind:?} {name:?}");
            }
        }
    }
}

#[test]
fn nothing_is_null_and_a_pair_of_quotes_is_the_empty_text() {
    for kind in KINDS {
        let shop = shop(kind);
        shop.write("seeds/countries.csv", "code,name,note\nA,,\"\"\n").write(
            "seeds/more.csv",
            "#---\n# table = \"countries\"\n# null = \"-\"\n# delimiter = \";\"\n#---\ncode;name;note\nB;-;\nC;\"-\";x,y\n",
        );
        shop.seed(&[]).ok();
        let null = "SELECT code FROM countries WHERE name IS NULL ORDER BY code";
        assert_eq!(shop.query(null), "A B");
        assert_eq!(shop.query("SELECT code FROM countries WHERE note = '' ORDER BY code"), "A B");
        assert_eq!(shop.query("SELECT name, note FROM countries WHERE code = 'C'"), "-|x,y");
    }
}

#[test]
fn files_that_are_wrong_are_refused_with_their_line_before_anything_is_run() {
    let shop = shop(Kind::Sqlite);
    shop.write("seeds/1.sql", "INSERT INTO users (name) VALUES ('ann');");
    for (text, place) in [
        (
            "code,name\nDE,Germany\nFR\n",
            "3: the row has 1 value, and the first line names 2 columns",
        ),
        (
            "code,name\nDE,Germany,x\n",
            "2: the row has 3 values, and the first line names 2 columns",
        ),
        (
            "code,name\nDE,\"Germany\nFR,France\n",
            "2: the quotation mark that opens a value here is never closed",
        ),
        ("code,name\nDE,\"a\nb\" x\n", "3: text behind a closing quotation mark"),
        ("code,name\nDE,a\"b\n", "2: a quotation mark within a value without quotes"),
        ("", "1: there is no first line, which names the columns"),
        ("code,,name\n", "1: column 2 has no name"),
        ("code,code\n", "1: column 'code' is named twice"),
        (
            "#---\n# key = [\"code\", \"nope\"]\n#---\ncode\nDE\n",
            "4: the key 'nope' is none of the columns",
        ),
        (
            "#---\n# key = \"code\"\n#---\ncode,name\n,x\n",
            "5: column 'code' is of the key, and has no value",
        ),
        (
            "#---\n# key = \"code\"\n#---\ncode\nDE\nFR\nDE\n",
            "7: the row has the key of the one in line 5",
        ),
        ("#---\n# kay = \"code\"\n#---\ncode\n", "2:3: unknown key 'kay', did you mean 'key'?"),
        (
            "#---\n# key = 3\n#---\ncode\n",
            "2:9: key 'key' takes a string or a list of strings, not an integer",
        ),
        (
            "#---\n# delimiter = \"ab\"\n#---\ncode\n",
            "2:15: key 'delimiter': is one character, such as ';'",
        ),
        (
            "#---\n# null = \"\ncode\n",
            "1:1: the front matter is no TOML: the front matter has no closing line '#---'",
        ),
    ] {
        shop.write("seeds/2_countries.csv", text);
        let output = shop.seed(&[]);
        assert_eq!(output.code(), Some(78), "{text}\n{output}");
        let (at, words) = place.split_once(": ").unwrap();
        assert!(output.stderr.contains(words), "{text}\n{output}");
        assert!(
            output.stderr.contains(&format!("--> seeds/2_countries.csv:{at}")),
            "{text}\n{output}"
        );
        assert_eq!(shop.query("SELECT count(*) FROM users"), "0");
    }
    shop.write("seeds/2_countries.csv", "code,name\nDE,Germany\nFR\n");
    assert_snapshot!(shop.seed(&[]), @"
    ------- stderr -------
    error: the row has 1 value, and the first line names 2 columns
      --> seeds/2_countries.csv:3:1
    [exit status: 78]
    ");
    shop.write("seeds/2_countries.csv", "#---\n# exsting = \"keep\"\n#---\ncode\n");
    assert_snapshot!(shop.seed(&[]), @r#"
    ------- stderr -------
    error: unknown key 'exsting', did you mean 'existing'?
      --> seeds/2_countries.csv:2:3
       |  # exsting = "keep"
       |    ^
    [exit status: 78]
    "#);
    std::fs::write(shop.env.path("seeds/2_countries.csv"), b"code,name\nDE,\xff\n").unwrap();
    assert_snapshot!(shop.seed(&[]), @"
    ------- stderr -------
    error: $PROJ/seeds/2_countries.csv:2:4: the file is not UTF-8 text
    [exit status: 78]
    ");
    // Two rows of one primary key are told by the catalog only.
    shop.write("seeds/2_countries.csv", "code,name\nDE,a\nDE,b\n");
    assert_snapshot!(shop.seed(&[]), @"
    ------- stderr -------
    Seeding 1.sql (new)
    Seeding 2_countries.csv (new)
    error: database app: the row has the key of the one in line 2
      --> seeds/2_countries.csv:3:1
    hint: nothing of this seed has been kept
    [exit status: 78]
    ");
    assert_eq!(shop.query("SELECT count(*) FROM countries"), "0");
}
