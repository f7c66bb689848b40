//! From what the walks found to what a person reads.

use std::collections::BTreeMap;

use super::EnvScript;
use super::EnvVariable;
use super::Finding;
use super::FindingKind;
use super::Masked;
use super::ProposedSetting;
use super::ProposedValue;
use super::Setting;
use super::StatementTopic;
use super::Treatment;
use super::UrlSource;
use super::expression::is_ini_url;
use super::formula::Formula;
use super::formula::Known;
use super::places::Places;
use super::state::Configure;
use super::walk::Walked;
use crate::python::Position;
use crate::python::Span;

/// Brings both walks together; online wins.
pub(super) fn script(places: &Places<'_>, online: Walked, offline: Walked) -> EnvScript {
    let at = |span: Span| places.at(span);
    let mut found = online.findings;
    for finding in offline.findings {
        if !found.contains(&finding) {
            found.push(finding);
        }
    }
    let arguments = differences(&online.configures, &offline.configures, &mut found);
    if let (Some((a, _)), Some((b, span))) = (&online.url, &offline.url)
        && a != b
        && !offline.configures.is_empty()
    {
        found.push((*span, FindingKind::OfflineDiffers { name: "url".to_owned() }));
    }
    let start = Span { start: 0, end: 0 };
    let configured = !online.configures.is_empty() || !offline.configures.is_empty();
    if !configured {
        found.push((start, FindingKind::NotConfigured));
    }
    let elsewhere = (!configured).then_some((Formula::Unknown(start), start));
    let url = online.url.or(offline.url).or(elsewhere);
    let x_arguments = x_keys(&found);
    let mut source = url_source(places, url.as_ref());
    let section = found.iter().find(|(_, kind)| *kind == FindingKind::OtherSection);
    if let (UrlSource::Computed { .. }, Some((span, _))) = (&source, section) {
        source = UrlSource::Sections { position: at(*span) };
    }
    found.sort_by_key(|(span, _)| *span);
    let findings = found
        .into_iter()
        .map(|(span, kind)| Finding { position: at(span), treatment: treatment(&kind), kind })
        .collect();
    let settings = arguments
        .into_iter()
        .map(|(name, (formula, span))| (name, setting(places, &formula, span)))
        .collect();
    EnvScript {
        sections: Vec::new(),
        findings,
        url: source,
        url_formula: url.map_or_else(ini_url, |(formula, _)| formula),
        arguments: settings,
        x_arguments,
    }
}

fn ini_url() -> Formula {
    Formula::Option { name: "sqlalchemy.url".to_owned(), default: None }
}

type Arguments = BTreeMap<String, (Formula, Span)>;

/// The arguments of all calls of a mode; what differs between them is not known.
fn agreed(configures: &[Configure]) -> Arguments {
    let mut all = Arguments::new();
    for configure in configures {
        for (name, (formula, span)) in &configure.arguments {
            let everywhere = configures
                .iter()
                .all(|c| c.arguments.get(name).is_some_and(|(own, _)| own == formula));
            let formula = if everywhere { formula.clone() } else { Formula::Unknown(*span) };
            all.insert(name.clone(), (formula, *span));
        }
    }
    all
}

fn differences(
    online: &[Configure],
    offline: &[Configure],
    found: &mut Vec<(Span, FindingKind)>,
) -> Arguments {
    // What offline alone is given anyway.
    let usual = ["literal_binds", "dialect_opts", "output_buffer"];
    let offline_all = agreed(offline);
    if online.is_empty() {
        return offline_all;
    }
    let all = agreed(online);
    for (name, (formula, span)) in &offline_all {
        let same = match (all.get(name), formula) {
            (Some((own, _)), _) if own == formula => true,
            // Two mentions of the same thing that is not known.
            (Some((Formula::Unknown(_), _)), Formula::Unknown(_)) => true,
            _ => false,
        };
        if !same && !usual.contains(&name.as_str()) {
            found.push((*span, FindingKind::OfflineDiffers { name: name.clone() }));
        }
    }
    for name in all.keys().filter(|name| !offline.is_empty() && !offline_all.contains_key(*name)) {
        if let Some(configure) = offline.first() {
            let kind = FindingKind::OfflineDiffers { name: name.clone() };
            found.push((configure.span, kind));
        }
    }
    all
}

fn x_keys(found: &[(Span, FindingKind)]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for (_, kind) in found {
        if let FindingKind::XArgument { key: Some(key) } = kind
            && !keys.contains(key)
        {
            keys.push(key.clone());
        }
    }
    keys
}

