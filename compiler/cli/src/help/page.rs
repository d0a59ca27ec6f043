//! The page of one command.

/// Description and sections.
pub(super) struct Page {
    /// Each paragraph as one line.
    pub(super) paragraphs: Vec<String>,
    pub(super) sections: Vec<Section>,
}

/// A list of items, or a list of names.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) items: Vec<Item>,
    pub(super) names: Vec<String>,
}

/// A term, such as a command line or an exit status, and its meaning.
pub(super) struct Item {
    pub(super) term: &'static str,
    pub(super) text: String,
}

impl Page {
    /// Reads the Markdown of a page.
    pub(super) fn parse(text: &'static str) -> Self {
        let mut parts = text.split("\n## ");
        let head = parts.next().unwrap_or_default();
        let (_title, description) = head.split_once('\n').unwrap_or_default();
        let paragraphs = description.split("\n\n").map(one_line);
        Self {
            paragraphs: paragraphs.filter(|paragraph| !paragraph.is_empty()).collect(),
            sections: parts.map(Section::parse).collect(),
        }
    }

    pub(super) fn section(&self, title: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.title == title)
    }
}

impl Section {
    fn parse(text: &'static str) -> Self {
        let (title, body) = text.split_once('\n').unwrap_or((text, ""));
        match body.trim_start().strip_prefix("- ") {
            Some(items) => {
                let items = items.split("\n- ").filter_map(Item::parse).collect();
                Self { title, items, names: Vec::new() }
            }
            None => {
                let names = one_line(body);
                let names = names.split(", ").map(|name| name.trim_matches('`').to_owned());
                Self { title, items: Vec::new(), names: names.collect() }
            }
        }
    }
}

impl Item {
    fn parse(text: &'static str) -> Option<Self> {
        let (term, text) = text.strip_prefix('`')?.split_once("`:")?;
        Some(Self { term, text: one_line(text) })
    }
}

/// A text with each line end and its indentation as one space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
