//! Combines the edits of several fixes into one step, and maps places across the step.

use std::collections::{BTreeMap, BTreeSet};

use adr_diagnostic::{Edit, Fix, Sources, edited};
use hashbrown::HashMap;

/// The places that the fixes of one step edit, by file.
#[derive(Default)]
pub(super) struct Taken {
    /// By the path of the file.
    files: BTreeMap<String, TakenInFile>,
}

#[derive(Default)]
struct TakenInFile {
    /// The beginnings and ends of replaced texts. They do not overlap.
    replaced: BTreeMap<u32, u32>,
    /// The places where text is inserted.
    inserted: BTreeSet<u32>,
}

impl Taken {
    /// Reserves the places of a fix; `false` if one of them is taken already.
    ///
    /// Several rules may be moved to one place; they keep their order there.
    pub(super) fn take(&mut self, fix: &Fix, sources: &Sources) -> bool {
        let moves = fix.edits.len() > 1;
        let file = |edit: &Edit| sources.get(edit.span.source).name().to_owned();
        let is_free = fix.edits.iter().all(|edit| {
            let taken = self.files.get(&file(edit));
            taken.is_none_or(|taken| taken.is_free(edit, moves))
        });
        if is_free {
            for edit in &fix.edits {
                self.files.entry(file(edit)).or_default().take(edit);
            }
        }
        is_free
    }
}

impl TakenInFile {
    fn is_free(&self, edit: &Edit, moves: bool) -> bool {
        let (start, end) = (edit.span.start, edit.span.end);
        if start == end {
            let before = self.replaced.range(..start).next_back();
            let is_inside = before.is_some_and(|(_, other)| *other > start);
            return !is_inside && (moves || !self.inserted.contains(&start));
        }
        let before = self.replaced.range(..end).next_back();
        let overlaps = before.is_some_and(|(_, other)| *other > start);
        !overlaps && self.inserted.range(start + 1..end).next().is_none()
    }

    fn take(&mut self, edit: &Edit) {
        if edit.span.start == edit.span.end {
            self.inserted.insert(edit.span.start);
        } else {
            self.replaced.insert(edit.span.start, edit.span.end);
        }
    }
}

/// The edits of one step.
#[derive(Debug, Default)]
pub(super) struct Edits {
    /// By the path of the file, sorted by place.
    files: BTreeMap<String, Vec<Placed>>,
}

/// An edit in its file.
#[derive(Debug)]
struct Placed {
    edit: Edit,
    /// How far the text after it is shifted, by this edit and those before it.
    shift: i64,
}

impl Edits {
    /// The edits of fixes that do not overlap.
    pub(super) fn of<'f>(fixes: impl Iterator<Item = &'f Fix>, sources: &Sources) -> Self {
        let mut files: BTreeMap<String, Vec<Placed>> = BTreeMap::new();
        for edit in fixes.flat_map(|fix| &fix.edits) {
            let source = sources.get(edit.span.source);
            let edit = Edit {
                span: edit.span,
                replacement: with_line_ends_of(source.text(), &edit.replacement),
            };
            let file = files.entry(source.name().to_owned()).or_default();
            file.push(Placed { edit, shift: 0 });
        }
        for edits in files.values_mut() {
            edits.sort_by_key(|placed| (placed.start(), placed.end()));
            let mut shift = 0;
            for placed in edits {
                shift += placed.growth();
                placed.shift = shift;
            }
        }
        Self { files }
    }

    /// The changed texts, by their paths.
    pub(super) fn applied_to(&self, sources: &Sources) -> Vec<(String, String)> {
        let sources = sources.iter();
        let texts: HashMap<&str, &str> =
            sources.map(|(_, source)| (source.name(), source.text())).collect();
        let files = self.files.iter();
        let new = files.map(|(path, edits)| {
            let edits = edits.iter().map(|placed| &placed.edit);
            (path.clone(), edited(texts[path.as_str()], edits))
        });
        new.collect()
    }

    /// The offset of a place after the step; `None` if it was removed.
    pub(super) fn after(&self, path: &str, offset: u32) -> Option<u32> {
        let Some(edits) = self.files.get(path) else {
            return Some(offset);
        };
        let passed = edits.partition_point(|edit| edit.start() <= offset);
        let Some(last) = passed.checked_sub(1).and_then(|at| edits.get(at)) else {
            return Some(offset);
        };
        if offset < last.end() {
            return (!last.text().is_empty()).then(|| last.new_start());
        }
        Some(moved(offset, last.shift))
    }

    /// The offset of a place before the step. Inserted text was at the place of its insertion.
    pub(super) fn before(&self, path: &str, offset: u32) -> u32 {
        let Some(edits) = self.files.get(path) else {
            return offset;
        };
        let passed = edits.partition_point(|edit| edit.new_start() <= offset);
        let Some(last) = passed.checked_sub(1).and_then(|at| edits.get(at)) else {
            return offset;
        };
        if offset < last.new_start() + length(last.text()) {
            return last.start();
        }
        moved(offset, -last.shift)
    }
}

impl Placed {
    fn start(&self) -> u32 {
        self.edit.span.start
    }

    fn end(&self) -> u32 {
        self.edit.span.end
    }

    fn text(&self) -> &str {
        &self.edit.replacement
    }

    /// How much longer this edit makes the text.
    fn growth(&self) -> i64 {
        i64::from(length(self.text())) - i64::from(self.end() - self.start())
    }

    /// The offset of the new text.
    fn new_start(&self) -> u32 {
        moved(self.start(), self.shift - self.growth())
    }
}

fn moved(offset: u32, shift: i64) -> u32 {
    u32::try_from(i64::from(offset) + shift).unwrap_or(0)
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// New text for a file, with CRLF if the first line of the file ends with CRLF.
fn with_line_ends_of(text: &str, new: &str) -> String {
    let is_crlf = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
    if is_crlf { new.replace("\r\n", "\n").replace('\n', "\r\n") } else { new.to_owned() }
}
