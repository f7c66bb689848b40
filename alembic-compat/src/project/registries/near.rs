//! Whether a text may do something to a thing of some name, told without parsing it.

use super::super::imports::is_of_name;
use super::gives::READERS;
use super::path::GIVING_ITEMS;
use super::words::is_changing;
use super::words::is_reading;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    /// Anything that is done.
    All,
    /// New values for it, its attributes and items, and calls of what changes a collection that is
    /// an attribute of it.
    Changes,
    /// The same, where it is the collection.
    Items,
    /// New values for attributes of a function.
    Attributes,
    /// As all, where it is a class that is called, derived from, or has a method that is.
    Calls,
    /// A new value for the name as an attribute of its module.
    Sets,
}

/// So many bytes before an argument its call begins at most.
const FAR: usize = 4_000;

/// Whether a text may do something to what `name` stands for, or is an attribute of.
pub(super) fn may_act(text: &str, name: &str, look: Look) -> bool {
    if !text.contains(name) {
        return false;
    }
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let stands_alone = !before.ends_with(is_of_name) && !after.starts_with(is_of_name);
        stands_alone && acts(before, after, look)
    })
}

/// Whether a text may do something to whatever attribute of a module.
pub(super) fn may_act_on_any(text: &str) -> bool {
    ["setattr(", "delattr(", "attr__(", "__dict__", "vars(", "globals()"]
        .iter()
        .any(|word| text.contains(word))
}

/// Whether a line may call `setattr` or `__setattr__`.
fn is_of_attribute(line: &str) -> bool {
    line.contains("attr(") || line.contains("attr__(")
}

fn acts(before: &str, after: &str, look: Look) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
    // `setattr(module, "name", …)`
    if before.ends_with(['"', '\'']) {
        return is_of_attribute(line);
    }
    let is_word = |word: &str| line.starts_with(word);
    let is_other_target = || {
        is_word("for ") && after.trim_start().starts_with("in ")
            || line.contains("with ") && after.trim_start().starts_with([':', ','])
    };
    if look == Look::Sets {
        let is_attribute = before.ends_with('.');
        return is_attribute && (is_set(after) || is_other_target()) || is_word("global ");
    }
    is_word("del ")
        || is_word("global ")
        || line.ends_with("vars(")
        || is_of_attribute(line)
        || is_all(look) && (is_word("class ") || is_word("@") || line.contains("with "))
        || makes_class(before)
        || is_acted_on(after, look)
        || is_other_target()
        || look != Look::Attributes && (is_bound(before) || is_left(line)) && stays(after, look)
        || !matches!(look, Look::Attributes | Look::Calls) && is_given(before, line, after)
}

/// Whether a text ends in the call that makes a class: `type("A", (`.
fn makes_class(before: &str) -> bool {
    let mut lines = before.rsplit('\n').take(3);
    lines.any(|line| line.contains("type(") || line.contains("new_class("))
}

fn is_all(look: Look) -> bool {
    matches!(look, Look::All | Look::Calls)
}

/// Whether a function gives what a line has, or a loop goes through it.
fn is_left(line: &str) -> bool {
    ["return ", "yield ", "lambda", " in "].iter().any(|word| line.contains(word))
        || line.trim_end() == "return"
}

/// Whether what stands there is an argument of a call.
fn is_given(before: &str, line: &str, after: &str) -> bool {
    let end = after.find(|c| !is_of_name(c) && c != '.').unwrap_or(after.len());
    let (path, rest) = (&after[..end], after[end..].trim_start());
    let is_view = GIVING_ITEMS.iter().any(|method| path.ends_with(method));
    if !(rest.starts_with([',', ')', '[']) || is_view && rest.starts_with('(')) {
        return false;
    }
    let called = before.trim_end().strip_suffix('(').unwrap_or_default();
    let called = &called[called.trim_end_matches(is_of_name).len()..];
    if READERS.contains(&called) {
        return false;
    }
    if line.contains('(') {
        return !line.starts_with("class ")
            && !line.starts_with("from ")
            && !line.starts_with("import ");
    }
    // The call may have begun in a line before.
    let mut depth = 0_usize;
    for (at, byte) in before.bytes().enumerate().rev().take(FAR) {
        match byte {
            b')' => depth += 1,
            b'(' if depth == 0 => {
                let called = before[..at].trim_end();
                return called.ends_with(is_of_name) && !called.ends_with("import")
                    || called.ends_with(')');
            }
            b'(' => depth -= 1,
            _ => {}
        }
    }
    false
}

