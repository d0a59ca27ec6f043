//! `adrc history`: lists the generations of a published folder.

use std::path::PathBuf;

use adr_diagnostic::render::{FORMAT_VERSION, Format};
use adr_watcher::publish::{HistoryEntry, history};
use clap::Args;
use serde::Serialize;

use crate::clock::utc;
use crate::console::Console;
use crate::failure::{Failure, Status};
use adr_render::table::table;

/// Arguments of `adrc history`.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// The published folder
    #[arg(long, value_name = "DIR")]
    publish: PathBuf,
    /// Format of the list: text or json
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Document {
    format_version: u32,
    generations: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    generation: u64,
    published: Option<String>,
    views: usize,
    size: u64,
    current: bool,
    rollback_from: Option<u64>,
    rollback_to: Option<u64>,
    renewal_of: Option<u64>,
    damage: Option<String>,
}

impl History {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if !matches!(self.format, Format::Text | Format::Json) {
            return Err(Failure::new(
                format!("--format {}: a history has no such form", self.format),
                "choose text or json",
            ));
        }
        let kept = history(&self.publish)?;
        let text = match self.format {
            Format::Json => json(kept),
            _ => table(&rows(&kept)),
        };
        console.data(text.as_bytes())?;
        Ok(Status::Done)
    }
}

fn json(kept: Vec<HistoryEntry>) -> String {
    let row = |kept: HistoryEntry| Row {
        generation: kept.generation,
        published: kept.published.map(utc),
        views: kept.views,
        size: kept.size,
        current: kept.is_current,
        rollback_from: kept.rollback.map(|rollback| rollback.from),
        rollback_to: kept.rollback.map(|rollback| rollback.to),
        renewal_of: kept.renewal_of,
        damage: kept.damage,
    };
    let document = Document {
        format_version: FORMAT_VERSION,
        generations: kept.into_iter().map(row).collect(),
    };
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn rows(kept: &[HistoryEntry]) -> Vec<Vec<String>> {
    let head = ["generation", "published", "views", "bytes", ""];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(kept.iter().map(|kept| {
        vec![
            kept.generation.to_string(),
            kept.published.map_or("unknown".to_owned(), utc),
            kept.views.to_string(),
            kept.size.to_string(),
            remarks(kept),
        ]
    }));
    rows
}

fn remarks(kept: &HistoryEntry) -> String {
    let current = kept.is_current.then(|| "current".to_owned());
    let rollback = kept.rollback.map(|rollback| {
        let (from, to) = (rollback.from, rollback.to);
        format!("rolled back from {from} to {to}")
    });
    let renewal = kept.renewal_of.map(|first| format!("renewal of generation {first}"));
    let damage = kept.damage.as_ref().map(|damage| format!("damaged: {damage}"));
    let remarks: Vec<String> = [current, rollback, renewal, damage].into_iter().flatten().collect();
    remarks.join(", ")
}
