//! `op.get_context().config` and `context.config`: Alembic's `Config`, as revisions read it.
//!
//! The values are those of the files of the configuration. An option that `env.py` may set, and
//! whatever is not in those files, only Python can tell.

use std::fmt;
use std::sync::Arc;

use crate::config::AlembicConfig;
use crate::config::AlembicConfigErrorKind;
use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;
use crate::project::ConfigChanges;

use super::errors;
use super::keywords::text;
use super::migration;
use super::registry;

/// Where the attributes of a run are kept: one dictionary for all of its revisions.
const ATTRIBUTES: &str = "_config.attributes";

/// What is known of Alembic's configuration.
#[derive(Clone)]
pub struct ConfigFacts(Arc<Facts>);

struct Facts {
    config: AlembicConfig,
    file_name: Option<String>,
    changes: Box<dyn Fn() -> ConfigChanges + Send + Sync>,
}

impl ConfigFacts {
    /// The configuration, the name of its ini file as the command line has it, and what tells what
    /// `env.py` changes.
    pub fn new(
        config: AlembicConfig,
        file_name: Option<String>,
        changes: impl Fn() -> ConfigChanges + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Facts { config, file_name, changes: Box::new(changes) }))
    }
}

impl fmt::Debug for ConfigFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigFacts").field("file_name", &self.0.file_name).finish_non_exhaustive()
    }
}

/// Alembic's `Config`.
#[derive(Debug)]
struct ConfigObject(ConfigFacts);

impl Object for ConfigObject {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        let facts = &*self.0.0;
        Ok(Some(match name {
            "config_file_name" => facts.file_name.clone().map_or(Value::None, Value::from),
            "config_ini_section" => Value::str(facts.config.section()),
            "attributes" if !(facts.changes)().attributes => attributes(interp)?,
            name if name.starts_with("__") => return Ok(None),
            _ => return Err(interp.unsupported(format!("Config.{name}"))),
        }))
    }
}

/// The dictionary that programmes put objects into: a command line puts none.
fn attributes(interp: &mut Interpreter) -> Result<Value> {
    let home = interp.load_module(registry::HOME)?;
    if let Some(known) = registry::value(&home, ATTRIBUTES) {
        return Ok(known);
    }
    let made = Value::dict(Vec::<(&str, Value)>::new());
    home.set(ATTRIBUTES, made.clone());
    Ok(made)
}

/// The `Config` of the run.
pub(crate) fn config_value(interp: &mut Interpreter) -> Result<Value> {
    interp.load_module(registry::HOME)?;
    match migration::current(interp)?.config.clone() {
        Some(facts) => Ok(Value::native(ConfigObject(facts))),
        None => Err(interp.unsupported("MigrationContext.config".to_owned())),
    }
}

/// An option of a section, or what is given for one that is not there.
fn option(
    interp: &mut Interpreter,
    facts: &Facts,
    section: &str,
    name: &str,
    default: Option<Value>,
) -> Result<Value> {
    // `here` is a directory that Alembic puts among the options.
    if (facts.changes)().touch(name) || name.eq_ignore_ascii_case("here") {
        return Err(interp.unsupported(format!("the option '{name}' of Alembic's Config")));
    }
    match facts.config.section_option(section, name) {
        Ok(Some(value)) => Ok(Value::str(value.expose())),
        Ok(None) => Ok(default.unwrap_or_default()),
        Err(error) => match error.kind {
            AlembicConfigErrorKind::NoSection { .. } => {
                let message = error.to_string();
                Err(errors::of_class(interp, "CommandError", message)?)
            }
            _ => Err(interp.unsupported(format!("the option '{name}' of Alembic's Config"))),
        },
    }
}

fn facts_of(interp: &mut Interpreter, of: Option<Value>) -> Result<ConfigFacts> {
    match of.and_then(|value| value.downcast::<ConfigObject>()) {
        Some(config) => Ok(config.0.clone()),
        None => interp.type_error("descriptor requires a 'Config' object"),
    }
}

fn get_main_option(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature = Signature::new("Config.get_main_option", ["self", "name", "default"], 2);
    let Bound { values: [this, name, default], .. } = args.bind(interp, &signature)?;
    let facts = facts_of(interp, this)?.0;
    let name = text(interp, &name.unwrap_or_default(), "name")?;
    option(interp, &facts, facts.config.section(), &name, default)
}

