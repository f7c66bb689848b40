//! Whether a `;` ends a statement, or belongs to the body of a routine, trigger or rule.
//!
//! The forms are those of PostgreSQL's manual ("CREATE FUNCTION", `sql_body`; "CREATE RULE"),
//! SQLite's "CREATE TRIGGER" and MySQL's section 15.6, "Compound Statement Syntax".
//!
//! It is built to err on the side of ending: an `END` closes the nearest block of its own kind
//! and whatever was opened inside, so that a word taken wrongly for an opening one (names such as
//! `begin` need no quotes) does not swallow the rest of the file.

use limbeck_schema::Dialect;

use super::blocks::Block;
use super::blocks::Blocks;
use super::handler::Handler;
use super::token::Token;
use super::token::TokenKind;

/// Follows one statement, token by token.
#[derive(Debug)]
pub(super) struct Body {
    dialect: Dialect,
    phase: Phase,
    blocks: Blocks,
    /// Open parentheses, in a header or a rule.
    parens: usize,
    /// Whether the next token begins a statement of the body.
    leading: bool,
    /// An `END` whose kind depends on the next word (MySQL: `END IF`).
    pending: Pending,
    handler: Handler,
    previous: Previous,
}

/// How far the statement has been understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing read yet.
    Start,
    /// Behind `CREATE` (or `ALTER`, for MySQL's events), before the kind of object.
    Create,
    /// Within MySQL's `DEFINER = user`.
    Definer,
    /// Behind MySQL's `BEGIN` at the start: `BEGIN NOT ATOMIC` (MariaDB) or a transaction.
    Begin(usize),
    /// In the header of a routine or trigger. `named` when its name is behind, so that the name
    /// itself, or `IF NOT EXISTS`, is not taken for the body.
    Header { named: bool },
    /// In the body.
    Body,
    /// In a PostgreSQL rule, whose actions stand in parentheses.
    Rule,
    /// In a statement that ends at the first `;`.
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    No,
    /// `END` at the start of a statement: of the kind that follows, else of a `BEGIN`.
    End,
    /// `END` within a statement: only `UNTIL condition END REPEAT` closes anything.
    Until,
}

/// What the last token was, where that changes the meaning of the next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Previous {
    Word(String, usize),
    Mark(u8),
    Other,
}

impl Body {
    pub(super) fn new(dialect: Dialect) -> Self {
        Body {
            dialect,
            phase: Phase::Start,
            blocks: Blocks::default(),
            parens: 0,
            leading: false,
            pending: Pending::No,
            handler: Handler::default(),
            previous: Previous::Other,
        }
    }

    /// Whether the statement is of a kind that may hold others, as far as it has been read.
    pub(super) fn may_hold_statements(&self) -> bool {
        matches!(self.phase, Phase::Header { .. } | Phase::Body | Phase::Rule)
    }

    /// Takes a `;` and says whether the statement ends there.
    pub(super) fn semicolon(&mut self) -> bool {
        self.close_pending();
        self.end_expressions();
        self.leading = true;
        self.handler = Handler::default();
        self.previous = Previous::Mark(b';');
        match self.phase {
            Phase::Rule => self.parens == 0,
            _ => self.blocks.is_empty(),
        }
    }

    /// Where the outermost block opened that is still open when the text ends.
    pub(super) fn unclosed(&mut self) -> Option<usize> {
        self.close_pending();
        self.end_expressions();
        self.blocks.outermost()
    }

    /// Takes any other token that is neither white space nor a comment.
    pub(super) fn feed(&mut self, token: Token, source: &str) {
        if self.phase == Phase::Plain {
            return;
        }
        match token.kind {
            TokenKind::Word => {
                let word = keyword(token.text(source));
                // Behind a dot any word is a name.
                if self.previous == Previous::Mark(b'.') {
                    self.other(token.kind);
                } else {
                    self.word(&word, token.start);
                }
                self.previous = Previous::Word(word, token.start);
            }
            TokenKind::Punctuation(mark) => {
                self.mark(mark);
                self.previous = Previous::Mark(mark);
            }
            // The marks around a part that only some versions run change nothing.
            TokenKind::ExecutableOpen | TokenKind::ExecutableClose | TokenKind::Hint => {}
            _ => {
                self.other(token.kind);
                self.previous = Previous::Other;
            }
        }
    }