/// Whether a name that this follows may be called, or something of it, or set.
fn is_acted_on(after: &str, look: Look) -> bool {
    let (mut rest, mut last, mut depth, mut is_item) = (after, "", 0, false);
    loop {
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
        match trimmed.chars().next() {
            Some('(') if is_all(look) => return true,
            Some('(') => {
                let is_meant = look != Look::Items || depth < 2;
                let changes = is_changing(last) || is_item && depth > 0 && !is_reading(last);
                if is_meant && changes {
                    return true;
                }
                if depth == 0 && look != Look::Items || !GIVING_ITEMS.contains(&last) && depth > 0 {
                    return false;
                }
                match behind_brackets(trimmed, b'(', b')') {
                    Some(behind) => (rest, depth, is_item) = (behind, 0, true),
                    None => return true,
                }
            }
            Some('.') => {
                let attribute = trimmed[1..].trim_start();
                let end = attribute.find(|c| !is_of_name(c)).unwrap_or(attribute.len());
                (last, rest) = attribute.split_at(end);
                depth += 1;
            }
            Some('[') => match behind_brackets(trimmed, b'[', b']') {
                Some(behind) => (rest, depth, is_item) = (behind, 0, true),
                None => return true,
            },
            Some('<' | '>' | '|' | '&' | '@' | '^' | '+' | '-' | '*' | '/' | '%')
                if is_all(look) =>
            {
                return true;
            }
            // Or it is given to something that calls it.
            _ => return is_set(trimmed) || depth > 0 && is_changing(last),
        }
    }
}

/// Whether another name is given to what is named at the end of a text: `x = core.`,
/// `x, y = core.`, `for x in (y, core.`.
fn is_bound(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let is_in_line = |c: char| is_of_name(c) || matches!(c, '.' | ',' | ' ');
    let mut left = line.trim_end_matches(is_in_line);
    if left.trim_start().is_empty() {
        let is_in_brackets = |c: char| is_in_line(c) || c.is_whitespace();
        left = before.trim_end_matches(is_in_brackets);
        if !left.ends_with(['(', '[', '{']) {
            return false;
        }
    }
    let opened = left.trim_end_matches(['(', '[', '{']);
    let is_value = |text: &str| {
        text.strip_suffix('=').is_some_and(|left| !left.ends_with(['=', '!', '<', '>']))
    };
    is_value(opened.trim_end()) || opened.len() < left.len() && opened.trim_end().ends_with(" in")
}

/// Whether what another name is given to is the thing, or something of it that is of interest.
fn stays(after: &str, look: Look) -> bool {
    let end = after.find(|c| !is_of_name(c) && c != '.').unwrap_or(after.len());
    let (path, rest) = after.split_at(end);
    // An item, or what a method gives that may be one.
    let last = path.rsplit('.').next().unwrap_or_default();
    let is_view = GIVING_ITEMS.contains(&last);
    let is_meant = look != Look::Items || path.is_empty() || is_view;
    is_meant && (is_view || !rest.trim_start_matches(' ').starts_with('('))
}

/// What is behind the brackets that a text begins with.
fn behind_brackets(text: &str, opens: u8, closes: u8) -> Option<&str> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            byte if byte == opens => depth += 1,
            byte if byte == closes => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return text.get(at + 1..);
        }
    }
    None
}

/// Whether an assignment follows.
fn is_set(after: &str) -> bool {
    let line = after.lines().next().unwrap_or_default().trim_start();
    if line.starts_with([',', ')', ']', ':']) && line.contains('=') {
        return true;
    }
    if after.trim_start().starts_with([',', ')', ']']) {
        return is_in_target(after);
    }
    let mut rest = line.trim_start_matches(['+', '-', '*', '/', '|', '&', '^', '%', '@', '<', '>']);
    if let Some(behind) = rest.strip_prefix('=') {
        rest = behind;
        return !rest.starts_with('=');
    }
    false
}

