//! The table `[project]` of the file, before paths and levels are resolved.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use adr_analysis::Domain;
use adr_language::{Level, Levels, registry};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Project, ProjectPlan, table_name};
use crate::platform::with_slashes;

/// The finding name that stands for all warnings.
const WARNINGS: &str = "warnings";

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ProjectTable {
    plans: BTreeMap<PlanName, PlanTable>,
    severity: Severities,
    domain: Option<DomainWord>,
}

/// A plan: a path, a list of paths, or a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FullPlan {
    paths: Paths,
    publish: Option<String>,
    #[serde(default)]
    severity: Severities,
    domain: Option<DomainWord>,
}

struct PlanTable(FullPlan);

/// One path or several.
struct Paths(Vec<String>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct PlanName(String);

/// The levels of a table `severity`. `warnings` comes first, so that names of findings win.
#[derive(Default)]
struct Severities(Levels);

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LevelWord {
    Allow,
    Warn,
    Deny,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DomainWord {
    Digits,
    Dialable,
    Anything,
}

impl ProjectTable {
    /// The project whose file is in `folder`.
    pub(super) fn project(self, folder: &Path) -> Project {
        let levels = self.severity.0;
        let domain = self.domain.map(Domain::from);
        let below = |path: &String| with_slashes(&folder.join(path).to_string_lossy()).into_owned();
        let plans = self.plans.into_iter().map(|(name, PlanTable(plan))| ProjectPlan {
            name: name.0,
            paths: plan.paths.0.iter().map(below).collect(),
            publish: plan.publish.map(|publish| folder.join(publish)),
            levels: levels.clone().then(&plan.severity.0),
            domain: plan.domain.map(Domain::from).or(domain),
        });
        let plans = plans.collect();
        Project { plans, levels, domain }
    }
}

impl From<DomainWord> for Domain {
    fn from(word: DomainWord) -> Self {
        match word {
            DomainWord::Digits => Self::Digits,
            DomainWord::Dialable => Self::Dialable,
            DomainWord::Anything => Self::Anything,
        }
    }
}

impl From<LevelWord> for Level {
    fn from(word: LevelWord) -> Self {
        match word {
            LevelWord::Allow => Self::Allow,
            LevelWord::Warn => Self::Warn,
            LevelWord::Deny => Self::Deny,
        }
    }
}

impl<'de> Deserialize<'de> for PlanName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        table_name(name, "a plan").map(Self).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Severities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = BTreeMap::<String, LevelWord>::deserialize(deserializer)?;
        let (all, single): (Vec<_>, Vec<_>) =
            words.into_iter().partition(|(name, _)| name == WARNINGS);
        let mut levels = Levels::default();
        for (name, word) in all.into_iter().chain(single) {
            levels.set(&name, word.into(), registry()).map_err(D::Error::custom)?;
        }
        Ok(Self(levels))
    }
}

impl<'de> Deserialize<'de> for PlanTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlanVisitor)
    }
}

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PathsVisitor)
    }
}

struct PathsVisitor;

impl<'de> Visitor<'de> for PathsVisitor {
    type Value = Paths;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path or a list of paths")
    }

    fn visit_str<E: Error>(self, path: &str) -> Result<Paths, E> {
        match path {
            "" => Err(E::custom("the path is empty; write `.` for the folder of this file")),
            path => Ok(Paths(vec![path.to_owned()])),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, paths: A) -> Result<Paths, A::Error> {
        let paths = Vec::<String>::deserialize(SeqAccessDeserializer::new(paths))?;
        match paths.is_empty() || paths.iter().any(String::is_empty) {
            true => Err(A::Error::custom("a plan needs one path or more, and none may be empty")),
            false => Ok(Paths(paths)),
        }
    }
}

struct PlanVisitor;

impl<'de> Visitor<'de> for PlanVisitor {
    type Value = PlanTable;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path, a list of paths, or a table with `paths`")
    }

    fn visit_str<E: Error>(self, path: &str) -> Result<PlanTable, E> {
        PathsVisitor.visit_str(path).map(PlanTable::of)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, paths: A) -> Result<PlanTable, A::Error> {
        PathsVisitor.visit_seq(paths).map(PlanTable::of)
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<PlanTable, A::Error> {
        FullPlan::deserialize(MapAccessDeserializer::new(table)).map(PlanTable)
    }
}

impl PlanTable {
    fn of(paths: Paths) -> Self {
        Self(FullPlan { paths, publish: None, severity: Severities::default(), domain: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(text: &str) -> Project {
        toml::from_str::<ProjectTable>(text).unwrap().project(Path::new("../.."))
    }

    fn error(text: &str) -> String {
        let read = toml::from_str::<ProjectTable>(text);
        read.err().expect("an error").message().to_owned()
    }

    #[test]
    fn plan_is_a_path_a_list_or_a_table() {
        let project = project(
            "domain = \"digits\"\n\
             [plans]\n\
             b = [\"b.adr\", \"common.adr\"]\n\
             a = \"a\"\n\
             [plans.c]\n\
             paths = \"c\"\n\
             publish = \"out/c\"\n\
             domain = \"anything\"\n",
        );
        let paths: Vec<_> =
            project.plans.iter().map(|plan| (plan.name.as_str(), plan.paths.join(" "))).collect();
        let expected = [("a", "../../a"), ("b", "../../b.adr ../../common.adr"), ("c", "../../c")];
        assert_eq!(paths, expected.map(|(name, paths)| (name, paths.to_owned())));
        let plan = project.plan("c").unwrap();
        assert_eq!(plan.publish.as_deref(), Some(Path::new("../../out/c")));
        assert_eq!(plan.domain, Some(Domain::Anything));
        assert_eq!(project.plans[0].domain, Some(Domain::Digits));
    }

    #[test]
    fn severity_of_a_plan_wins_and_single_findings_win_over_warnings() {
        let project = project(
            "severity = { any-length = \"allow\", warnings = \"deny\" }\n\
             [plans.lab]\npaths = \"lab\"\nseverity.warnings = \"warn\"\n",
        );
        let mut levels = Levels::default();
        levels.set("warnings", Level::Deny, registry()).unwrap();
        levels.set("any-length", Level::Allow, registry()).unwrap();
        assert_eq!(project.levels, levels);
        levels.set("warnings", Level::Warn, registry()).unwrap();
        assert_eq!(project.plans[0].levels, levels);
    }

    #[test]
    fn wrong_settings_are_named() {
        let cases = [
            ("plan = 1", "unknown field `plan`"),
            ("domain = \"all\"", "unknown variant `all`"),
            ("severity.any-lenght = \"deny\"", "did you mean `any-length`?"),
            ("severity.any-length = \"error\"", "expected one of `allow`, `warn`, `deny`"),
            ("plans.\"9 a\" = \"a\"", "`9 a` is not a plan's name"),
            ("plans.a = 1", "expected a path, a list of paths, or a table with `paths`"),
            ("plans.a = []", "a plan needs one path or more"),
            ("plans.a = \"\"", "the path is empty"),
            ("plans.a = { path = \"a\" }", "unknown field `path`"),
            ("plans.a = { publish = \"a\" }", "missing field `paths`"),
        ];
        for (text, expected) in cases {
            let error = error(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
