//! Whether a text may do something to a thing of some name, told without parsing it.

use crate::eval::CHANGING;

use super::super::imports::is_of_name;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Anything that is done.
    All,
    /// New values for it, its attributes and items, and calls of what changes a collection that is
    /// an attribute of it.
    Changes,
    /// The same, where it is the collection.
    Items,
    /// A new value for the name as an attribute of its module.
    Sets,
}

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
    ["setattr(", "delattr(", "__dict__", "vars(", "globals()"]
        .iter()
        .any(|word| text.contains(word))
}

fn acts(before: &str, after: &str, look: Look) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
    // `setattr(module, "name", …)`
    if before.ends_with(['"', '\'']) {
        return line.contains("attr(");
    }
    if look == Look::Sets {
        return before.ends_with('.') && is_set(after) || line.starts_with("global ");
    }
    let is_word = |word: &str| line.starts_with(word);
    is_word("del ")
        || is_word("global ")
        || line.ends_with("type(")
        || line.ends_with("vars(")
        || line.contains("attr(")
        || look == Look::All && (is_word("class ") || is_word("@"))
        || is_acted_on(after, look)
}

/// Whether a name that this follows may be called, or something of it, or set.
fn is_acted_on(after: &str, look: Look) -> bool {
    let (mut rest, mut last, mut depth) = (after, "", 0);
    loop {
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
        match trimmed.chars().next() {
            Some('(') => {
                let is_meant = look == Look::All || look == Look::Changes || depth < 2;
                return is_meant && (look == Look::All || CHANGING.contains(&last));
            }
            Some('.') => {
                let attribute = trimmed[1..].trim_start();
                let end = attribute.find(|c| !is_of_name(c)).unwrap_or(attribute.len());
                (last, rest) = attribute.split_at(end);
                depth += 1;
            }
            Some('[') => match behind_brackets(trimmed) {
                Some(behind) => (rest, depth) = (behind, 0),
                None => return true,
            },
            // As a target, perhaps: `a.b, c = …`.
            Some(',' | ')') => {
                let line = trimmed.lines().next().unwrap_or_default();
                // Or it is given to something that calls it.
                return line.contains('=') || depth > 0 && CHANGING.contains(&last);
            }
            _ => return is_set(trimmed),
        }
    }
}

/// What is behind the brackets that a text begins with.
fn behind_brackets(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
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
    if line.starts_with([',', ')', ':']) {
        return line.contains('=');
    }
    let mut rest = line.trim_start_matches(['+', '-', '*', '/', '|', '&', '^', '%', '@', '<', '>']);
    if let Some(behind) = rest.strip_prefix('=') {
        rest = behind;
        return !rest.starts_with('=');
    }
    false
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
            ("for x in REG:", false),
            ("print(REG)", false),
            ("REGS.append(1)", false),
            ("if REG == 1:", false),
            ("from core import REG\nx = REG[0]", false),
            ("x = REG.y\n", false),
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
        ] {
            assert_eq!(may_act(text, "REG", Look::Sets), is, "{text}");
        }
    }
}
