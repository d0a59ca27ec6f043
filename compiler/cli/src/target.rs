//! Which dial plans a command works on: the PATHs of the command line, or those of the project.

use std::path::{Path, PathBuf};

use adr_analysis::Domain;
use adr_language::{Levels, closest};
use adr_watcher::project::{Project, ProjectPlan};

use crate::failure::Failure;

/// The environment variable that names the dial plan.
pub(crate) const VARIABLE: &str = "ADRC_PLAN";

/// The dial plan if no PATH is given and the project lists none.
const CURRENT_FOLDER: &str = ".";

/// One dial plan, with the settings of the project for it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Its name in the project.
    pub(crate) name: Option<String>,
    /// Its rule sources, or what else the command reads.
    pub(crate) paths: Vec<String>,
    /// The folder that it is published into.
    pub(crate) publish: Option<PathBuf>,
    /// The severity of findings.
    pub(crate) levels: Levels,
    /// Which texts count as numbers.
    pub(crate) domain: Option<Domain>,
}

impl Target {
    fn of_plan(plan: &ProjectPlan) -> Self {
        Self {
            name: Some(plan.name.clone()),
            paths: plan.paths.clone(),
            publish: plan.publish.clone(),
            levels: plan.levels.clone(),
            domain: plan.domain,
        }
    }

    /// Whether neither the command line nor the project names it.
    pub(crate) fn is_current_folder(&self) -> bool {
        self.name.is_none() && self.paths == [CURRENT_FOLDER]
    }

    /// What messages call the plan: its name, or its paths.
    pub(crate) fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.paths.join(" "))
    }
}

/// The project of the current folder, if there is one: its file is read once in a run.
pub(crate) struct Plans {
    project: Option<Project>,
}

impl Plans {
    /// Finds the project.
    pub(crate) fn find() -> Result<Self, Failure> {
        let project = Project::find();
        let project = project.map_err(|error| Failure::new(error.to_string(), error.help()))?;
        Ok(Self { project })
    }

    /// The dial plans that `paths` name: plans of the project by their names, or else paths, which
    /// together are one plan. Without paths, all plans of the project, or else the current folder.
    pub(crate) fn targets(&self, paths: &[String]) -> Result<Vec<Target>, Failure> {
        let variable = std::env::var(VARIABLE).ok().filter(|path| !path.is_empty());
        let paths = match (paths, &variable) {
            ([], Some(path)) => std::slice::from_ref(path),
            _ => paths,
        };
        let Some(project) = &self.project else {
            return Ok(vec![of_paths(None, paths)]);
        };
        if paths.is_empty() && !project.plans.is_empty() {
            return Ok(project.plans.iter().map(Target::of_plan).collect());
        }
        let named: Vec<&ProjectPlan> = paths
            .iter()
            .filter(|path| !exists(path))
            .filter_map(|name| project.plan(name))
            .collect();
        if !named.is_empty() && named.len() == paths.len() {
            return Ok(named.into_iter().map(Target::of_plan).collect());
        }
        let unknown = paths.iter().find(|path| !exists(path) && project.plan(path).is_none());
        match (named.first(), unknown) {
            (Some(plan), _) => Err(Failure::new(
                format!("`{}` is a plan of the project, and other arguments are paths", plan.name),
                "write names of plans, or paths of one plan",
            )),
            (None, Some(unknown)) if is_name(unknown) => Err(no_such_plan(unknown, project)),
            _ => Ok(vec![of_paths(Some(project), paths)]),
        }
    }

    /// The one dial plan that `paths` name.
    pub(crate) fn target(&self, paths: &[String]) -> Result<Target, Failure> {
        let mut all = self.targets(paths)?;
        match all.pop() {
            Some(only) if all.is_empty() => Ok(only),
            last => {
                let names: Vec<String> = all.iter().chain(&last).map(Target::title).collect();
                Err(Failure::new(
                    format!("this command takes one dial plan, and there are {}", names.len()),
                    format!("name one: `{}`", names.join("`, `")),
                ))
            }
        }
    }

    /// Whether a word of the command line names a dial plan: an existing path, or a plan of the
    /// project.
    pub(crate) fn is_plan(&self, word: &str) -> bool {
        exists(word) || self.project.as_ref().is_some_and(|project| project.plan(word).is_some())
    }
}

/// See [`Plans::targets`].
pub(crate) fn targets(paths: &[String]) -> Result<Vec<Target>, Failure> {
    Plans::find()?.targets(paths)
}

/// See [`Plans::target`].
pub(crate) fn target(paths: &[String]) -> Result<Target, Failure> {
    Plans::find()?.target(paths)
}

fn exists(path: &str) -> bool {
    path == "-" || Path::new(path).exists()
}

/// Whether a word looks like the name of a plan and not like a path.
fn is_name(word: &str) -> bool {
    !word.contains(['/', '\\', '.'])
}

fn of_paths(project: Option<&Project>, paths: &[String]) -> Target {
    let paths = match paths {
        [] => vec![CURRENT_FOLDER.to_owned()],
        paths => paths.to_vec(),
    };
    if let Some(plan) = project.and_then(|project| project.plan_of_paths(&paths)) {
        return Target { paths, ..Target::of_plan(plan) };
    }
    Target {
        name: None,
        paths,
        publish: None,
        levels: project.map(|project| project.levels.clone()).unwrap_or_default(),
        domain: project.and_then(|project| project.domain),
    }
}

fn no_such_plan(name: &str, project: &Project) -> Failure {
    let names: Vec<&str> = project.plans.iter().map(|plan| plan.name.as_str()).collect();
    let help = match (closest(name, names.iter().copied()), names.is_empty()) {
        (Some(close), _) => format!("did you mean `{close}`?"),
        (None, true) => "check the path".to_owned(),
        (None, false) => format!("the project has `{}`", names.join("`, `")),
    };
    Failure::new(format!("{name}: no such file, folder or plan of the project"), help)
}