    /// Forgets expressions that are still open: none reaches over the end of a statement.
    fn end_expressions(&mut self) {
        while self.blocks.top() == Some(Block::CaseExpression) {
            self.blocks.pop();
        }
    }

    fn previous_is(&self, words: &[&str]) -> bool {
        matches!(&self.previous, Previous::Word(word, _) if words.contains(&word.as_str()))
    }

    fn other(&mut self, kind: TokenKind) {
        if self.phase == Phase::Start {
            self.phase = Phase::Plain;
        }
        self.close_pending();
        self.handler.feed(kind, "");
        self.leading = false;
    }

    fn mark(&mut self, mark: u8) {
        if self.phase == Phase::Start {
            self.phase = Phase::Plain;
        }
        self.close_pending();
        self.handler.feed(TokenKind::Punctuation(mark), "");
        // A label: the statement follows.
        self.leading = mark == b':' && self.dialect == Dialect::Mysql;
        match (mark, self.phase) {
            (b'(', Phase::Header { .. }) => {
                self.parens += 1;
                self.phase = Phase::Header { named: true };
            }
            (b'(', Phase::Rule) => self.parens += 1,
            (b')', Phase::Header { .. } | Phase::Rule) => {
                self.parens = self.parens.saturating_sub(1);
            }
            _ => {}
        }
    }

    fn word(&mut self, word: &str, start: usize) {
        match self.phase {
            Phase::Start => self.first_word(word, start),
            Phase::Create => self.created_kind(word),
            Phase::Definer => {
                // The user's name may be any word.
                let user = matches!(self.previous, Previous::Mark(b'=' | b'@'));
                match word {
                    _ if user => {}
                    "SQL" | "VIEW" => self.phase = Phase::Plain,
                    _ if is_mysql_routine(word) => self.phase = Phase::Header { named: false },
                    _ => {}
                }
            }
            Phase::Begin(begin) => {
                if word == "NOT" {
                    self.open(Block::Begin, begin);
                    self.leading = false;
                } else {
                    self.phase = Phase::Plain;
                }
            }
            Phase::Header { named } => self.header_word(word, start, named),
            Phase::Body => self.body_word(word, start),
            Phase::Rule | Phase::Plain => {}
        }
    }

    fn first_word(&mut self, word: &str, start: usize) {
        let mysql = self.dialect == Dialect::Mysql;
        self.phase = Phase::Plain;
        match word {
            "CREATE" => self.phase = Phase::Create,
            "ALTER" if mysql => self.phase = Phase::Create,
            "BEGIN" if mysql => self.phase = Phase::Begin(start),
            // MariaDB runs these outside of routines as well.
            _ if mysql => {
                if let Some(block) = mysql_block(word) {
                    self.open(block, start);
                }
            }
            _ => {}
        }
    }

    fn created_kind(&mut self, word: &str) {
        self.phase = match (self.dialect, word) {
            (Dialect::Postgresql, "FUNCTION" | "PROCEDURE") | (Dialect::Sqlite, "TRIGGER") => {
                Phase::Header { named: false }
            }
            (Dialect::Postgresql, "RULE") => Phase::Rule,
            (Dialect::Mysql, "DEFINER") => Phase::Definer,
            (Dialect::Mysql, _) if is_mysql_routine(word) => Phase::Header { named: false },
            (_, "OR" | "REPLACE" | "TEMP" | "TEMPORARY" | "AGGREGATE") => Phase::Create,
            _ => Phase::Plain,
        };
    }

    fn header_word(&mut self, word: &str, start: usize, named: bool) {
        if self.parens > 0 {
            return;
        }
        match self.dialect {
            Dialect::Postgresql => {
                if word == "ATOMIC"
                    && let Previous::Word(before, begin) = &self.previous
                    && before == "BEGIN"
                {
                    let begin = *begin;
                    self.open(Block::Begin, begin);
                }
            }
            Dialect::Sqlite => match word {
                "ON" => self.phase = Phase::Header { named: true },
                "CASE" => self.blocks.open(Block::CaseExpression, start),
                "END" => {
                    self.blocks.close(Block::CaseExpression);
                }
                "BEGIN" if named => self.open(Block::Begin, start),
                _ => {}
            },
            Dialect::Mysql => self.mysql_header_word(word, start, named),
        }
    }

