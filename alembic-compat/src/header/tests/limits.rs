//! What is not computed, because it would fill any memory or take hours.

use super::*;

#[test]
fn deep_code_does_not_exhaust_the_stack() {
    for (open, close) in
        [("-", ""), ("(", ",)"), ("f(", ")"), ("a if b else ", ""), ("lambda: ", ""), ("f'{", "}'")]
    {
        for depth in [90, 500, 5000] {
            let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let text = format!("revision = {value}\ndef upgrade():\n    return {value}\n");
            assert!(read_header(&text, "x.py").is_err());
            drop(crate::body::read_body(&text));
        }
    }
    let nested = |line: &str| -> String {
        (0..90).map(|depth| format!("{}{line}\n", " ".repeat(depth))).collect()
    };
    for (line, last) in [("if x:", "revision = 'r'"), ("class A:", "pass"), ("with x:", "y = 1")] {
        let text = format!("{}{}{last}\n", nested(line), " ".repeat(90));
        assert!(read_header(&text, "x.py").is_err());
        assert!(crate::body::read_body(&text).is_ok());
    }
}

/// Files of a few lines whose values would fill any memory, or take hours.
#[test]
fn what_doubles_is_not_computed() {
    for (first, line) in [
        ("'a'", "x = f'{x}{x}'"),
        ("'a'", "x = x + x"),
        ("'a'", "x += x"),
        ("'a'", "x = '%s%s' % (x, x)"),
        ("'a'", "x = ''.join([x, x])"),
        ("'a'", "x = (x, x)"),
        ("'a'", "x = [x, x]"),
        ("'a'", "x = {x, (x, x)}"),
        ("'a'", "x = (*x, *x)"),
        ("'a'", "x = tuple((x, x))"),
        ("('a',)", "x = x + x"),
        ("['a']", "x += x"),
        ("('a',)", "x = x + (x,)"),
        ("['a']", "x = [*x, x]"),
        ("'a'", "x, y = (x, x), x"),
        ("'a'", "x = y = (x, x)"),
        ("'a'", "try:\n    x = (x, x)\nfinally:\n    pass"),
        ("'a'", "if 1:\n    x = (x, x) if x else x"),
    ] {
        let lines = format!("{line}\n").repeat(60);
        let error = fails(&format!("revision = 'r'\nx = {first}\n{lines}down_revision = x\n"));
        // A tuple of what is not known is still a tuple.
        let reasons = [Reason::NotConstant, Reason::Try]
            .map(|reason| HeaderErrorKind::NotStatic { variable: Variable::DownRevision, reason });
        let is_nested = matches!(error.kind, HeaderErrorKind::NotAText { .. });
        assert!(is_nested || reasons.contains(&error.kind), "{line}: {error}");
        // What is not part of it is read.
        let header =
            read(&format!("x = {first}\n{lines}revision = 'r'\ndown_revision = 'a', 'b'\n"));
        assert_eq!(header.down_revisions, ["a", "b"], "{line}");
    }
}

#[test]
fn what_multiplies_is_not_computed() {
    let long = "x".repeat(60_000);
    let many = "%s".repeat(30_000);
    let names = "y, ".repeat(30_000);
    for value in [
        format!("'{many}' % ({names})"),
        format!("f'{}'", "{y}".repeat(90)),
        format!("[{names}]"),
        format!("[{}]", "*y, ".repeat(10_000)),
        "y + ".repeat(90) + "y",
    ] {
        let (reason, ..) = reason(&format!("y = '{long}'\ndepends_on = {value}"));
        assert_eq!(reason, Reason::NotConstant);
    }
}

#[test]
fn deep_values_are_not_computed() {
    let (reason, ..) = reason(&format!("x = ()\n{}depends_on = x", "x = (x,)\n".repeat(20_000)));
    assert_eq!(reason, Reason::NotConstant);
}

#[test]
fn large_values_that_are_written_out_are_read() {
    let ids: Vec<String> = (0..20_000).map(|n| format!("{n:012x}")).collect();
    let written = format!("'{}'", ids.join("', '"));
    for value in [
        format!("{{{written}, {written}}}"),
        format!("frozenset([{written}, {written}])"),
        format!("set(('{}', {written}))", ids[0]),
        format!("({written})"),
    ] {
        let header =
            read(&format!("revision = 'r'\ndown_revision = None\nX = 1\ndepends_on = {value}\n"));
        assert_eq!(header.depends_on, ids);
    }
}
