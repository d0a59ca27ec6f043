//! `adrc doctor cucm`: what is wrong with a cluster, and what it makes of dial rules.

use std::collections::BTreeSet;
use std::path::PathBuf;

use adr_analysis::Domain;
use adr_cucm::file::{ExportedUsage, FILE_BYTES, read_patterns};
use adr_cucm_client::CallError;
use adr_cucm_sync::connect::cluster_name;
use adr_cucm_sync::examine::{LookLimits, examine};
use adr_diagnostic::visible;
use adr_doctor::cucm::{
    Dialed, Lists, MAX_RECORD_BYTES, Observations, Pattern, PatternKind, Patterns, Plan, SeenRule,
    diagnose, read_record, write_record,
};
use adr_language::{ListKind, closest};
use adr_render::lists::{NamedList, Rules};
use adr_watcher::sources::read_file;
use adr_watcher::write::write_private;
use clap::Args;

use super::progress::ProgressLine;
use super::report::report;
use crate::console::Console;
use crate::cucm::{CucmOptions, run};
use crate::dial_plan::{OrErrors, reject};
use crate::domain::{Numbers, domain};
use crate::failure::{Failure, Status};
use crate::format::{DoctorFormat, FindingsAs};
use crate::rules::{Lines, read_lists};
use crate::target::target;

/// What a record has already, with other names of partitions, or what reaches a cluster.
const NOT_WITH_REPLAY: [&str; 6] =
    ["record", "search_space", "domain", "ca", "fingerprint", "credentials"];

/// What is about a cluster.
const NOT_WITH_ROUTES: [&str; 5] = ["record", "replay", "ca", "fingerprint", "credentials"];

/// Arguments of `adrc doctor cucm`.
#[derive(Debug, Args)]
pub(super) struct Cucm {
    /// The cluster, as cucm://NAME or cucm://HOST, and the dial plan or deployed files to compare
    /// with
    #[arg(value_name = "cucm://HOST|PATH")]
    words: Vec<String>,
    /// Read route patterns from this file in place of a cluster: a table in CSV, or text of `run
    /// sql`
    #[arg(long, value_name = "FILE", conflicts_with_all = NOT_WITH_ROUTES)]
    routes: Option<String>,
    /// The partitions that softphones can dial, in the order of their search space
    #[arg(long, value_name = "PARTITIONS", value_delimiter = ',')]
    search_space: Option<Vec<String>>,
    /// The numbers that people dial [default: that of the project, else digits]
    #[arg(long, value_enum)]
    domain: Option<Numbers>,
    /// Keep what was seen in this file, without names
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Judge what was kept in this file in place of a cluster
    #[arg(long, value_name = "FILE", conflicts_with_all = NOT_WITH_REPLAY)]
    replay: Option<String>,
    /// Format of the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: DoctorFormat,
    #[command(flatten)]
    cucm: CucmOptions,
}

impl Cucm {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        if let Some(path) = &self.replay {
            self.no_words("--replay")?;
            let bytes = read_file(path, MAX_RECORD_BYTES as u64);
            let bytes = bytes.map_err(|error| Failure::reading(path, error))?;
            let seen = read_record(&bytes)
                .map_err(|error| Failure::new(format!("{path}: {error}"), RECORD_HELP))?;
            warn_of_partitions(&seen, console);
            return report(&diagnose(&seen), self.format, console);
        }
        let (clusters, paths): (Vec<_>, Vec<_>) =
            self.words.iter().cloned().partition(|word| cluster_name(word).is_some());
        let cluster = match (&clusters[..], &self.routes) {
            ([], None) => return Err(Failure::new("no cluster and no file is given", USAGE)),
            ([], Some(_)) => None,
            ([only], None) => cluster_name(only),
            ([_, ..], Some(_)) => {
                return Err(Failure::new("--routes: a cluster is given as well", USAGE));
            }
            _ => return Err(Failure::new("more than one cluster is given", USAGE)),
        };
        let (plan, dialed) = match self.plan(&paths, console)? {
            Ok(read) => read,
            Err(errors) => return reject(&[*errors], findings(self.format), console),
        };
        let mut seen = match (cluster, &self.routes) {
            (Some(name), _) => self.look(name, console)?,
            (None, Some(file)) => from_file(file)?,
            (None, None) => Observations::default(),
        };
        (seen.plan, seen.dialed) = (plan, dialed);
        seen.search_space.clone_from(&self.search_space);
        warn_of_partitions(&seen, console);
        if let Some(path) = &self.record {
            write_private(path, write_record(&seen.anonymized()).as_bytes())?;
            console.message(format_args!("wrote {}: names are left out", path.display()));
        }
        report(&diagnose(&seen), self.format, console)
    }

    /// Looks at a cluster. A publisher that does not answer at all is a failure, unless the project
    /// names TFTP nodes.
    fn look(&self, name: &str, console: &Console) -> Result<Observations, Failure> {
        let attempt = self.cucm.attempt(name, console)?;
        if let Err(error) = &attempt.versions
            && !matches!(error, CallError::Answer(_))
            && attempt.profile.tftp_nodes.is_empty()
        {
            return Err(Failure::new(error.to_string(), error.help()));
        }
        let line = ProgressLine::new(console);
        run(examine(&attempt, LookLimits::default(), &|what| line.show(&visible(what))))
    }

    /// The default view of the dial plan, if one is named, and the numbers that people dial.
    fn plan(
        &self,
        paths: &[String],
        console: &Console,
    ) -> Result<OrErrors<(Option<Plan>, Dialed)>, Failure> {
        let target = target(paths)?;
        let dialed = match domain(self.domain, &target, Domain::Digits) {
            Domain::Digits => Dialed::Digits,
            Domain::Dialable => Dialed::Dialable,
            Domain::Anything => Dialed::Anything,
        };
        if target.is_current_folder() && paths.is_empty() {
            return match self.routes {
                Some(_) => Err(Failure::new("--routes: no dial plan is given", USAGE)),
                None => Ok(Ok((None, dialed))),
            };
        }
        let lists = match read_lists(&target.paths, Lines::Unknown, console)? {
            Ok(lists) => lists,
            Err(errors) => return Ok(Err(errors)),
        };
        let emergency = lists.iter().find_map(|list| list.rules.plan());
        let emergency = emergency
            .map(|plan| plan.emergency().iter().map(|number| number.as_str().to_owned()).collect());
        let mut sites: Vec<&str> = lists.iter().filter_map(|list| list.site.as_deref()).collect();
        sites.sort_unstable();
        sites.dedup();
        let plan = Plan {
            title: target.title(),
            emergency,
            sites: sites.len(),
            lists: Lists {
                application: rules_of(&lists, ListKind::Application),
                lookup: rules_of(&lists, ListKind::Lookup),
            },
        };
        Ok(Ok((Some(plan), dialed)))
    }

    fn no_words(&self, option: &str) -> Result<(), Failure> {
        match self.words.first() {
            None => Ok(()),
            Some(word) => {
                let message = format!("{option}: `{}` is given as well", word.escape_debug());
                Err(Failure::new(message, "name only the record; it has everything that was seen"))
            }
        }
    }
}