    fn mysql_header_word(&mut self, word: &str, start: usize, named: bool) {
        match word {
            "ON" => self.phase = Phase::Header { named: true },
            "DO" => {
                self.phase = Phase::Body;
                self.leading = true;
            }
            // `RETURNS SET(..)`, `CHARACTER SET`, `FOR EACH ROW`.
            "SET" if self.previous_is(&["RETURNS", "CHARACTER", "CHAR"]) => {}
            "FOR" => {}
            _ if !named => {}
            "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "SET" | "CALL" | "RETURN"
            | "WITH" | "SIGNAL" => self.phase = Phase::Body,
            _ => {
                if let Some(block) = mysql_block(word) {
                    self.open(block, start);
                }
            }
        }
    }

    fn body_word(&mut self, word: &str, start: usize) {
        if self.take_end_kind(word) {
            self.leading = false;
            return;
        }
        let begins = self.handler.feed(TokenKind::Word, word) || self.leading;
        self.leading = false;
        let mysql = self.dialect == Dialect::Mysql;
        match word {
            "END" if begins && mysql => self.pending = Pending::End,
            "END" if begins => {
                self.blocks.close(Block::Begin);
            }
            "END" => {
                let expression = self.blocks.top() == Some(Block::CaseExpression);
                if expression {
                    self.blocks.pop();
                } else if mysql {
                    self.pending = Pending::Until;
                }
            }
            // Where no block is open, nothing waits for the end of an expression.
            "CASE" if !(begins && mysql) && self.blocks.is_empty() => {}
            "CASE" if !(begins && mysql) => self.blocks.open(Block::CaseExpression, start),
            _ if !mysql => {}
            "DECLARE" if begins => self.handler = Handler::Declared,
            "THEN" | "ELSE" => {
                self.leading = matches!(self.blocks.top(), Some(Block::If | Block::CaseStatement));
            }
            "DO" => self.leading = matches!(self.blocks.top(), Some(Block::While | Block::For)),
            "ATOMIC" => self.leading = true,
            _ if begins => {
                if let Some(block) = mysql_block(word) {
                    self.open(block, start);
                }
            }
            _ => {}
        }
    }

    /// Resolves an `END` that waits for the word behind it; `true` when the word belongs to it.
    fn take_end_kind(&mut self, word: &str) -> bool {
        let kind = match word {
            "IF" => Some(Block::If),
            "CASE" => Some(Block::CaseStatement),
            "LOOP" => Some(Block::Loop),
            "WHILE" => Some(Block::While),
            "REPEAT" => Some(Block::Repeat),
            "FOR" => Some(Block::For),
            _ => None,
        };
        match (std::mem::replace(&mut self.pending, Pending::No), kind) {
            (Pending::End, Some(kind)) => self.blocks.close(kind),
            // A label.
            (Pending::End, None) => self.blocks.close(Block::Begin),
            (Pending::Until, Some(Block::Repeat)) => self.blocks.close(Block::Repeat),
            (Pending::No | Pending::Until, _) => false,
        }
    }

    /// Resolves a waiting `END` behind which no word comes.
    fn close_pending(&mut self) {
        if std::mem::replace(&mut self.pending, Pending::No) == Pending::End {
            self.blocks.close(Block::Begin);
        }
    }

    fn open(&mut self, block: Block, start: usize) {
        self.blocks.open(block, start);
        self.phase = Phase::Body;
        // The others have a condition first.
        self.leading = matches!(block, Block::Begin | Block::Loop | Block::Repeat);
    }
}

/// The word in upper case. No keyword is longer than a dozen letters, so a longer word is none.
fn keyword(word: &str) -> String {
    if word.len() > 16 { String::new() } else { word.to_ascii_uppercase() }
}

fn is_mysql_routine(word: &str) -> bool {
    matches!(word, "PROCEDURE" | "FUNCTION" | "TRIGGER" | "EVENT" | "PACKAGE")
}

/// The block that a word opens where a statement begins.
fn mysql_block(word: &str) -> Option<Block> {
    Some(match word {
        "BEGIN" => Block::Begin,
        "IF" => Block::If,
        "CASE" => Block::CaseStatement,
        "LOOP" => Block::Loop,
        "WHILE" => Block::While,
        "REPEAT" => Block::Repeat,
        "FOR" => Block::For,
        _ => return None,
    })
}