/// Whether brackets end behind names, and are assigned something: `, c.d,\n) = …`.
fn is_in_target(after: &str) -> bool {
    let is_of_targets = |c: char| is_of_name(c) || c.is_whitespace() || ".,*[]()'\"".contains(c);
    let end = after.find(|c| !is_of_targets(c)).unwrap_or(after.len());
    let (names, rest) = after.split_at(end);
    names.trim_end().ends_with([')', ']', ',']) && rest.starts_with('=') && !rest.starts_with("==")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_done_is_told() {
        for (text, is) in [
            ("REG.append(1)", true),
            ("core.REG['a'].b = 1", true),
            ("REG[\n  'a']\\\n = 1", true),
            ("REG += [1]", true),
            ("a.REG: int = 1", true),
            ("a.REG, b = c", true),
            ("@REG.put\ndef f(): pass", true),
            ("@REG", true),
            ("class A(REG):", true),
            ("x = REG('a')", true),
            ("setattr(core, 'REG', 1)", true),
            ("setattr(REG, 'x', 1)", true),
            ("type(REG).x = 1", true),
            ("    global REG", true),
            ("for x in REG:", true),
            ("fill(REG)", true),
            ("fill(\n    x,\n    names=REG,\n)", true),
            ("from core import (\n    REG,\n)", false),
            ("return REG", true),
            ("REG << 1", true),
            ("print(REG)", false),
            ("REGS.append(1)", false),
            ("if REG == 1:", false),
            ("from core import REG\nx = f'{REG[0]}'", false),
            ("from core import REG\nx = REG[0]", true),
            ("x = REG.y\n", true),
        ] {
            assert_eq!(may_act(text, "REG", Look::All), is, "{text}");
        }
    }

    #[test]
    fn changes_are_told() {
        for (text, is) in [
            ("REG.append(1)", true),
            ("core.REG['a'].items.add(1)", true),
            ("REG.x = 1", true),
            ("REG.get(1)", false),
            ("REG(1)", false),
            ("class A(REG):", false),
            ("@REG", false),
        ] {
            assert_eq!(may_act(text, "REG", Look::Changes), is, "{text}");
        }
        for text in [
            "x = REG",
            "x = core.REG  # all",
            "x: list = core.REG",
            "if (x := core.REG):",
            "x, y = A, core.REG",
            "for x in (A, core.REG):",
            "for x in (\n    A,\n    core.REG,\n):",
            "x = (\n    core.REG\n)",
            "f(A, REG)",
            "x = REG['a']",
            "x = REG.get('a')",
            "for x in REG.values():",
            "REG.get('a').append(1)",
            "REG['a'].put(1)",
        ] {
            assert!(may_act(text, "REG", Look::Items), "{text}");
        }
        for text in
            ["from core import (\n    A,\n    REG,\n)", "x == REG", "len(REG)", "x = REG(1)"]
        {
            assert!(!may_act(text, "REG", Look::Items), "{text}");
        }
        assert!(may_act("x = REG.a", "REG", Look::Changes));
        assert!(!may_act("x = REG.a", "REG", Look::Items));
        assert!(may_act("@REG.append", "REG", Look::Items));
        assert!(may_act("REG.__setitem__('a', 1)", "REG", Look::Items));
        assert!(may_act("with REG:", "REG", Look::All));
        assert!(may_act("REG.a.append(1)", "REG", Look::Changes));
        assert!(!may_act("REG.a.append(1)", "REG", Look::Items));
        assert!(may_act("REG['a'].append(1)", "REG", Look::Items));
    }

    #[test]
    fn new_values_are_told() {
        for (text, is) in [
            ("core.REG = 1", true),
            ("core.REG, x = 1, 2", true),
            ("setattr(core, 'REG', 1)", true),
            ("REG = 1", false),
            ("core.REG(1)", false),
            ("core.REG == 1", false),
            ("core.__setattr__('REG', 1)", true),
            ("[core.A, core.REG] = 'ab'", true),
            ("(\n    core.REG,\n    core.A,\n) = 'ab'", true),
            ("(\n    core.A,\n    core.REG\n) = 'ab'", true),
            ("for core.REG in (1, 2): pass", true),
            ("with a as core.REG: pass", true),
            ("call(\n    core.REG,\n    core.A,\n)", false),
            ("for x in core.REG: pass", false),
        ] {
            assert_eq!(may_act(text, "REG", Look::Sets), is, "{text}");
        }
    }
}
