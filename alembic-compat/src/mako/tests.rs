//! Tests against what Alembic writes, and of the laws: no text makes the reader panic.

use proptest::prelude::*;

use super::*;

/// What real Alembic 1.20.1 wrote with its `generic` and `multidb` templates: blocks that start
/// with `=== template | down | labels | depends | body`.
const ALEMBIC_OUTPUT: &str = include_str!("alembic_output.txt");

/// A template for several databases, with the layout of Alembic's.
const SEVERAL_DATABASES: &str = r#"<%!
import re
%>"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa
${imports or ''}

# revision identifiers, used by Alembic.
revision: str = ${repr(up_revision)}
down_revision: Union[str, Sequence[str], None] = ${repr(down_revision)}
branch_labels: Union[str, Sequence[str], None] = ${repr(branch_labels)}
depends_on: Union[str, Sequence[str], None] = ${repr(depends_on)}

% for direction in ("upgrade", "downgrade"):

def ${direction}(engine_name: str) -> None:
    """${direction.title()} schema."""
    globals()["${direction}_%s" % engine_name]()

% endfor
<%
    databases = re.split(r',\s*', config.get_main_option("databases"))
%>

## Two functions for each database.

% for database in databases:

def upgrade_${database}() -> None:
    """Upgrade ${database} schema."""
    ${context.get(f"{database}_upgrades", "pass")}


def downgrade_${database}() -> None:
    """Downgrade ${database} schema."""
    ${context.get("{}_downgrades".format(database), "pass")}

% endfor
"#;

fn option(name: &str) -> Option<String> {
    (name == "databases").then(|| "engine1,  engine2".to_owned())
}

fn values<'a>(arguments: &'a [(&'a str, &'a str)]) -> TemplateValues<'a> {
    TemplateValues {
        message: "add x",
        up_revision: "ad8d6435de5d",
        down_revision: Revisions::None,
        branch_labels: None,
        depends_on: Revisions::None,
        create_date: "2026-11-20 17:52:35.455723",
        now: "2026-11-20 18:00:00",
        utc_now: "2026-11-20 17:00:00",
        arguments,
        option: &option,
    }
}

fn render(template: &str) -> Result<String, TemplateError> {
    Template::parse(template)?.render(&values(&[("imports", "import y"), ("x", "1")]))
}

fn revisions(text: &str) -> Revisions<'_> {
    match text.split_once('+') {
        _ if text == "-" => Revisions::None,
        None => Revisions::One(text),
        Some(_) => Revisions::Several(text.split('+').collect()),
    }
}

#[test]
fn files_as_alembic_writes_them() {
    let mut count = 0;
    for case in ALEMBIC_OUTPUT.split("=== ").skip(1) {
        let (head, expected) = case.split_once('\n').unwrap();
        let [template, down, labels, depends, body] =
            head.split(" | ").collect::<Vec<_>>().try_into().unwrap();
        let arguments: &[(&str, &str)] = match body {
            "-" => &[],
            _ => &[
                ("upgrades", "op.x()\n    op.y()"),
                ("downgrades", "pass"),
                ("imports", "import y"),
                ("engine1_upgrades", "op.z()"),
            ],
        };
        let values = TemplateValues {
            down_revision: revisions(down),
            branch_labels: (labels != "-").then(|| labels.split('+').collect()),
            depends_on: revisions(depends),
            ..values(arguments)
        };
        let template = match template {
            "generic" => DEFAULT_SCRIPT_TEMPLATE,
            _ => SEVERAL_DATABASES,
        };
        let template = Template::parse(template).unwrap();
        assert_eq!(template.render(&values).unwrap(), expected, "{head}");
        count += 1;
    }
    assert_eq!(count, 24);
}

/// Templates with what Mako makes of them.
#[test]
fn as_mako_renders() {
    for (template, text) in [
        ("", ""),
        ("a\\\nb\n% if message:\n  c\n  % else:\nd\n% endif\ne", "ab\n  c\ne"),
        (
            "% for i, c in enumerate('ab', 1):\n${i}${c}${'' if loop.last else ','}\\\n% endfor\n",
            "1a,2b",
        ),
        ("${down_revision}|${comma(down_revision)}|${down_revision or 'base' | h}", "None||base"),
        ("${' <a> ' | trim,h}|${'a b&' | u}|${'q' | n,repr}|${}", "&lt;a&gt;|a+b%26|'q'|"),
        (
            "<% a = 1; b = [a] * 2 %>${b}\n<%\n    # comment\n    c = 'x'\n    if a: c += 'y'\n%>${c}",
            "[1, 1]\nxy",
        ),
        ("<%def name=\"f(a, b='d')\">[${a}${b}]</%def>${f(1)}${f('x', b=2)}", "[1d][x2]"),
        ("${f'{message!r:>9}|{create_date:%Y}'}${create_date.strftime('%j')}", "  'add x'|2026324"),
        (
            "<%! from datetime import datetime %>${datetime.now()} ${datetime.utcnow().hour}",
            "2026-11-20 18:00:00 17",
        ),
        ("<%! import os, textwrap\nA = 'k' %>${A}${x}", "k1"),
        ("${'yes' if upgrades else 'no'}${upgrades is UNDEFINED}", "noTrue"),
        ("${config.attributes.get('k', 'd')}${config.get_main_option('none')}", "dNone"),
        ("${'\\n'.join(t.strip() for t in 'b ,a'.split(',') if t)[::-1]}", "a\nb"),
    ] {
        assert_eq!(render(template).as_deref(), Ok(text), "{template}");
    }
}