fn url_source(places: &Places<'_>, url: Option<&(Formula, Span)>) -> UrlSource {
    let Some((formula, span)) = url else { return UrlSource::FromConfig };
    if is_ini_url(formula) {
        return UrlSource::FromConfig;
    }
    if let Some(unknown) = formula.unknown_part() {
        return UrlSource::Computed {
            position: places.at(unknown),
            expression: Masked(unknown.text(places.text).to_owned()),
        };
    }
    let position = places.at(formula.place().unwrap_or(*span));
    if formula.constant().is_some() {
        return UrlSource::Literal { position };
    }
    let mut names: Vec<EnvVariable> = Vec::new();
    for part in formula.parts() {
        if let Formula::Variable { name, default, .. } = part
            && !names.iter().any(|own| own.name == *name)
        {
            let default = default.as_ref().and_then(|default| match default.constant() {
                Some(Known::Text(text)) => Some(Masked(text)),
                _ => None,
            });
            names.push(EnvVariable { name: name.clone(), default });
        }
    }
    let x_arguments: Vec<String> = formula.x_keys().into_iter().collect();
    UrlSource::Variables { position, names, x_arguments }
}

fn setting(places: &Places<'_>, formula: &Formula, span: Span) -> Setting {
    let position = places.at(span);
    if let Some(known) = formula.constant() {
        return match known {
            Known::None => Setting::None { position },
            Known::Bool(value) => Setting::Flag { value, position },
            Known::Int(value) => Setting::Flag { value: value != 0, position },
            Known::Text(value) => Setting::Text { value, position },
        };
    }
    if let Formula::Option { name, .. } = formula {
        return Setting::Option { key: name.clone(), position };
    }
    let variable = formula.parts().into_iter().find_map(|part| match part {
        Formula::Variable { name, .. } => Some(name.clone()),
        Formula::XArgument { key, .. } => Some(format!("-x {key}")),
        _ => None,
    });
    match variable {
        Some(name) if formula.unknown_part().is_none() => Setting::Variable { name, position },
        _ => computed(places, span, position),
    }
}

fn computed(places: &Places<'_>, span: Span, position: Position) -> Setting {
    Setting::Computed { position, expression: Masked(span.text(places.text).to_owned()) }
}

/// What limbeck does about each kind of finding.
fn treatment(kind: &FindingKind) -> Treatment {
    match kind {
        FindingKind::Url => Treatment::SettingNeeded { what: "the database's url" },
        FindingKind::Argument { name } => argument_treatment(name),
        FindingKind::ArgumentsFromOutside => Treatment::SettingNeeded {
            what: "version_table and version_table_schema, if they are not the default",
        },
        FindingKind::OfflineDiffers { name } => match argument_treatment(name) {
            Treatment::AutogenerateOnly => Treatment::AutogenerateOnly,
            _ => Treatment::NotFollowed { why: "--sql does what is set for a run on the database" },
        },
        FindingKind::XArgument { .. } => Treatment::SettingNeeded {
            what: "a [databases] table for each value of the -x argument",
        },
        FindingKind::OtherSection => {
            Treatment::SettingNeeded { what: "a [databases] table for each" }
        }
        FindingKind::VersionLocations => Treatment::SettingNeeded { what: "version_locations" },
        FindingKind::NotConfigured => {
            Treatment::NotFollowed { why: "neither the URL nor the version table is known" }
        }
        FindingKind::Tag => Treatment::NotFollowed { why: "--tag has no effect" },
        FindingKind::Statement { topic, .. } => match topic {
            StatementTopic::SearchPath => {
                Treatment::SettingNeeded { what: "options=-csearch_path%3DNAME in the URL" }
            }
            StatementTopic::CreateSchema => {
                Treatment::NotFollowed { why: "a schema has to exist, or be made by a revision" }
            }
            StatementTopic::AdvisoryLock => Treatment::Followed,
            StatementTopic::Timeout => {
                Treatment::SettingNeeded { what: "options=-clock_timeout%3D5s in the URL" }
            }
            StatementTopic::Pragma | StatementTopic::Other => {
                Treatment::NotFollowed { why: "the statement is not executed" }
            }
        },
        FindingKind::SchemaTranslateMap => {
            Treatment::NotFollowed { why: "every revision runs in the schema of the connection" }
        }
        FindingKind::EventListener => Treatment::NotFollowed { why: "the listener is not called" },
        FindingKind::RunArgument { name } => match name.as_deref() {
            Some("engine_name") => Treatment::Followed,
            _ => Treatment::NotFollowed { why: "upgrade() and downgrade() get no such argument" },
        },
        FindingKind::Loop { .. } => {
            Treatment::SettingNeeded { what: "a [databases] table for each round" }
        }
        FindingKind::Variable { .. } => {
            Treatment::NotFollowed { why: "only what it does to the URL and the arguments matters" }
        }
        FindingKind::Dotenv => {
            Treatment::NotFollowed { why: "its variables must be set in the environment" }
        }
        FindingKind::Import { .. } => Treatment::NotFollowed {
            why: "nothing is imported; what it does on import is not done",
        },
        FindingKind::TooIntricate => {
            Treatment::NotFollowed { why: "the rest of the file is not understood" }
        }
    }
}