const USAGE: &str =
    "write `adrc doctor cucm cucm://HOST PLAN`, or `adrc doctor cucm --routes FILE PLAN`";

const RECORD_HELP: &str = "name a file that `adrc doctor cucm --record` wrote";

/// Warns about partitions of the search space that no pattern is in, if patterns are in one with
/// nearly this name, or in none of the search space.
fn warn_of_partitions(seen: &Observations, console: &Console) {
    let unknown = seen.unknown_partitions();
    let patterns = seen.patterns.iter().flat_map(|patterns| &patterns.list);
    let known: BTreeSet<&str> =
        patterns.map(|one| one.partition.as_str()).filter(|name| !name.is_empty()).collect();
    let listed = seen.search_space.iter().flatten().filter(|name| !name.is_empty()).count();
    let is_none_known = unknown.len() == listed;
    for name in unknown {
        let help = match closest(name, known.iter().copied()) {
            Some(close) => format!("did you mean `{}`?", visible(close)),
            None if is_none_known => "write the names as CUCM does".to_owned(),
            None => continue,
        };
        let name = visible(name);
        console.message(format_args!(
            "warning: --search-space: no pattern is in the partition `{name}`; {help}"
        ));
    }
}

/// The rules of the default view.
fn rules_of(lists: &[NamedList], kind: ListKind) -> Vec<SeenRule> {
    let list = lists.iter().find(|list| list.site.is_none() && list.kind == kind);
    let rules = list.map(|list| &list.rules);
    let name = |rules: &Rules, at| if rules.has_names() { rules.name(at) } else { String::new() };
    let seen = |rules: &Rules| {
        let rule = |(at, rule)| SeenRule::new(name(rules, at), rule);
        rules.rules().iter().enumerate().map(rule).collect()
    };
    rules.map(seen).unwrap_or_default()
}

/// The patterns of a file.
fn from_file(path: &str) -> Result<Observations, Failure> {
    let bytes = read_file(path, FILE_BYTES as u64);
    let bytes = bytes.map_err(|error| Failure::reading(path, error))?;
    let file = read_patterns(&bytes).map_err(|error| {
        Failure::new(
            format!("{path}: {error}"),
            "`adrc help doctor cucm` shows the columns, and a query that prints them",
        )
    })?;
    let pattern = |one: adr_cucm::file::ExportedPattern| Pattern {
        kind: match one.usage {
            ExportedUsage::Route => PatternKind::Route,
            ExportedUsage::Translation => PatternKind::Translation,
            ExportedUsage::Other => PatternKind::Other,
        },
        pattern: one.pattern,
        partition: one.partition,
        is_blocked: one.is_blocked,
        is_emergency: one.is_emergency,
        needs_authorization_code: one.needs_authorization_code,
        needs_client_code: one.needs_client_code,
    };
    Ok(Observations {
        cluster: path.to_owned(),
        patterns: Some(Patterns {
            list: file.patterns.into_iter().map(pattern).collect(),
            has_emergency_flags: file.has_emergency_flags,
        }),
        ..Observations::default()
    })
}

/// How findings about a dial plan with errors are written.
fn findings(format: DoctorFormat) -> FindingsAs {
    match format {
        DoctorFormat::Text | DoctorFormat::Markdown => FindingsAs::Messages,
        DoctorFormat::Json => FindingsAs::Json,
        DoctorFormat::Junit => FindingsAs::Junit("adrc doctor cucm"),
    }
}
