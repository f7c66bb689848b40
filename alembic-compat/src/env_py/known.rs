//! Calls in `env.py` of what Alembic, SQLAlchemy and Python's library offer.

use std::collections::BTreeMap;

use super::FindingKind;
use super::Masked;
use super::StatementTopic;
use super::calls::Call;
use super::expression::is_ini_url;
use super::expression::text_of;
use super::expression::whole;
use super::formula::Formula;
use super::formula::Place;
use super::state::Configure;
use super::state::Sym;
use super::walk::Walker;
use crate::python::Span;
/// Alembic's `config`, as a dotted name.
const CONFIG: &str = "alembic.context.config";

impl<'m> Walker<'m> {
    /// A call of something imported.
    pub(super) fn known(&mut self, path: &str, call: &Call<'m>) -> Sym<'m> {
        let span = call.span;
        let unknown = Sym::Value(Formula::Unknown(span));
        if let Some(name) = path.strip_prefix(CONFIG).and_then(|rest| rest.strip_prefix('.')) {
            return self.config(name, call);
        }
        if let Some(name) = path.strip_prefix("alembic.context.") {
            return self.context(name, call);
        }
        let first = || call.get(0, "").map_or(unknown.clone(), |(value, _)| value.clone());
        let last = path.rsplit('.').next().unwrap_or_default();
        let top = path.split('.').next().unwrap_or_default();
        match (top, last) {
            ("os", "getenv") => {
                let default = call.formula(1, "default").filter(|d| *d != Formula::None);
                self.variable(call.text(0, "key"), false, default, span)
            }
            ("os", "get") if path == "os.environ.get" => {
                let default = call.formula(1, "default").filter(|d| *d != Formula::None);
                self.variable(call.text(0, "key"), false, default, span)
            }
            (_, "load_dotenv" | "dotenv_values") => {
                self.find(span, FindingKind::Dotenv);
                unknown
            }
            ("sqlalchemy" | "sqlmodel", "engine_from_config" | "async_engine_from_config") => {
                let url = self.engine_url(call);
                self.engine(url, span)
            }
            ("sqlalchemy" | "sqlmodel", "create_engine" | "create_async_engine") => {
                let url = call.formula(0, "url").unwrap_or(Formula::Unknown(span));
                self.engine(url, span)
            }
            ("sqlalchemy", "AsyncEngine" | "text" | "make_url" | "cast")
            | ("asyncio" | "anyio" | "builtins", "run" | "str")
            | (_, "run_until_complete") => {
                let value = first();
                match value {
                    Sym::Function(_) => self.invoke(&value, Vec::new(), Vec::new(), span),
                    Sym::Value(of) if last == "str" => Sym::Value(whole(vec![of])),
                    Sym::Known(_) if last == "str" => unknown,
                    value => value,
                }
            }
            ("builtins", "dict") => self.dict_call(call),
            ("typing" | "builtins", "cast") => {
                call.get(1, "val").map_or(unknown, |(value, _)| value.clone())
            }
            ("sqlalchemy", "CreateSchema") => Sym::Value(Formula::Text("CREATE SCHEMA".to_owned())),
            ("sqlalchemy", "listen" | "listens_for") => {
                self.find(span, FindingKind::EventListener);
                unknown
            }
            ("urllib", "quote_plus" | "quote") => match call.formula(0, "string") {
                Some(of) if of.unknown_part().is_none() => {
                    Sym::Value(Formula::Quoted { of: of.boxed(), plus: last == "quote_plus" })
                }
                _ => unknown,
            },
            _ => {
                // A helper of the application may run what it is given.
                if matches!(last, "execute" | "exec_driver_sql") {
                    self.executed(call);
                }
                for (value, _) in &call.positional {
                    if matches!(value, Sym::Function(_)) {
                        self.invoke(value, Vec::new(), Vec::new(), span);
                    }
                }
                unknown
            }
        }
    }

    /// `dict(other, key=value, **more)`.
    fn dict_call(&self, call: &Call<'m>) -> Sym<'m> {
        let mut entries = Vec::new();
        let mut open = false;
        let others = call.positional.iter().chain(&call.spread);
        for (other, _) in others {
            match other {
                Sym::Section { .. } if call.keywords.is_empty() => return other.clone(),
                Sym::Dict { items, open: inner } => {
                    entries.extend(items.iter().cloned());
                    open |= inner;
                }
                _ => open = true,
            }
        }
        entries.extend(call.keywords.iter().map(|(name, value, _)| (name.clone(), value.clone())));
        Sym::Dict { items: entries, open }
    }

    /// The URL of `engine_from_config(section, prefix="sqlalchemy.")`.
    fn engine_url(&self, call: &Call<'m>) -> Formula {
        let span = call.span;
        if let Some((value, at)) = call.keyword("url") {
            return Self::to_formula(value, at);
        }
        let prefix = call.text(1, "prefix").unwrap_or_else(|| "sqlalchemy.".to_owned());
        let key = format!("{prefix}url");
        match call.get(0, "configuration") {
            Some((Sym::Section { main, own, span }, _)) => {
                self.section_item(*main, own, &key, *span)
            }
            Some((Sym::Dict { items, .. }, at)) => {
                let found = items.iter().rfind(|(own, _)| *own == key);
                found.map_or(Formula::Unknown(at), |(_, value)| Self::to_formula(value, at))
            }
            Some((_, at)) => Formula::Unknown(at),
            None => Formula::Unknown(span),
        }
    }

    fn engine(&mut self, url: Formula, span: Span) -> Sym<'m> {
        if !is_ini_url(&url) {
            self.find(span, FindingKind::Url);
        }
        Sym::Engine(url, Place(span))
    }

    fn config(&mut self, name: &str, call: &Call<'m>) -> Sym<'m> {
        let span = call.span;
        let main = |position| match call.get(position, "section") {
            Some((Sym::Known(path), _)) => path == "alembic.context.config.config_ini_section",
            Some((Sym::Value(Formula::Text(name)), _)) => name == "alembic",
            _ => false,
        };
        let formula = match name {
            "get_main_option" => match call.text(0, "name") {
                Some(name) => {
                    let default = call.formula(1, "default").filter(|d| *d != Formula::None);
                    self.option(&name, default)
                }
                None => Formula::Unknown(span),
            },
            "set_main_option" => {
                self.set_option(call.text(0, "name"), call.formula(1, "value"), span);
                Formula::None
            }
            "set_section_option" => {
                let name = call.text(1, "name");
                if main(0) {
                    self.set_option(name, call.formula(2, "value"), span);
                } else if name.is_none_or(|name| name == "sqlalchemy.url") {
                    self.find(span, FindingKind::Url);
                }
                Formula::None
            }
            "get_section" => {
                let main = main(0);
                if !main {
                    self.find(span, FindingKind::OtherSection);
                }
                return Sym::Section { main, own: BTreeMap::new(), span };
            }
            "get_section_option" if main(0) => match call.text(1, "name") {
                Some(name) => self.option(&name, call.formula(2, "default")),
                None => Formula::Unknown(span),
            },
            "get_section_option" => {
                self.find(span, FindingKind::OtherSection);
                Formula::Unknown(span)
            }
            // A command line puts nothing into the attributes.
            "attributes.get" => {
                let default = call.get(1, "default").map(|(value, _)| value.clone());
                return default.unwrap_or(Sym::Value(Formula::None));
            }
            _ => Formula::Unknown(span),
        };
        Sym::Value(formula)
    }

    fn set_option(&mut self, name: Option<String>, value: Option<Formula>, span: Span) {
        let value = value.unwrap_or(Formula::Unknown(span));
        if name.as_deref().is_none_or(|name| name == "sqlalchemy.url") {
            self.find(span, FindingKind::Url);
        }
        if let Some(name) = name {
            let value = match value.unknown_part() {
                Some(_) => value,
                None => Formula::Interpolated(value.boxed(), Place(span)),
            };
            self.state.options.insert(name, value);
        }
    }

    fn context(&mut self, name: &str, call: &Call<'m>) -> Sym<'m> {
        let span = call.span;
        let formula = match name {
            "is_offline_mode" => Formula::Bool(self.offline),
            "configure" => {
                self.configure(call);
                Formula::None
            }
            "run_migrations" => {
                for (name, _, at) in &call.keywords {
                    self.find(*at, FindingKind::RunArgument { name: Some(name.clone()) });
                }
                for (_, at) in &call.spread {
                    self.find(*at, FindingKind::RunArgument { name: None });
                }
                if let Some(over) = self.loops.first().copied() {
                    let text = Masked(over.text(self.text).to_owned());
                    self.find(over, FindingKind::Loop { over: text });
                }
                Formula::None
            }
            "execute" => {
                self.executed(call);
                Formula::None
            }
            "get_x_argument" => {
                let as_dictionary = call.formula(0, "as_dictionary");
                if as_dictionary == Some(Formula::Bool(true)) {
                    return Sym::XArguments;
                }
                self.find(span, FindingKind::XArgument { key: None });
                Formula::Unknown(span)
            }
            "get_tag_argument" => {
                self.find(span, FindingKind::Tag);
                Formula::Unknown(span)
            }
            _ => Formula::Unknown(span),
        };
        Sym::Value(formula)
    }

    fn configure(&mut self, call: &Call<'m>) {
        let mut given: Vec<(String, Sym<'m>, Span)> = Vec::new();
        for (value, at) in &call.spread {
            match value {
                Sym::Dict { items, open } => {
                    given
                        .extend(items.iter().map(|(key, value)| (key.clone(), value.clone(), *at)));
                    if *open {
                        self.find(*at, FindingKind::ArgumentsFromOutside);
                    }
                }
                _ => self.find(*at, FindingKind::ArgumentsFromOutside),
            }
        }
        given.extend(call.keywords.iter().cloned());
        if let Some((connection, at)) = call.positional.first() {
            given.push(("connection".to_owned(), connection.clone(), *at));
        }
        let mut arguments = BTreeMap::new();
        let mut url = None;
        for (name, value, at) in given {
            match (name.as_str(), &value) {
                ("connection", Sym::Engine(of, made)) => url = Some((of.clone(), made.0)),
                ("connection", other) => url = Some((Self::to_formula(other, at), at)),
                ("url", other) => url = url.or_else(|| Some((Self::to_formula(other, at), at))),
                _ => {
                    self.find(at, FindingKind::Argument { name: name.clone() });
                    arguments.insert(name, (Self::to_formula(&value, at), at));
                }
            }
        }
        self.add(Configure { span: call.span, arguments });
        let Some((formula, at)) = url else { return };
        if !is_ini_url(&formula) {
            self.find(formula.unknown_part().unwrap_or(at), FindingKind::Url);
        }
        self.state.url = match self.state.url.take() {
            // Two databases, one after the other.
            Some((before, _)) if before != formula => Some((Formula::Unknown(at), at)),
            _ => Some((formula, at)),
        };
    }

    /// A statement that the file executes.
    pub(super) fn executed(&mut self, call: &Call<'m>) {
        let Some((value, at)) = call.get(0, "statement") else { return };
        let sql = match value {
            Sym::Value(formula) => {
                let text = text_of(formula);
                text.or_else(|| match formula {
                    Formula::Joined(parts) => parts.iter().find_map(text_of),
                    _ => None,
                })
            }
            _ => None,
        };
        let shown = sql.clone().unwrap_or_else(|| at.text(self.text).to_owned());
        let topic = topic(&shown);
        self.find(call.span, FindingKind::Statement { sql: sql.map(Masked), topic });
    }
}

fn topic(sql: &str) -> StatementTopic {
    let sql = sql.to_lowercase();
    let has = |word: &str| sql.contains(word);
    if has("search_path") {
        StatementTopic::SearchPath
    } else if has("create schema") || has("createschema") {
        StatementTopic::CreateSchema
    } else if has("advisory") || has("get_lock") {
        StatementTopic::AdvisoryLock
    } else if has("lock_timeout") || has("statement_timeout") {
        StatementTopic::Timeout
    } else if has("pragma") {
        StatementTopic::Pragma
    } else {
        StatementTopic::Other
    }
}
