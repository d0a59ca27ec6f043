//! Collects the lines of the output, and puts comments where they belong.

use adr_diagnostic::Span;

use crate::tree::Tree;

/// Collects lines, and records how far the source has been written.
///
/// A line is begun before it is filled, and never ended, so that a comment can be appended to it.
pub(super) struct Lines<'t> {
    pub(super) tree: &'t Tree,
    pub(super) text: &'t str,
    /// The output so far.
    out: String,
    /// Source offset of the end of what was written last.
    written: u32,
    /// The first comment not written yet.
    comment: usize,
    /// The number of open bodies.
    depth: usize,
    /// True at the start and directly after an opening brace, where no empty line is written.
    fresh: bool,
}

impl<'t> Lines<'t> {
    pub(super) fn new(tree: &'t Tree, text: &'t str) -> Self {
        Self {
            tree,
            text,
            out: String::with_capacity(text.len() + text.len() / 8),
            written: 0,
            comment: 0,
            depth: 0,
            fresh: true,
        }
    }

    /// The whole output, with a final line end unless it is empty.
    pub(super) fn finish(mut self) -> String {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    /// Appends text to the line.
    pub(super) fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Appends blanks.
    pub(super) fn pad(&mut self, count: usize) {
        self.out.extend(std::iter::repeat_n(' ', count));
    }

    /// The indentation of the current level, in blanks.
    pub(super) fn indent(&self) -> usize {
        2 * self.depth
    }

    /// Begins the line of the item at `start` in the source, after the comments before it. Comments
    /// inside the item, before `inside`, are written above it as well, because they do not fit into
    /// a line.
    pub(super) fn begin(&mut self, start: u32, inside: u32) {
        self.comments_before(start);
        if self.next_comment().is_some_and(|span| span.start < inside) {
            self.comments_of(start, inside);
        } else {
            self.line(start);
        }
        self.written = self.written.max(start);
    }

    /// Records that the source is written up to `end`.
    pub(super) fn wrote(&mut self, end: u32) {
        self.written = self.written.max(end);
        self.fresh = false;
    }

    /// Opens a body whose `{` ends at `after` in the source.
    pub(super) fn open(&mut self, after: u32) {
        self.push("{");
        self.written = after;
        self.fresh = true;
        self.depth += 1;
    }

    /// Closes a body whose `}` ends at `end` in the source. The `}` gets its own line.
    pub(super) fn close(&mut self, end: u32) {
        self.comments_before(end - 1);
        self.depth -= 1;
        self.fresh = true;
        self.line(end - 1);
        self.push("}");
        self.wrote(end);
    }

    /// Writes the comments before `until`: beside what was written last, or on their own lines.
    pub(super) fn comments_before(&mut self, until: u32) {
        while let Some(span) = self.next_comment().filter(|span| span.start < until) {
            let beside = !self.out.is_empty() && !self.gap(span.start).contains('\n');
            if beside {
                self.push("  ");
            } else {
                self.line(span.start);
                self.fresh = false;
            }
            self.write_comment(span);
        }
    }

    /// The offset of the `{` after `from` and after blanks and comments.
    pub(super) fn brace_after(&self, from: u32) -> u32 {
        let bytes = self.text.as_bytes();
        let mut at = from as usize;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'{' => break,
                b'/' => at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at),
                _ => at += 1,
            }
        }
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// The comments that are not written yet.
    pub(super) fn pending(&self) -> &'t [Span] {
        self.tree.comments.get(self.comment..).unwrap_or_default()
    }

    /// The source of a span.
    pub(super) fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Writes the comments inside an item on lines above it.
    fn comments_of(&mut self, start: u32, inside: u32) {
        self.line(start);
        while let Some(span) = self.next_comment().filter(|span| span.start < inside) {
            self.write_comment(span);
            self.fresh = true;
            self.line(start);
        }
        self.written = start;
    }

    fn write_comment(&mut self, span: Span) {
        let text = self.slice(span).trim_end();
        self.push(text);
        self.comment += 1;
        self.written = self.written.max(span.end);
    }

    fn next_comment(&self) -> Option<Span> {
        self.tree.comments.get(self.comment).copied()
    }

    /// Begins a new line, after an empty one if the source has one before `start`.
    fn line(&mut self, start: u32) {
        if !self.out.is_empty() {
            self.out.push('\n');
            if !self.fresh && has_empty_line(self.gap(start)) {
                self.out.push('\n');
            }
        }
        self.pad(self.indent());
    }

    fn gap(&self, start: u32) -> &'t str {
        self.text.get(self.written as usize..start as usize).unwrap_or_default()
    }
}

/// Whether the text between two items contains an empty line.
pub(super) fn has_empty_line(gap: &str) -> bool {
    gap.bytes().filter(|byte| *byte == b'\n').count() > 1
}
