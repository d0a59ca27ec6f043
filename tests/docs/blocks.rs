//! Finds the fenced blocks of a page.

/// A fenced block of a page.
pub(crate) struct Block<'t> {
    /// The info string: the text after the opening fence, without blanks at its end.
    pub(crate) info: &'t str,
    /// The lines between the fences.
    pub(crate) text: &'t str,
    /// The line of the opening fence, from 1.
    pub(crate) line: usize,
}

/// Every block of a page whose fences begin in the first column, in order.
pub(crate) fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, usize, usize)> = None;
    let mut offset = 0;
    for (at, line) in page.split_inclusive('\n').enumerate() {
        let start = offset;
        offset += line.len();
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        open = match open {
            None => Some((info.trim_end(), offset, at + 1)),
            Some((info, from, line)) => {
                let text = &page[from..start];
                blocks.push(Block { info, text, line });
                None
            }
        };
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

#[test]
fn blocks_of_a_page_are_found_with_info_and_line() {
    let page = "a\n```adr ok\nlet a = 1\n```\nb\n```\n```\n";
    let found: Vec<_> = blocks(page).into_iter().map(|b| (b.info, b.text, b.line)).collect();
    assert_eq!(found, [("adr ok", "let a = 1\n", 2), ("", "", 6)]);
}
