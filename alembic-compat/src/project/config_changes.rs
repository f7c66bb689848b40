//! What an `env.py` does to Alembic's `Config` before the migrations see it.
//!
//! The file is not run. What is done to the `Config` in plain sight is told by name; a `Config`
//! that is handed to other code may be changed in any way.

use crate::python;
use crate::python::Argument;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::StmtKind;
use crate::python::Visitor;

/// What is not what the files of the configuration say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigChanges {
    /// Whether anything may be changed.
    pub any: bool,
    /// The options that are set or removed, in whatever section, in lower case.
    pub options: Vec<String>,
    /// Whether something may be put into `Config.attributes`.
    pub attributes: bool,
}

impl ConfigChanges {
    /// Whether the value of an option may be another than that of the file.
    #[must_use]
    pub fn touch(&self, option: &str) -> bool {
        self.any || self.options.contains(&option.to_lowercase())
    }
}

/// The members of a `Config` that change nothing.
const HARMLESS: [&str; 13] = [
    "cmd_opts",
    "config_args",
    "config_file_name",
    "config_ini_section",
    "get_alembic_boolean_option",
    "get_alembic_option",
    "get_main_option",
    "get_section",
    "get_section_option",
    "get_template_directory",
    "print_stdout",
    "stdout",
    "toml_file_name",
];

/// What the text of an `env.py` does to the `Config`.
#[must_use]
pub fn config_changes(text: &str) -> ConfigChanges {
    let any = ConfigChanges { any: true, attributes: true, ..ConfigChanges::default() };
    let Ok(tree) = python::parse(text) else { return any };
    let mut names = Names { contexts: vec!["context".to_owned()], configs: Vec::new() };
    // What a name is bound to further down is a name of it in functions above.
    loop {
        let known = names.contexts.len() + names.configs.len();
        python::walk_stmts(&tree.body, &mut names);
        if names.contexts.len() + names.configs.len() == known {
            break;
        }
    }
    let mut uses = Uses { names: &names, changes: ConfigChanges::default() };
    python::walk_stmts(&tree.body, &mut uses);
    if uses.changes.any { any } else { uses.changes }
}

/// What `alembic.context` and its `Config` are called.
struct Names {
    contexts: Vec<String>,
    configs: Vec<String>,
}

impl Names {
    fn is_context(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => self.contexts.contains(name),
            ExprKind::Attribute { value, name } => {
                name == "context" && matches!(&value.kind, ExprKind::Name(of) if of == "alembic")
            }
            _ => false,
        }
    }

    fn is_config(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => self.configs.contains(name),
            ExprKind::Attribute { value, name } => name == "config" && self.is_context(value),
            _ => false,
        }
    }

    fn bind(&mut self, target: &Expr, value: &Expr) {
        let ExprKind::Name(name) = &target.kind else { return };
        let known = match value {
            value if self.is_config(value) => &mut self.configs,
            value if self.is_context(value) => &mut self.contexts,
            _ => return,
        };
        if !known.contains(name) {
            known.push(name.clone());
        }
    }
}

impl<'t> Visitor<'t> for Names {
    fn stmt(&mut self, stmt: &'t python::Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Assign { targets, value } => {
                for target in targets {
                    self.bind(target, value);
                }
            }
            StmtKind::AnnAssign { target, value: Some(value), .. } => self.bind(target, value),
            StmtKind::ImportFrom { module, names, .. } => {
                for imported in names {
                    let known = match (module.as_deref(), imported.name.as_str()) {
                        (Some("alembic"), "context") => &mut self.contexts,
                        (Some("alembic.context"), "config") => &mut self.configs,
                        _ => continue,
                    };
                    let bound = imported.bound().to_owned();
                    if !known.contains(&bound) {
                        known.push(bound);
                    }
                }
            }
            _ => {}
        }
        true
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        if let ExprKind::Named { target, value } = &expr.kind {
            self.bind(target, value);
        }
        true
    }
}

struct Uses<'n> {
    names: &'n Names,
    changes: ConfigChanges,
}

impl Uses<'_> {
    /// A member of a `Config` that stands by itself.
    fn member(&mut self, name: &str) {
        match name {
            "attributes" => self.changes.attributes = true,
            name if HARMLESS.contains(&name) => {}
            _ => self.changes.any = true,
        }
    }

    /// A method that is called; whether it is one that is known.
    fn called(&mut self, name: &str, arguments: &[Argument]) -> bool {
        let at = match name {
            "set_main_option" | "remove_main_option" => 0,
            "set_section_option" => 1,
            _ => return false,
        };
        let by_name = arguments.iter().find_map(|argument| match argument {
            Argument::Keyword { name, value } if name == "name" => Some(value),
            _ => None,
        });
        let is_plain =
            arguments.iter().all(|argument| !matches!(argument, Argument::DoubleStar(_)));
        let by_place = match arguments.get(at) {
            Some(Argument::Positional(value)) => Some(value),
            _ => None,
        };
        match by_name.or(by_place).map(|value| &value.kind) {
            Some(ExprKind::Str(option)) if is_plain => {
                self.changes.options.push(option.to_lowercase());
            }
            _ => self.changes.any = true,
        }
        true
    }
}

