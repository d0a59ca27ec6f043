//! What a DOCTYPE declares. Nothing that it names outside the file is ever fetched.

mod cursor;
mod declaration;

use std::collections::HashMap;

use cursor::{Cursor, NOT_UNDERSTOOD, Step};
use declaration::Type;

use super::entities::{Entities, Entity, NESTING_LIMIT, collapse};
use super::malformed::{Malformed, Why, unsure};
use super::markup::{is_blank, name_length, nmtoken_length};

/// How every document type begins.
pub(super) const DOCTYPE: &str = "<!DOCTYPE";

const ATTRIBUTE_NAME: Why = Why::certain("this attribute name has no letter behind its prefix");

/// What the document type of a file declares.
#[derive(Debug)]
pub(super) struct Doctype {
    pub(super) entities: Entities,
    parameters: HashMap<String, Parameter>,
    /// By the name of an element, and then of an attribute, both as written.
    attributes: HashMap<String, HashMap<String, Declared>>,
    /// Whether the file says that nothing outside it matters.
    is_standalone: bool,
    /// Declarations so far.
    declarations: usize,
}

/// A parameter entity.
#[derive(Debug)]
struct Parameter {
    /// What stands for declarations; `None` lies outside the file.
    text: Option<String>,
    /// How many declarations there were when its text last ended.
    ended: Option<usize>,
}

impl Parameter {
    /// libxml2 takes coming back to the place where it was for standing still: to the end of a text
    /// that is one declaration, or to one that is blank. This is somewhat wider.
    fn seems_to_stand_still(&self, declarations: usize) -> bool {
        let is_blank = |text: &String| text.trim().is_empty();
        self.ended
            .is_some_and(|ended| ended == declarations || self.text.as_ref().is_some_and(is_blank))
    }
}

/// The first declaration of an attribute, which is the one that counts.
#[derive(Debug)]
struct Declared {
    kind: Type,
    /// As libxml2 keeps it, with references to entities.
    default: Option<String>,
}

impl Doctype {
    /// Nothing is declared; `length` is that of the file.
    pub(super) fn none(length: usize) -> Self {
        Self {
            entities: Entities::new(length),
            parameters: HashMap::new(),
            attributes: HashMap::new(),
            is_standalone: false,
            declarations: 0,
        }
    }

    /// Reads a text from its `<!DOCTYPE` on; gives the length of the document type.
    pub(super) fn read(&mut self, text: &str, is_standalone: bool) -> Result<usize, Malformed> {
        self.is_standalone = is_standalone;
        let mut cursor = Cursor { rest: text };
        let read = self.document_type(&mut cursor);
        let length = text.len() - cursor.rest.len();
        read.map(|()| length).map_err(|why| why.at(length))
    }

    /// The value that a client finds where a rule lacks an attribute: the default that is declared
    /// for the element's local name, if it fits its type. References stay in it as libxml2 keeps
    /// them.
    pub(super) fn default(&self, element: &str, attribute: &str) -> Option<&str> {
        let declared = self.attributes.get(element)?.get(attribute)?;
        let default = declared.default.as_deref()?;
        fits(declared.kind, default).then_some(default)
    }

    /// Whether a default declares a namespace prefix for an element.
    pub(super) fn declares_prefix(&self, element: &str, prefix: &str) -> bool {
        let Some(attributes) = self.attributes.get(element) else {
            return false;
        };
        let declared = attributes.get(&format!("xmlns:{prefix}"));
        declared.is_some_and(|declared| declared.default.is_some())
    }

    /// Whether white space of an attribute's value is collapsed.
    pub(super) fn collapses(&self, element: &str, attribute: &str) -> bool {
        !self.attributes.is_empty()
            && self
                .attributes
                .get(element)
                .and_then(|attributes| attributes.get(attribute))
                .is_some_and(|declared| declared.kind != Type::Text)
    }

    fn document_type(&mut self, cursor: &mut Cursor<'_>) -> Step<()> {
        cursor.expect(DOCTYPE)?;
        cursor.blanks();
        cursor.name()?;
        cursor.blanks();
        if cursor.rest.starts_with("SYSTEM") || cursor.rest.starts_with("PUBLIC") {
            declaration::external_id(cursor, false)?;
            self.open();
            cursor.blanks();
        }
        if cursor.takes("[") {
            self.subset(cursor, 0)?;
            cursor.expect("]")?;
            return cursor.close();
        }
        cursor.expect(">")?;
        // libxml2 reads a subset also there
        match cursor.rest.starts_with('[') {
            true => Err(unsure::SUBSET_BEHIND),
            false => Ok(()),
        }
    }

    /// From here on, something outside the file might declare what the file does not.
    fn open(&mut self) {
        self.entities.is_open = !self.is_standalone;
    }

    /// Declarations up to the `]` of the document type, or to the end of a parameter entity.
    fn subset(&mut self, cursor: &mut Cursor<'_>, depth: usize) -> Step<()> {
        loop {
            cursor.blanks();
            if cursor.rest.is_empty() || depth == 0 && cursor.rest.starts_with(']') {
                return Ok(());
            }
            if cursor.takes("%") {
                let name = cursor.name()?;
                cursor.expect(";")?;
                self.parameter(name, depth)?;
            } else {
                self.declarations += 1;
                let declared = self.declaration(cursor);
                declared.map_err(|why| match why {
                    // libxml2 replaces it here, which XML allows in external subsets only
                    _ if depth > 0 && cursor.rest.starts_with('%') => unsure::PARAMETER_INSIDE,
                    declaration::PERCENT if depth > 0 => unsure::PARAMETER_INSIDE,
                    _ => why,
                })?;
            }
        }
    }