fn get_section_option(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let names = ["self", "section", "name", "default"];
    let signature = Signature::new("Config.get_section_option", names, 3);
    let Bound { values: [this, section, name, default], .. } = args.bind(interp, &signature)?;
    let facts = facts_of(interp, this)?.0;
    let section = text(interp, &section.unwrap_or_default(), "section")?;
    let name = text(interp, &name.unwrap_or_default(), "name")?;
    option(interp, &facts, &section, &name, default)
}

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter) {
    let class = ClassBuilder::new("Config", "alembic.config")
        .method("get_main_option", get_main_option)
        .method("get_section_option", get_section_option)
        .finish(interp);
    interp.register_class::<ConfigObject>(class);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use limbeck_schema::Dialect;
    use limbeck_schema::Target;
    use limbeck_schema::table::NamingConvention;

    use crate::config::ConfigInput;
    use crate::config::ConfigSource;
    use crate::config::read_config;
    use crate::eval::Failure;
    use crate::eval::Limits;
    use crate::eval::NoHost;
    use crate::project::config_changes;
    use crate::sa::Migration;
    use crate::sa::offline::Direction;
    use crate::sa::offline::run_revision;

    use super::ConfigFacts;
    use super::Interpreter;

    const INI: &str = "[DEFAULT]\nshared = s\n[alembic]\nscript_location = a\nown = x%%y\n\
                       both = %(own)s-%(shared)s\nplace = %(here)s\nvariable = %(HOME)s\n\
                       sqlalchemy.url = sqlite://\n[other]\nkey = value\n";

    fn facts(env: &'static str) -> ConfigFacts {
        let ini = ConfigSource { path: Path::new("/p/alembic.ini"), text: INI };
        let config = read_config(&ConfigInput {
            ini: Some(ini),
            pyproject: None,
            section: "alembic",
            current_directory: Path::new("/p"),
            environment: &|_| Some("home".to_owned()),
            is_directory: &|_| true,
        });
        ConfigFacts::new(config.unwrap(), Some("alembic.ini".to_owned()), || config_changes(env))
    }

    fn run(config: Option<ConfigFacts>, body: &str) -> Result<Vec<String>, Failure> {
        let target = Target::from(Dialect::Sqlite);
        let migration = Migration::offline(target, NamingConvention::default()).with_config(config);
        let mut interp = Interpreter::new(Box::new(NoHost(migration)), Limits::default());
        crate::register(&mut interp);
        let text = format!(
            "from alembic import context, op\nimport alembic.context\ndef upgrade():\n    \
             config = op.get_context().config\n    {}\n",
            body.replace('\n', "\n    ")
        );
        run_revision(&mut interp, &text, "r.py", Direction::Upgrade)?;
        let migration = interp.host().extension().downcast_mut::<Migration>();
        Ok(migration.map(Migration::take_statements).unwrap_or_default())
    }

    fn told(expression: &str) -> String {
        let body = format!("op.execute(repr({expression}))");
        run(Some(facts("")), &body).unwrap().remove(0)
    }

    #[test]
    fn options_are_those_of_the_file() {
        for (expression, expected) in [
            ("config.get_main_option('own')", "'x%y'"),
            ("config.get_main_option('OWN')", "'x%y'"),
            ("config.get_main_option('both')", "'x%y-s'"),
            ("config.get_main_option('place')", "'/p'"),
            ("config.get_main_option('shared')", "'s'"),
            ("config.get_main_option('absent')", "None"),
            ("config.get_main_option('absent', 7)", "7"),
            ("config.get_main_option('own', default=7)", "'x%y'"),
            ("config.get_section_option('other', 'key')", "'value'"),
            ("config.get_section_option('other', 'own', 'd')", "'d'"),
            ("context.config.get_main_option('own')", "'x%y'"),
            ("alembic.context.config.config_ini_section", "'alembic'"),
            ("context.get_context().config.config_file_name", "'alembic.ini'"),
            ("config.attributes", "{}"),
            ("config.attributes.get('connection')", "None"),
        ] {
            assert_eq!(told(expression), expected, "{expression}");
        }
    }

    #[test]
    fn attributes_are_kept() {
        let body = "config.attributes['a'] = 1\nop.execute(str(context.config.attributes['a']))";
        assert_eq!(run(Some(facts("")), body).unwrap(), ["1"]);
    }

    #[test]
    fn a_section_that_is_not_there_is_alembics_error() {
        let failure = run(Some(facts("")), "config.get_section_option('none', 'x')").unwrap_err();
        assert!(
            failure.to_string().contains(
                "CommandError: No config file 'alembic.ini' found, or file has no '[none]' section"
            ),
            "{failure}"
        );
    }

    #[test]
    fn what_only_python_can_tell_is_not_guessed() {
        const SETS: &str = "from alembic import context\n\
                            context.config.set_main_option('Own', 'z')\n\
                            context.config.attributes['a'] = 1\n";
        for (config, expression) in [
            (None, "config.get_main_option('own')"),
            (Some(facts(SETS)), "config.get_main_option('own')"),
            (Some(facts(SETS)), "config.attributes"),
            (Some(facts("")), "config.get_main_option('here')"),
            (Some(facts("")), "config.get_main_option('variable')"),
            (Some(facts("")), "config.get_section('alembic')"),
            (Some(facts("")), "config.file_config"),
            (Some(facts("")), "config.set_main_option('a', 'b')"),
        ] {
            let failure = run(config, expression).unwrap_err();
            assert!(matches!(failure, Failure::Unsupported(_)), "{expression}: {failure}");
        }
        let own = run(Some(facts(SETS)), "op.execute(config.get_main_option('shared'))").unwrap();
        assert_eq!(own, ["s"]);
    }
}
