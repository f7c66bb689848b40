//! Scripts as statements.

use limbeck_schema::Dialect;

use super::body::Body;
use super::error::SplitError;
use super::lexer::Lexer;
use super::position::PositionTracker;
use super::statement::SourcePosition;
use super::statement::Statement;
use super::token::Construct;
use super::token::Token;
use super::token::TokenKind;

/// Splits a script into its statements, in order.
///
/// `text` is a section of a revision file whose first character is at `start` of that file. Each
/// statement goes from its first to its last token: the white space, comments and terminators
/// around it are left out, everything within it is kept byte by byte. Statements without any
/// token are dropped. The last one needs no terminator.
///
/// A `;` within quotes, comments, parentheses of a rule or the body of a routine or trigger ends
/// nothing. On MySQL the client command `DELIMITER` is obeyed as the `mysql` client does: while
/// it has set another delimiter, routines end only there. Statements that cannot hold others
/// still end at `;` as well, as the client would send several at once, which a server connection
/// need not accept.
///
/// # Errors
/// When a quote, comment or body is never closed, with the place where it opened; when the text
/// holds commands of a client program, or `COPY ... FROM stdin`, which only psql can serve.
pub fn split(
    text: &str,
    dialect: Dialect,
    start: SourcePosition,
) -> Result<Vec<Statement>, SplitError> {
    let splitter = Splitter {
        text,
        dialect,
        lexer: Lexer::new(text, dialect),
        positions: PositionTracker::new(text, start),
        current: None,
        statements: Vec::new(),
    };
    splitter.run()
}

struct Splitter<'a> {
    text: &'a str,
    dialect: Dialect,
    lexer: Lexer<'a>,
    positions: PositionTracker<'a>,
    current: Option<Current>,
    statements: Vec<Statement>,
}

/// The statement that is being read.
struct Current {
    position: SourcePosition,
    start: usize,
    /// Behind the last token that is not a `;`.
    end: usize,
    body: Body,
    copy: CopyWords,
    /// Where the outermost executable comment opened.
    executable: usize,
    /// Whether there is nothing but hints so far, which are no statement.
    is_only_hints: bool,
}

/// How much of `COPY ... FROM stdin` has been seen.
#[derive(PartialEq, Eq)]
enum CopyWords {
    /// No token yet.
    Nothing,
    /// `COPY` is the first word.
    Copy,
    /// The last word is `FROM`.
    From,
    /// It is another statement.
    Other,
}

impl<'a> Splitter<'a> {
    fn run(mut self) -> Result<Vec<Statement>, SplitError> {
        while let Some(token) = self.lexer.next() {
            match token.kind {
                TokenKind::Whitespace | TokenKind::Comment => {}
                TokenKind::Unterminated(construct) => {
                    return Err(self.unterminated(construct, token.start));
                }
                TokenKind::Semicolon => self.semicolon(),
                TokenKind::Delimiter => self.finish(),
                _ => self.token(token)?,
            }
        }
        self.end_of_text()?;
        Ok(self.statements)
    }

    fn semicolon(&mut self) {
        let in_comment = self.lexer.in_executable_comment();
        let delimited = self.lexer.has_delimiter();
        let Some(current) = &mut self.current else { return };
        let ends = current.body.semicolon();
        let waits = delimited && current.body.may_hold_statements();
        if ends && !waits && !in_comment {
            self.finish();
        }
    }

    fn token(&mut self, token: Token) -> Result<(), SplitError> {
        if self.is_between() && self.delimiter_command(token)? {
            self.current = None;
            return Ok(());
        }
        if let Some(client) = self.client_command(token) {
            let rest = self.text.get(token.start..).unwrap_or_default();
            let command = rest.split_whitespace().next().unwrap_or_default().to_owned();
            let position = self.positions.at(token.start);
            return Err(SplitError::ClientCommand { command, client, position });
        }
        let (text, dialect) = (self.text, self.dialect);
        let positions = &mut self.positions;
        let current = self.current.get_or_insert_with(|| Current {
            position: positions.at(token.start),
            start: token.start,
            end: token.end,
            body: Body::new(dialect),
            copy: CopyWords::Nothing,
            executable: token.start,
            is_only_hints: true,
        });
        current.end = token.end;
        if token.kind == TokenKind::Hint {
            return Ok(());
        }
        current.is_only_hints = false;
        if token.kind == TokenKind::ExecutableOpen && self.lexer.executable_depth() == 1 {
            current.executable = token.start;
        }
        current.body.feed(token, text);
        if dialect == Dialect::Postgresql && current.copies_through_client(token, text) {
            return Err(SplitError::CopyThroughClient { position: current.position });
        }
        Ok(())
    }