impl<'t> Visitor<'t> for Uses<'_> {
    fn stmt(&mut self, stmt: &'t python::Stmt) -> bool {
        // A further name of it, in whose place the uses are looked at.
        match &stmt.kind {
            StmtKind::Assign { targets, value } => {
                let known = self.names.is_config(value) || self.names.is_context(value);
                !(known && targets.iter().all(|to| matches!(to.kind, ExprKind::Name(_))))
            }
            StmtKind::AnnAssign { target, value: Some(value), .. } => {
                let known = self.names.is_config(value) || self.names.is_context(value);
                !(known && matches!(target.kind, ExprKind::Name(_)))
            }
            _ => true,
        }
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        match &expr.kind {
            ExprKind::Call { function, arguments } => {
                let ExprKind::Attribute { value, name } = &function.kind else { return true };
                if self.names.is_config(value) && self.called(name, arguments) {
                    for argument in arguments {
                        python::walk_expr(argument.value(), self);
                    }
                    return false;
                }
                // `config.attributes.get("connection")`: a command line puts nothing there.
                let is_read = matches!(&value.kind, ExprKind::Attribute { value: of, name: member }
                    if member == "attributes" && name == "get" && self.names.is_config(of));
                if is_read {
                    for argument in arguments {
                        python::walk_expr(argument.value(), self);
                    }
                }
                !is_read
            }
            ExprKind::Attribute { value, name } if self.names.is_config(value) => {
                self.member(name);
                false
            }
            // A member of the context that is not its `Config`.
            ExprKind::Attribute { value, .. } if self.names.is_context(value) => {
                if self.names.is_config(expr) {
                    self.changes.any = true;
                }
                false
            }
            ExprKind::Named { value, .. }
                if self.names.is_config(value) || self.names.is_context(value) =>
            {
                false
            }
            _ if self.names.is_config(expr) || self.names.is_context(expr) => {
                self.changes.any = true;
                false
            }
            _ => true,
        }
    }

    fn annotation(&mut self, _: &'t Expr) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &str) -> ConfigChanges {
        config_changes(&format!(
            "from alembic import context\nfrom logging.config import fileConfig\n\
             config = context.config\n{lines}\n"
        ))
    }

    #[test]
    fn what_is_only_read_stays() {
        for lines in [
            "fileConfig(config.config_file_name)",
            "url = config.get_main_option('sqlalchemy.url')",
            "def run():\n    c = context.config\n    e = make(c.get_section(c.config_ini_section))",
            "connection = config.attributes.get('connection', None)",
            "with context.begin_transaction():\n    context.run_migrations()",
            "context.configure(target_metadata=None)",
            "def run(context: int, config: 'Config'):\n    pass",
        ] {
            assert_eq!(of(lines), ConfigChanges::default(), "{lines}");
        }
    }

    #[test]
    fn an_option_that_is_set_is_told_by_name() {
        let set = of("config.set_main_option('sqlalchemy.URL', url)\n\
             context.config.set_section_option('x', name='A', value='b')");
        assert_eq!(set.options, ["sqlalchemy.url", "a"]);
        assert!(set.touch("Sqlalchemy.url") && set.touch("a") && !set.touch("b"));
        assert!(!set.any && !set.attributes);
    }

    #[test]
    fn what_cannot_be_followed_may_change_anything() {
        for lines in [
            "config.set_main_option(name, url)",
            "config.set_main_option(*both)",
            "config.set_main_option(**both)",
            "config.file_config['alembic']['x'] = 'y'",
            "prepare(config)",
            "prepare(context)",
            "prepare(context.config)",
            "also = config\nalso.file_config.read('x')",
            "if (also := config) is not None:\n    prepare(also)",
            "setattr(config, 'x', 1)",
            "def (",
        ] {
            assert!(of(lines).any, "{lines}");
            assert!(of(lines).touch("x"), "{lines}");
        }
        assert!(config_changes("import alembic\nprepare(alembic.context.config)").any);
        assert!(of("config.attributes['x'] = 1").attributes);
        assert!(of("config.attributes.update(x=1)").attributes);
    }
}
