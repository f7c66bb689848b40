//! Cuts a template into text, expressions, control lines, Python blocks and tags.
//!
//! Mako reads a template with a row of patterns, tried in a fixed order at each place; what ends
//! up in the output (newlines above all) follows from that order, so it is kept here.

use super::error::TemplateError;
use super::error::TemplateErrorKind;
use crate::python::position;

/// A piece of a template, with the byte offset at which it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) at: usize,
    pub(super) kind: TokenKind<'t>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind<'t> {
    /// Goes to the output as it is.
    Text(&'t str),
    /// `${code | filters}`.
    Expression { code: Piece<'t>, filters: Option<Piece<'t>> },
    /// `% keyword code`; `code` is the whole line behind the `%`.
    Control { keyword: &'t str, end: bool, code: Piece<'t> },
    /// `<% code %>`, or `<%! code %>` for the module.
    Code { code: Piece<'t>, module: bool },
    /// `<%keyword name="value">`, or with `/>` when `closed`.
    TagOpen { keyword: &'t str, attributes: Vec<(&'t str, &'t str)>, closed: bool },
    /// `</%keyword>`.
    TagClose { keyword: &'t str },
}

/// A part of the template's text that is Python, and where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

/// Cuts all of `text`.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, TemplateError> {
    let mut lexer = Lexer { text, at: coding_line(text), out: Vec::new() };
    while lexer.at < text.len() {
        lexer.next()?;
    }
    Ok(lexer.out)
}

/// The length of a first line such as `# -*- coding: utf-8 -*-`, which Mako drops.
fn coding_line(text: &str) -> usize {
    let Some(end) = text.find('\n') else { return 0 };
    let line = &text[..end];
    let named = line.starts_with('#')
        && line.match_indices("coding").any(|(at, word)| {
            let rest = &line[at + word.len()..];
            rest.strip_prefix([':', '=']).is_some_and(|name| {
                name.trim_start().starts_with(|c: char| c == '-' || c == '.' || word_char(c))
            })
        });
    if named { end + 1 } else { 0 }
}

fn word_char(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    out: Vec<Token<'t>>,
}

impl<'t> Lexer<'t> {
    fn next(&mut self) -> Result<(), TemplateError> {
        let rest = &self.text[self.at..];
        if rest.starts_with("${") {
            return self.expression();
        }
        if self.at_line_start() {
            let line = rest.trim_start_matches([' ', '\t']);
            if line.starts_with("##") || (line.starts_with('%') && !line.starts_with("%%")) {
                return self.control_line(self.text.len() - line.len());
            }
        }
        if let Some(inner) = rest.strip_prefix("<%doc>")
            && let Some(length) = inner.find("</%doc>")
        {
            self.at += "<%doc>".len() + length + "</%doc>".len();
            return Ok(());
        }
        if rest.starts_with("</%") {
            return self.tag_close();
        }
        if rest.starts_with("<%") {
            return match self.tag_open() {
                Some(result) => result,
                None => self.code(),
            };
        }
        if self.at_line_start()
            && let line = rest.trim_start()
            && line.starts_with("%%")
        {
            self.push(self.at, TokenKind::Text(&rest[..rest.len() - line.len()]));
            // The first of the signs is the escape.
            let signs = line.len() - line.trim_start_matches('%').len();
            self.push(self.at, TokenKind::Text(&line[1..signs]));
            self.at = self.text.len() - line.len() + signs;
            return Ok(());
        }
        self.plain_text();
        Ok(())
    }

    fn at_line_start(&self) -> bool {
        self.at == 0 || self.text.as_bytes()[self.at - 1] == b'\n'
    }

    fn push(&mut self, at: usize, kind: TokenKind<'t>) {
        if !matches!(kind, TokenKind::Text("")) {
            self.out.push(Token { at, kind });
        }
    }

    fn error(&self, at: usize, kind: TemplateErrorKind) -> TemplateError {
        TemplateError { position: position(self.text, at), kind }
    }

    /// Text up to the next thing that is not text. A backslash before a newline hides both.
    fn plain_text(&mut self) {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut at = start;
        let mut hidden = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if at > start && bytes[at - 1] == b'\n' {
                let blank = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                if rest[blank..].starts_with(b"%") || rest[blank..].starts_with(b"##") {
                    break;
                }
            }
            if rest.starts_with(b"${") || rest.starts_with(b"<%") || rest.starts_with(b"</%") {
                break;
            }
            hidden = match rest {
                [b'\\', b'\n', ..] => 2,
                [b'\\', b'\r', b'\n', ..] => 3,
                _ => 0,
            };
            if hidden > 0 {
                break;
            }
            at += 1;
        }
        // All that ends text is ASCII, so `at` stands on a character's edge.
        self.push(start, TokenKind::Text(&self.text[start..at]));
        self.at = at + hidden;
    }

    fn expression(&mut self) -> Result<(), TemplateError> {
        let start = self.at;
        let (code, ends_with_pipe) = self.python(start + 2, &["|", "}"], true, "${")?;
        let filters = if ends_with_pipe == "|" {
            Some(self.python(self.at, &["}"], true, "${")?.0)
        } else {
            None
        };
        self.push(start, TokenKind::Expression { code, filters });
        Ok(())
    }

    fn code(&mut self) -> Result<(), TemplateError> {
        let start = self.at;
        let module = self.text[start..].starts_with("<%!");
        let from = start + if module { 3 } else { 2 };
        let (code, _) = self.python(from, &["%>"], false, "<%")?;
        self.push(start, TokenKind::Code { code, module });
        Ok(())
    }

    /// Python from `from` up to one of `ends`, which is passed over. Ends inside strings and
    /// comments do not count, nor (with `nesting`) those inside brackets.
    fn python(
        &mut self,
        from: usize,
        ends: &[&'static str],
        nesting: bool,
        what: &str,
    ) -> Result<(Piece<'t>, &'static str), TemplateError> {
        let text = self.text;
        let opened = self.at;
        // Braces, parentheses, square brackets: counted, not matched, as Mako does.
        let mut open = [0_i64; 3];
        let mut at = from;
        while let Some(next) = text[at..].chars().next() {
            let rest = &text[at..];
            if next == '#'
                && let Some(newline) = rest.find('\n')
            {
                at += newline + 1;
                continue;
            }
            if let Some(length) = string_length(rest) {
                at += length;
                continue;
            }
            let end = ends.iter().find(|end| rest.starts_with(**end));
            if let Some(end) = end
                && !(nesting && open.iter().any(|level| *level > 0))
            {
                self.at = at + end.len();
                return Ok((Piece { text: &text[from..at], at: from }, end));
            }
            for (level, (opening, closing)) in
                open.iter_mut().zip([('{', '}'), ('(', ')'), ('[', ']')])
            {
                *level += i64::from(next == opening) - i64::from(next == closing);
            }
            at += next.len_utf8();
        }
        Err(self.error(opened, TemplateErrorKind::Unclosed { what: what.to_owned() }))
    }

    fn control_line(&mut self, sign: usize) -> Result<(), TemplateError> {
        let text = self.text;
        let comment = text[sign..].starts_with("##");
        let after = sign + if comment { 2 } else { 1 };
        let bytes = text.as_bytes();
        let mut end = after;
        loop {
            match &bytes[end..] {
                [] | [b'\n', ..] | [b'\r', b'\n', ..] => break,
                [b'\\', b'\r', b'\n', ..] => end += 3,
                [b'\\', b'\n', ..] => end += 2,
                [b'\r', ..] => {
                    let what = "a carriage return inside a control line".to_owned();
                    return Err(self.error(end, TemplateErrorKind::Unsupported { what }));
                }
                _ => end += 1,
            }
        }
        self.at = match &bytes[end..] {
            [b'\r', b'\n', ..] => end + 2,
            [b'\n', ..] => end + 1,
            _ => end,
        };
        if comment {
            return Ok(());
        }
        let code = text[after..end].trim_start_matches([' ', '\t']);
        let word = code.len() - code.trim_start_matches(word_char).len();
        if word == 0 {
            let text = code.to_owned();
            return Err(self.error(sign, TemplateErrorKind::BadControlLine { text }));
        }
        let (keyword, end_word) = match code[..word].strip_prefix("end") {
            Some(keyword) if !keyword.is_empty() => (keyword, true),
            _ => (&code[..word], false),
        };
        let code = Piece { text: code, at: end - code.len() };
        self.push(sign, TokenKind::Control { keyword, end: end_word, code });
        Ok(())
    }

    /// `None` when what stands here is no tag but a Python block.
    fn tag_open(&mut self) -> Option<Result<(), TemplateError>> {
        let text = self.text;
        let start = self.at;
        let rest = &text[start + 2..];
        let length = rest.len()
            - rest.trim_start_matches(|c: char| word_char(c) || c == '.' || c == ':').len();
        let (keyword, mut rest) = rest.split_at_checked(length).filter(|(k, _)| !k.is_empty())?;
        let mut attributes = Vec::new();
        let mut name: Option<&str> = None;
        let mut named = false;
        let closed = loop {
            let before = rest;
            rest = rest.trim_start();
            let spaced = rest.len() < before.len();
            if let Some(after) = rest.strip_prefix("/>") {
                rest = after;
                break true;
            }
            let first = rest.chars().next()?;
            match first {
                '>' => {
                    rest = &rest[1..];
                    break false;
                }
                '=' => {
                    named = name.is_some();
                    rest = &rest[1..];
                }
                ',' => rest = &rest[1..],
                '"' | '\'' => {
                    let (value, after) = rest[1..].split_once(first)?;
                    if let (true, Some(name)) = (named, name.take()) {
                        attributes.push((name, value));
                    }
                    named = false;
                    rest = after;
                }
                c if word_char(c) && spaced => {
                    let length = rest.len() - rest.trim_start_matches(word_char).len();
                    name = Some(&rest[..length]);
                    named = false;
                    rest = &rest[length..];
                }
                _ => return None,
            }
        };
        self.at = text.len() - rest.len();
        if keyword == "text" && !closed {
            return Some(self.raw_text(start, &attributes));
        }
        self.push(start, TokenKind::TagOpen { keyword, attributes, closed });
        Some(Ok(()))
    }

    /// Behind `<%text>`: everything up to its end is text.
    fn raw_text(&mut self, start: usize, attributes: &[(&str, &str)]) -> Result<(), TemplateError> {
        if let Some((name, _)) = attributes.first() {
            let what = format!("the attribute '{name}' of <%text>");
            return Err(self.error(start, TemplateErrorKind::Unsupported { what }));
        }
        let rest = &self.text[self.at..];
        let Some(length) = rest.find("</%text>") else {
            let what = "<%text>".to_owned();
            return Err(self.error(start, TemplateErrorKind::Unclosed { what }));
        };
        self.push(self.at, TokenKind::Text(&rest[..length]));
        self.at += length + "</%text>".len();
        Ok(())
    }

    fn tag_close(&mut self) -> Result<(), TemplateError> {
        let start = self.at;
        let rest = &self.text[start + 3..];
        let inner = rest.split_once('>').map(|(inner, _)| inner);
        let keyword = inner.map(|inner| inner.trim_matches([' ', '\t']));
        let (Some(inner), Some(keyword)) = (inner, keyword) else {
            let what = "</%".to_owned();
            return Err(self.error(start, TemplateErrorKind::Unclosed { what }));
        };
        self.at = start + 3 + inner.len() + 1;
        self.push(start, TokenKind::TagClose { keyword });
        Ok(())
    }
}

/// The length of the Python string literal at the start of `text`, when one is closed there. A
/// triple quote that is never closed counts as an empty literal and a quote.
fn string_length(text: &str) -> Option<usize> {
    let quotes = ["\"\"\"", "'''", "\"", "'"];
    quotes.into_iter().filter(|quote| text.starts_with(quote)).find_map(|quote| {
        let mut at = quote.len();
        loop {
            let rest = text.get(at..)?;
            if rest.starts_with(quote) {
                return Some(at + quote.len());
            }
            let mut chars = rest.chars();
            let first = chars.next()?;
            at += first.len_utf8();
            if first == '\\' {
                at += chars.next()?.len_utf8();
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens in a short form.
    fn cut(text: &str) -> Vec<String> {
        tokens(text)
            .unwrap()
            .into_iter()
            .map(|token| match token.kind {
                TokenKind::Text(text) => format!("{text:?}"),
                TokenKind::Expression { code, filters: None } => format!("${}", code.text),
                TokenKind::Expression { code, filters: Some(filters) } => {
                    format!("${}|{}", code.text, filters.text)
                }
                TokenKind::Control { keyword, end: true, .. } => format!("%end {keyword}"),
                TokenKind::Control { keyword, code, .. } => format!("%{keyword}: {}", code.text),
                TokenKind::Code { code, module } => format!("code {module} {:?}", code.text),
                TokenKind::TagOpen { keyword, attributes, closed } => {
                    format!("<{keyword} {attributes:?} {closed}>")
                }
                TokenKind::TagClose { keyword } => format!("</{keyword}>"),
            })
            .collect()
    }

    #[test]
    fn control_lines_take_their_newline_and_blocks_do_not() {
        assert_eq!(
            cut("a\n  % if x:\nb\n% endif\n<% y = 1 %>\nc"),
            ["\"a\\n\"", "%if: if x:", "\"b\\n\"", "%end if", "code false \" y = 1 \"", "\"\\nc\""]
        );
        assert_eq!(cut("% for a in \\\n b:\n% endfor"), ["%for: for a in \\\n b:", "%end for"]);
        assert_eq!(cut("## note\r\nx ## no note\n"), ["\"x ## no note\\n\""]);
    }

    #[test]
    fn escapes_of_percent_signs_and_newlines() {
        assert_eq!(
            cut(" %%a %% b\n%%% c"),
            ["\" \"", "\"%\"", "\"a %% b\\n\"", "\"%%\"", "\" c\""]
        );
        assert_eq!(cut("a\\\nb\\\r\nc\\d"), ["\"a\"", "\"b\"", "\"c\\\\d\""]);
    }

    #[test]
    fn expressions_end_outside_of_strings_brackets_and_comments() {
        assert_eq!(cut("${a | n, trim}"), ["$a | n, trim"]);
        assert_eq!(cut("${ {'}': (1|2)}['}'] }x"), ["$ {'}': (1|2)}['}'] ", "\"x\""]);
        assert_eq!(cut("${'\\'}' + \"\"\"\"}\"\"\"}"), ["$'\\'}' + \"\"\"\"}\"\"\""]);
        assert_eq!(cut("${a # }\n}"), ["$a # }\n"]);
    }

    #[test]
    fn tags_blocks_and_comments() {
        assert_eq!(cut("<%doc>\n% x ${\n</%doc>a"), ["\"a\""]);
        assert_eq!(cut("<%text>${x}\n% y\\\n</%text>"), ["\"${x}\\n% y\\\\\\n\""]);
        assert_eq!(cut("<%import re%>"), ["code false \"import re\""]);
        assert_eq!(cut("<%!\nimport re\n%>"), ["code true \"\\nimport re\\n\""]);
        assert_eq!(
            cut("<%def name=\"f(a='x')\" filter='trim'>y</%def >"),
            ["<def [(\"name\", \"f(a='x')\"), (\"filter\", \"trim\")] false>", "\"y\"", "</def>"]
        );
        assert_eq!(cut("<%include file=\"a\"/>"), ["<include [(\"file\", \"a\")] true>"]);
        assert_eq!(cut("# -*- coding: utf-8 -*-\nx"), ["\"x\""]);
        assert_eq!(cut("# encoding\nx"), ["\"# encoding\\nx\""]);
    }

    #[test]
    fn errors_have_a_place() {
        let error = tokens("ab\n  c ${x").unwrap_err();
        assert_eq!((error.position.line, error.position.column), (2, 5));
        assert_eq!(error.position.source_line, "  c ${x");
        assert!(matches!(error.kind, TemplateErrorKind::Unclosed { .. }));
        let error = tokens("x\n%\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2, column 1: '% ' is not a control line ('%%' writes a percent sign)"
        );
        assert!(tokens("<%text>x").is_err());
        assert!(tokens("</%x").is_err());
    }
}
