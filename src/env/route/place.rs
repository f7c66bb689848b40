//! Where a rule stands in its file.

use toml::de::DeTable;
use toml::de::DeValue;

/// The line of `branches` of `database` in `toml`, the text of a `limbeck.toml`; from 1. `None`
/// where there is none, or the text is no TOML.
pub fn line_of_branches(toml: &str, database: &str) -> Option<usize> {
    let table = DeTable::parse(toml).ok()?;
    let databases = table.get_ref().iter().find(|(key, _)| key.get_ref() == "databases")?;
    let DeValue::Table(databases) = databases.1.get_ref() else { return None };
    let (_, settings) = databases.iter().find(|(key, _)| key.get_ref() == database)?;
    let DeValue::Table(settings) = settings.get_ref() else { return None };
    let (branches, _) = settings.iter().find(|(key, _)| key.get_ref() == "branches")?;
    Some(toml.get(..branches.span().start)?.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::line_of_branches;

    #[test]
    fn every_way_to_write_it() {
        let toml = "[databases.a]\nurl = \"x\"\nbranches = []\n[databases.a]\n";
        assert_eq!(line_of_branches(toml, "a"), None, "no TOML: a is there twice");
        let toml = "# \n[databases.a]\nurl = \"x\"\nbranches = []\n[databases.b]\nurl = \"\"\n";
        assert_eq!(line_of_branches(toml, "a"), Some(4));
        assert_eq!(line_of_branches(toml, "b"), None);
        assert_eq!(line_of_branches("databases = { a = { branches = [] } }", "a"), Some(1));
        assert_eq!(line_of_branches("databases.a.branches = []", "a"), Some(1));
        assert_eq!(line_of_branches("databases = 3", "a"), None);
    }
}
