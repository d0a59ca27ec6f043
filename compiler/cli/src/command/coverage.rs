//! `adrc coverage`: shows which rule gets which numbers, and which numbers no rule changes.

use adr_analysis::Domain;
use adr_language::ListKind;
use adr_language::limits::FILE_BYTES;
use adr_render::coverage::{CoverageMap, to_json, to_svg, to_text};
use adr_render::lists::ListName;
use adr_watcher::sources::read_file;
use adr_watcher::write::{create, replace};
use clap::Args;

use crate::console::Console;
use crate::dial_plan::reject;
use crate::domain::{Numbers, domain};
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::rules::{Lines, read_list};
use crate::target::{VARIABLE, target};
use adr_render::text::{escaped, list_words};

/// Arguments of `adrc coverage`.
#[derive(Debug, Args)]
pub(crate) struct Coverage {
    /// Rule sources, a deployed file, or a published folder
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// Show the rules of this site
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Show the lookup rules instead of the application rules
    #[arg(long)]
    lookup: bool,
    /// Format of the coverage
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    /// Draw a picture into this file instead; `-` is standard output
    #[arg(short, long, value_name = "FILE.svg", conflicts_with = "format")]
    output: Option<String>,
    /// The numbers to count [default: that of the project, else digits]
    #[arg(long, value_enum)]
    domain: Option<Numbers>,
}

impl Coverage {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let target = target(&self.paths)?;
        let list = ListName {
            kind: if self.lookup { ListKind::Lookup } else { ListKind::Application },
            site: self.site.as_deref(),
        };
        let rules = match read_list(&target.paths, list, Lines::Known, console)? {
            Ok(rules) => rules,
            Err(errors) => return reject(&[*errors], self.format, console),
        };
        let domain = domain(self.domain, &target, Domain::Digits);
        let map = CoverageMap::of(&rules, domain, title(&target.paths, list));
        match (&self.output, self.format) {
            (Some(path), _) if path == "-" => console.data(to_svg(&map).as_bytes())?,
            (Some(path), _) => {
                write(path, to_svg(&map).as_bytes())?;
                console.message(format_args!("{path}: written"));
            }
            (None, TextOrJson::Json) => console.data(to_json(&map, list).as_bytes())?,
            (None, TextOrJson::Text) => {
                let terminal = console.terminal();
                console.text(to_text(&map, terminal))?;
            }
        }
        Ok(Status::findings(!rules.is_valid()))
    }
}

fn title(paths: &[String], list: ListName<'_>) -> String {
    match paths {
        [file] if is_xml(file) => escaped(file),
        _ => list_words(list.site, list.kind),
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
