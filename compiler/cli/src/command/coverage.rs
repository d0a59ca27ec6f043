//! `adrc coverage`: shows which rule gets which numbers, and which numbers no rule changes.

use adr_analysis::Domain;
use adr_diagnostic::render::Format;
use adr_language::ListKind;
use adr_language::limits::FILE_BYTES;
use adr_render::coverage::{CoverageMap, to_json, to_svg, to_text};
use adr_render::lists::ListName;
use adr_watcher::sources::read_file;
use adr_watcher::write::{create, replace};
use clap::Args;

use crate::console::Console;
use crate::domain::Numbers;
use crate::failure::{Failure, Status};
use crate::plan_path::{DEFAULT, VARIABLE};
use crate::rules::{Lines, read_list};
use adr_render::text::{escaped, list_words};

/// Arguments of `adrc coverage`.
#[derive(Debug, Args)]
pub(crate) struct Coverage {
    /// Rule sources, a deployed file, or a published folder
    #[arg(value_name = "PATH", default_value = DEFAULT, env = VARIABLE)]
    paths: Vec<String>,
    /// Show the rules of this site
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Show the lookup rules instead of the application rules
    #[arg(long)]
    lookup: bool,
    /// Format of the coverage: text or json
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Draw a picture into this file instead; `-` is standard output
    #[arg(short, long, value_name = "FILE.svg", conflicts_with = "format")]
    output: Option<String>,
    /// The numbers to count
    #[arg(long, value_enum, default_value = "digits")]
    domain: Numbers,
}

impl Coverage {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if !matches!(self.format, Format::Text | Format::Json) {
            return Err(Failure::new(
                format!("--format {}: a picture has no such form", self.format),
                "choose text or json, or -o FILE.svg",
            ));
        }
        let list = ListName {
            kind: if self.lookup { ListKind::Lookup } else { ListKind::Application },
            site: self.site.as_deref(),
        };
        let Some(rules) = read_list(&self.paths, list, Lines::Known, console)? else {
            return Ok(Status::Findings);
        };
        let domain: Domain = self.domain.into();
        let map = CoverageMap::of(&rules, domain, self.title(list));
        match (&self.output, self.format) {
            (Some(path), _) if path == "-" => console.data(to_svg(&map).as_bytes())?,
            (Some(path), _) => {
                write(path, to_svg(&map).as_bytes())?;
                console.message(format_args!("{path}: written"));
            }
            (None, Format::Json) => console.data(to_json(&map, list).as_bytes())?,
            (None, _) => {
                let terminal = console.terminal();
                console.data(to_text(&map, terminal).as_bytes())?;
            }
        }
        Ok(Status::findings(!rules.is_valid()))
    }

    fn title(&self, list: ListName<'_>) -> String {
        match self.paths.as_slice() {
            [file] if is_xml(file) => escaped(file),
            _ => list_words(list.site, list.kind),
        }
    }
}

/// Writes a picture. Overwrites an older picture, and no other file.
fn write(path: &str, picture: &[u8]) -> Result<(), Failure> {
    let is_picture = read_file(path, FILE_BYTES).is_ok_and(|known| known.starts_with(b"<svg"));
    let written =
        if is_picture { replace(path.as_ref(), picture) } else { create(path.as_ref(), picture) };
    Ok(written?)
}

/// Whether a path is a deployed file, whose name is the best title of its only list.
fn is_xml(path: &str) -> bool {
    std::path::Path::new(path)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
}