fn argument_treatment(name: &str) -> Treatment {
    match name {
        "version_table" => Treatment::SettingNeeded { what: "version_table" },
        "version_table_schema" => Treatment::SettingNeeded { what: "version_table_schema" },
        "version_table_pk" => {
            Treatment::NotFollowed { why: "a table that limbeck makes has its primary key" }
        }
        "transaction_per_migration" => Treatment::SettingNeeded { what: "transaction_mode" },
        "transactional_ddl" => {
            Treatment::NotFollowed { why: "transactions are what the database can" }
        }
        "target_metadata"
        | "include_schemas"
        | "include_name"
        | "include_object"
        | "compare_type"
        | "compare_server_default"
        | "render_item"
        | "render_as_batch"
        | "process_revision_directives"
        | "upgrade_token"
        | "downgrade_token"
        | "alembic_module_prefix"
        | "sqlalchemy_module_prefix"
        | "user_module_prefix"
        | "autogenerate_plugins" => Treatment::AutogenerateOnly,
        "literal_binds" | "dialect_opts" | "output_buffer" | "output_encoding" | "dialect_name"
        | "compare_nullable" => Treatment::Followed,
        "template_args" => Treatment::NotFollowed { why: "the template gets no such names" },
        "on_version_apply" => Treatment::NotFollowed { why: "the callback is not called" },
        "schema_translate_map" => {
            Treatment::NotFollowed { why: "every revision runs in the schema of the connection" }
        }
        _ => Treatment::NotFollowed { why: "the argument has no counterpart" },
    }
}

/// The lines of a `limbeck.toml` that would stand in for this `env.py`. What is not known is a
/// comment that says what to fill in; texts are those of the file and no URL is among them.
#[must_use]
pub fn proposed_settings(script: &EnvScript) -> Vec<ProposedSetting> {
    let mut all = Vec::new();
    let mut add = |table: &'static str, key: &str, value: ProposedValue| {
        all.push(ProposedSetting { table, key: key.to_owned(), value });
    };
    match script.url() {
        UrlSource::FromConfig => {}
        UrlSource::Variables { names, .. } => {
            let plain = match (&script.url_formula, names.as_slice()) {
                (formula, [only]) if is_plain(formula) => Some(format!("${{{}}}", only.name)),
                _ => None,
            };
            let names: Vec<&str> = names.iter().map(|variable| variable.name.as_str()).collect();
            let names = format!("built from {}", names.join(", "));
            add(
                "database",
                "url",
                plain.map_or(ProposedValue::Comment(names), ProposedValue::Text),
            );
        }
        UrlSource::Literal { position } => {
            let comment = format!("written in env.py, line {}", position.line);
            add("database", "url", ProposedValue::Comment(comment));
        }
        UrlSource::Sections { position } => {
            let comment = format!("one for each section read in env.py, line {}", position.line);
            add("database", "url", ProposedValue::Comment(comment));
        }
        UrlSource::Computed { position, .. } => {
            let comment = format!("computed in env.py, line {}", position.line);
            add("database", "url", ProposedValue::Comment(comment));
        }
    }
    for name in ["version_table", "version_table_schema", "version_table_pk", "transactional_ddl"] {
        let value = match script.argument(name) {
            Setting::Absent | Setting::None { .. } => continue,
            Setting::Text { value, .. } => ProposedValue::Text(value),
            Setting::Flag { value, .. } => ProposedValue::Flag(value),
            Setting::Option { key, .. } => {
                ProposedValue::Comment(format!("the option '{key}' of the ini"))
            }
            Setting::Variable { name, .. } => ProposedValue::Comment(format!("built from {name}")),
            Setting::Computed { position, .. } => {
                ProposedValue::Comment(format!("computed in env.py, line {}", position.line))
            }
        };
        add("database", name, value);
    }
    match script.transaction_per_migration() {
        Setting::Flag { value: true, .. } => {
            add("scripts", "transaction_mode", ProposedValue::Text("revision".to_owned()));
        }
        Setting::Absent | Setting::None { .. } | Setting::Flag { value: false, .. } => {}
        _ => {
            let comment = "\"revision\" or \"run\", as env.py computes it".to_owned();
            add("scripts", "transaction_mode", ProposedValue::Comment(comment));
        }
    }
    for finding in script.findings() {
        if let (
            FindingKind::Loop { .. }
            | FindingKind::XArgument { .. }
            | FindingKind::SchemaTranslateMap
            | FindingKind::Statement { .. },
            Treatment::SettingNeeded { what },
        ) = (&finding.kind, &finding.treatment)
        {
            let comment = format!("{what} (env.py, line {})", finding.position.line);
            add("database", "", ProposedValue::Comment(comment));
        }
    }
    all
}

/// Whether the URL is just one variable, so that `${NAME}` says the same.
pub(super) fn is_plain(formula: &Formula) -> bool {
    match formula {
        Formula::Variable { default: None, .. } => true,
        // `%` doubled for the ini and read back.
        Formula::Interpolated(of, _) => match &**of {
            Formula::Replaced { of, from, to, count: None } => {
                from == "%" && to == "%%" && is_plain(of)
            }
            of => is_plain(of),
        },
        Formula::Joined(parts) => matches!(parts.as_slice(), [only] if is_plain(only)),
        _ => false,
    }
}