    /// Whether no statement has begun.
    fn is_between(&self) -> bool {
        self.current.as_ref().is_none_or(|current| current.is_only_hints)
    }

    /// Obeys `DELIMITER` of MySQL's client (manual, 6.5.1.2 "mysql Client Commands"). It takes
    /// the rest of its line, of which the first word counts; quotes around that are allowed.
    fn delimiter_command(&mut self, token: Token) -> Result<bool, SplitError> {
        let is_command = self.dialect == Dialect::Mysql
            && token.kind == TokenKind::Word
            && token.text(self.text).eq_ignore_ascii_case("delimiter");
        if !is_command {
            return Ok(false);
        }
        let argument = self.lexer.take_line().split_whitespace().next().unwrap_or_default();
        let unquoted = ['\'', '"', '`']
            .iter()
            .find_map(|quote| argument.strip_prefix(*quote)?.strip_suffix(*quote))
            .unwrap_or(argument);
        if unquoted.is_empty() {
            let position = self.positions.at(token.start);
            return Err(SplitError::DelimiterMissing { position });
        }
        self.lexer.set_delimiter((unquoted != ";").then_some(unquoted));
        Ok(true)
    }

    /// The client whose command `token` begins. Outside of quotes a backslash is never SQL on
    /// PostgreSQL; elsewhere only the beginning of a statement is certain.
    fn client_command(&self, token: Token) -> Option<&'static str> {
        let TokenKind::Punctuation(mark) = token.kind else { return None };
        let outside = self.is_between();
        match (mark, self.dialect) {
            (b'\\', Dialect::Postgresql) => Some("psql"),
            (b'\\', Dialect::Mysql) if outside => Some("mysql"),
            (b'.', Dialect::Sqlite) if outside => Some("sqlite3"),
            _ => None,
        }
    }

    fn finish(&mut self) {
        let Some(current) = self.current.take().filter(|current| !current.is_only_hints) else {
            return;
        };
        let text = self.text.get(current.start..current.end).unwrap_or_default().to_owned();
        self.statements.push(Statement { text, position: current.position });
    }

    fn end_of_text(&mut self) -> Result<(), SplitError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        if self.lexer.in_executable_comment() {
            let opened = current.executable;
            return Err(self.unterminated(Construct::Comment, opened));
        }
        // Where a delimiter is set, it alone decides, and the server reads the body.
        if !self.lexer.has_delimiter()
            && let Some(opened) = current.body.unclosed()
        {
            return Err(self.unterminated(Construct::Body, opened));
        }
        self.finish();
        Ok(())
    }

    fn unterminated(&mut self, construct: Construct, offset: usize) -> SplitError {
        SplitError::Unterminated { construct, position: self.positions.at(offset) }
    }
}

impl Current {
    /// Whether `token` completes `COPY ... FROM stdin` or `COPY ... TO stdout`.
    fn copies_through_client(&mut self, token: Token, source: &str) -> bool {
        if self.copy == CopyWords::Other {
            return false;
        }
        let is = |word: &str| {
            token.kind == TokenKind::Word && token.text(source).eq_ignore_ascii_case(word)
        };
        self.copy = match self.copy {
            CopyWords::Nothing if is("copy") => CopyWords::Copy,
            CopyWords::Nothing => CopyWords::Other,
            CopyWords::From if is("stdin") || is("stdout") => return true,
            _ if is("from") || is("to") => CopyWords::From,
            _ => CopyWords::Copy,
        };
        false
    }
}