    fn declaration(&mut self, cursor: &mut Cursor<'_>) -> Step<()> {
        if cursor.takes("<!--") {
            cursor.until("--")?;
            cursor.expect(">")
        } else if cursor.takes("<?") {
            instruction(cursor)
        } else if cursor.takes("<!ELEMENT") {
            declaration::element(cursor)
        } else if cursor.takes("<!NOTATION") {
            declaration::notation(cursor)
        } else if cursor.takes("<!ATTLIST") {
            self.attribute_list(cursor)
        } else {
            cursor.expect("<!ENTITY")?;
            self.entity(cursor)
        }
    }

    /// A parameter entity stands for its declarations; one outside the file is passed over.
    fn parameter(&mut self, name: &str, depth: usize) -> Step<()> {
        let Some(parameter) = self.parameters.get(name) else {
            return if self.entities.is_open {
                Ok(())
            } else {
                Err(Why::certain("this parameter entity is not declared"))
            };
        };
        let Some(text) = &parameter.text else {
            return Ok(());
        };
        if depth >= NESTING_LIMIT {
            return Err(unsure::NESTED);
        }
        if parameter.seems_to_stand_still(self.declarations) {
            return Err(unsure::PARAMETER_AGAIN);
        }
        self.entities.check_parameter(text)?;
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        self.open();
        self.entities.is_inside = true;
        self.subset(&mut Cursor { rest: &text }, depth + 1)?;
        self.entities.is_inside = depth > 0;
        if let Some(parameter) = self.parameters.get_mut(name) {
            parameter.ended = Some(self.declarations);
        }
        Ok(())
    }

    fn entity(&mut self, cursor: &mut Cursor<'_>) -> Step<()> {
        let (is_parameter, name, entity) = declaration::entity(cursor)?;
        if !is_parameter {
            self.entities.declare(name, entity);
            return Ok(());
        }
        let text = match entity {
            Entity::Text(text) => Some(text),
            Entity::Outside | Entity::Unparsed => None,
        };
        if let Some(text) = &text {
            self.entities.count_declared(name, text);
        }
        let parameter = Parameter { text, ended: None };
        self.parameters.entry(name.to_owned()).or_insert(parameter);
        Ok(())
    }

    fn attribute_list(&mut self, cursor: &mut Cursor<'_>) -> Step<()> {
        cursor.gap()?;
        let element = cursor.name()?;
        loop {
            let is_separated = cursor.blanks();
            if cursor.takes(">") {
                return Ok(());
            }
            if !is_separated {
                return Err(NOT_UNDERSTOOD);
            }
            let (name, kind, default) = declaration::attribute(cursor)?;
            check_attribute_name(name)?;
            let default = default.map(|raw| self.default_value(raw, kind)).transpose()?;
            let attributes = self.attributes.entry(element.to_owned()).or_default();
            attributes.entry(name.to_owned()).or_insert(Declared { kind, default });
        }
    }

    fn default_value(&self, raw: &str, kind: Type) -> Step<String> {
        let kept = self.entities.keep(raw).map_err(|malformed| malformed.why)?;
        Ok(match kind {
            Type::Text => kept,
            _ => collapse(kept),
        }
        .into_owned())
    }
}

/// Behind `<?`.
fn instruction(cursor: &mut Cursor<'_>) -> Step<()> {
    let target = cursor.name()?;
    let is_separated = cursor.blanks() || cursor.rest.starts_with("?>");
    if !is_separated || target.eq_ignore_ascii_case("xml") {
        return Err(NOT_UNDERSTOOD);
    }
    cursor.until("?>").map(drop)
}

/// libxml2 insists on a letter behind the prefix of a declared attribute, and on nothing else.
fn check_attribute_name(name: &str) -> Step<()> {
    let Some((_, local)) = name.split_once(':').filter(|(prefix, _)| !prefix.is_empty()) else {
        return Ok(());
    };
    match local.chars().next() {
        None | Some('a'..='z' | 'A'..='Z' | '_' | ':') => Ok(()),
        Some(first) if first.is_ascii() => Err(ATTRIBUTE_NAME),
        Some(_) => Err(unsure::DECLARED_NAME),
    }
}

/// Whether a default is a value of its type; libxml2 drops one that is not.
fn fits(kind: Type, value: &str) -> bool {
    let is_name = |text: &str| !text.is_empty() && name_length(text) == text.len();
    let is_token = |text: &str| !text.is_empty() && nmtoken_length(text) == text.len();
    match kind {
        Type::Text => true,
        Type::Name => is_name(value),
        Type::Names => value.split(' ').all(is_name),
        Type::Token => is_token(value),
        Type::Tokens => {
            // the spaces are collapsed, but a character reference may have brought other white
            // space
            let value = value.trim_start_matches(is_blank);
            value.split(' ').all(is_token)
        }
    }
}