#[test]
fn notes_name_what_is_read_over() {
    let template = Template::parse("a\n<%\nimport re, os.path\nfrom . import b\n%>").unwrap();
    let notes: Vec<_> =
        template.notes().iter().map(|n| format!("{}: {}", n.position, n.kind)).collect();
    assert_eq!(
        notes,
        [
            "line 3, column 1: the import of 'os.path' is ignored",
            "line 4, column 1: the import of '.' is ignored"
        ]
    );
}

#[test]
fn errors_name_the_place() {
    for (template, message) in [
        ("a\n ${upgrades}", "line 2, column 4: 'upgrades' is not defined"),
        (
            "${x}<% x = 1 %>",
            "line 1, column 3: 'x' is used before it is assigned (a name that a template assigns anywhere is its own from the start)",
        ),
        (
            "<%! from app import m %>${m.f()}",
            "line 1, column 27: 'm' comes from the Python module 'app', which is not available here",
        ),
        ("% if x:\n", "line 1, column 1: '% if' is not closed"),
        ("% if x:\n% endfor\n", "line 2, column 1: '% endfor' closes nothing that is open here"),
        ("% else:\n", "line 1, column 1: '% else' closes nothing that is open here"),
        (
            "% if(x):\n% endif\n",
            "line 1, column 3: '% if(x):' is not a control line ('%%' writes a percent sign)",
        ),
        ("% elif x:\n", "line 1, column 1: '% elif' closes nothing that is open here"),
        (
            "x\n% if x:\n% elif y z:\n% endif",
            "line 3, column 10: not valid Python: Expected `:`, found name",
        ),
        ("<%include file='a'/>", "line 1, column 1: <%include> is not supported without Python"),
        (
            "<%\n  def f(): pass\n%>",
            "line 2, column 3: a Python function is not supported without Python",
        ),
        ("<%\n  a = 1\n  b = nope + 'x'\n%>", "line 3, column 7: 'nope' is not defined"),
        ("${x.foo}", "line 1, column 3: a str has no 'foo' here"),
        ("${x | nope}", "line 1, column 7: 'nope' is not defined"),
        ("${1 + 'a'}", "line 1, column 3: this operator cannot be worked out for a int and a str"),
        (
            "${config.get_section('a')}",
            "line 1, column 3: 'config.get_section' is not supported without Python",
        ),
        ("${None | n}", "line 1, column 3: a NoneType cannot be written as text"),
    ] {
        assert_eq!(render(template).unwrap_err().to_string(), message, "{template}");
    }
}

#[test]
fn limits_hold() {
    let kind = |template: &str| render(template).unwrap_err().kind;
    let limit = |template: &str| {
        assert!(matches!(kind(template), TemplateErrorKind::Limit { .. }), "{:?}", kind(template))
    };
    limit("% while True:\nx\n% endwhile\n");
    limit("${'x' * 99999999999}");
    limit("${list(range(10 ** 9))}".replace("10 ** 9", "999999999").as_str());
    limit("<%def name=\"f()\">${f()}</%def>${f()}");
    limit(&("% if x:\n".repeat(1000) + &"% endif\n".repeat(1000)));
    limit(
        "<% a = 'xxxxxxxx' %>% for i in range(50):\n<% a = a + a %>\n% endfor\n"
            .replace("%>% for", "%>\n% for")
            .as_str(),
    );
    limit("<% a = ['xxxxxxxx'] %>\n% for i in range(99):\n<% a = [a, a] %>\n% endfor\n${a}");
    limit(&"x".repeat(300_000));
    let deep = format!("${{{}1{}}}", "(".repeat(5000), ")".repeat(5000));
    assert!(matches!(kind(&deep), TemplateErrorKind::Syntax { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}|[-a-e0-3 \\n\\t\\\\%#$<>{}()\\[\\]!/|'\":.,=*+é]{0,60}") {
        let _outcome = render(&text);
    }

    #[test]
    fn pieces_in_any_order_are_read_or_refused(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "${", "}", "% if x:\n", "% endif\n", "% else:\n", "% for i in 'ab':\n", "% endfor\n", "<%", "%>", "<%!",
                "<%def name='f(a)'>", "</%def>", "f(1)", "<%text>", "</%text>", "<%doc>", "</%doc>", "\\\n", "\n", "%%",
                "## c\n", "x", " = ", "message", "[", "]", "-1", ":", "'", "\"", "|", "n", ",", "trim", "%", "*", "99", "é",
                ".split()", ".format(", ")", "{:>3}", "%-5.2s", "(", "import re\n", "re.split('a', 'b')", "\r\n", "\t", "loop",
            ]),
            0..24,
        )
    ) {
        let _outcome = render(&pieces.concat());
    }

    #[test]
    fn plain_text_is_kept(text in "[a-z0-9 \\n.,:;(){}$é-]{0,80}") {
        prop_assume!(!text.contains("${"));
        prop_assert_eq!(render(&text).unwrap(), text);
    }
}
