//! The project file `adrc.toml`: the dial plans of a repository, by name.

mod table;

use std::fs;
use std::path::{Path, PathBuf};

use adr_analysis::Domain;
use adr_language::Levels;
use serde::Deserialize;
use thiserror::Error;

use crate::toml_file::{TomlError, read_toml};
use table::ProjectTable;

/// The dial plans of a repository, the severity of their findings, and their domain.
///
/// The file `adrc.toml` of a project has a table `[project]`:
///
/// ```toml
/// [project]
/// domain = "digits"
/// severity = { warnings = "deny", any-length = "allow" }
///
/// [project.plans]
/// headquarters = "plans/headquarters"
/// lab = { paths = ["lab.adr", "common.adr"], publish = "published/lab" }
/// ```
///
/// Paths are relative to the folder of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The plans, sorted by their names.
    pub plans: Vec<ProjectPlan>,
    /// The severity of findings in plans that are not listed.
    pub levels: Levels,
    /// Which texts count as numbers in plans that are not listed; `None` for each command's own
    /// default.
    pub domain: Option<Domain>,
}

/// One dial plan of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectPlan {
    /// Its name: a letter, then letters, digits, `-` and `_`.
    pub name: String,
    /// Its rule sources, relative to the current folder: at least one.
    pub paths: Vec<String>,
    /// The folder that it is published into, relative to the current folder.
    pub publish: Option<PathBuf>,
    /// The severity of findings: those of the project, then those of the plan.
    pub levels: Levels,
    /// Which texts count as numbers, for the plan or else for the project.
    pub domain: Option<Domain>,
}

/// The file. Tables of other commands are ignored.
#[derive(Deserialize)]
struct ProjectFile {
    project: Option<ProjectTable>,
}

impl Project {
    /// The name of the file.
    pub const FILE_NAME: &str = "adrc.toml";

    /// Checks the table `[project]` of a file, if it has one.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a setting in the table is unknown or wrong.
    pub fn check(path: &Path) -> Result<(), TomlError> {
        read_toml::<ProjectFile>(path).map(drop)
    }

    /// Finds the project of the current folder: the nearest `adrc.toml` with a table `[project]` in
    /// the current folder or, inside of a git repository, in a folder above it up to the root of
    /// the repository. Files further up do not belong to the project.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a setting in it is unknown or wrong.
    pub fn find() -> Result<Option<Self>, TomlError> {
        find_in_project_files(|path, folder| {
            let table = read_toml::<ProjectFile>(path)?.project;
            Ok(table.map(|table| table.project(folder)))
        })
    }

    /// The plan with this name.
    #[must_use]
    pub fn plan(&self, name: &str) -> Option<&ProjectPlan> {
        self.plans.iter().find(|plan| plan.name == name)
    }

    /// The plan that consists of exactly these paths, in any spelling.
    #[must_use]
    pub fn plan_of_paths(&self, paths: &[String]) -> Option<&ProjectPlan> {
        let given = canonical(paths)?;
        self.plans.iter().find(|plan| canonical(&plan.paths).as_ref() == Some(&given))
    }
}

/// The first result of `read` for the files `adrc.toml` of the current folder and, inside of a git
/// repository, of the folders above it up to the root of the repository. `read` gets the path of
/// the file and its folder, both relative to the current folder.
///
/// # Errors
///
/// The first error of `read`.
pub fn find_in_project_files<T>(
    read: impl Fn(&Path, &Path) -> Result<Option<T>, TomlError>,
) -> Result<Option<T>, TomlError> {
    let mut folder = PathBuf::new();
    for _ in 0..=depth_in_repository() {
        let path = folder.join(Project::FILE_NAME);
        if path.is_file()
            && let Some(found) = read(&path, &folder)?
        {
            return Ok(Some(found));
        }
        folder.push("..");
    }
    Ok(None)
}

/// The name of a table in `adrc.toml`: a letter, then letters, digits, `-` and `_`. `what` is what
/// the table describes, for the error: "a plan".
///
/// # Errors
///
/// The text is not such a name.
pub fn table_name(text: String, what: &str) -> Result<String, NameError> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_part) {
        true => Ok(text),
        false => Err(NameError { text, what: what.to_owned() }),
    }
}

/// The text is not a name for a table in `adrc.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{}` is not {what}'s name: write a letter, then letters, digits, `-` and `_`",
    text.escape_debug()
)]
pub struct NameError {
    text: String,
    what: String,
}

/// `None` if a path does not exist.
fn canonical(paths: &[String]) -> Option<Vec<PathBuf>> {
    paths.iter().map(|path| fs::canonicalize(path).ok()).collect()
}

/// How many folders the current folder is below the root of its git repository; 0 outside of a
/// repository.
fn depth_in_repository() -> usize {
    let current = std::env::current_dir().unwrap_or_default();
    current.ancestors().position(is_repository).unwrap_or(0)
}

fn is_repository(folder: &Path) -> bool {
    // in a worktree, `.git` is a file
    folder.join(".git").exists()
}
