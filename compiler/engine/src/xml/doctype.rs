//! What a DOCTYPE declares. Nothing outside the file is ever fetched.

mod cursor;
mod declaration;

use std::collections::HashMap;

use cursor::{Cursor, NOT_UNDERSTOOD, Parsed};
use declaration::{AttributeDeclaration, AttributeType, EntityDeclaration};

use super::entities::{Entities, Entity, NESTING_LIMIT, collapse};
use super::malformed::{Malformed, Reason, uncertain};
use super::names::{is_blank, name_length, name_token_length};

/// How every document type begins.
pub(super) const DOCTYPE: &str = "<!DOCTYPE";

const ATTRIBUTE_NAME: Reason =
    Reason::certain("this attribute name has no letter after its prefix");

/// What the document type of a file declares.
#[derive(Debug)]
pub(super) struct Doctype {
    pub(super) entities: Entities,
    /// Parameter entities by name.
    parameters: HashMap<String, Parameter>,
    /// By the name of an element, and then of an attribute, both as written.
    attributes: HashMap<String, HashMap<String, DeclaredAttribute>>,
    /// Whether the file declares `standalone="yes"`.
    is_standalone: bool,
    /// How many declarations were read.
    declarations: usize,
}

/// A parameter entity.
#[derive(Debug)]
struct Parameter {
    /// The declarations that it stands for; `None` when they are outside the file.
    text: Option<String>,
    /// How many declarations there were when its text last ended.
    last_end: Option<usize>,
}

impl Parameter {
    /// Whether libxml2 may conclude that it makes no progress, which it does when it comes back to
    /// the end of a text that is blank or one declaration. This test is somewhat wider.
    fn may_look_stuck(&self, declarations: usize) -> bool {
        let is_blank = |text: &String| text.trim().is_empty();
        self.last_end
            .is_some_and(|end| end == declarations || self.text.as_ref().is_some_and(is_blank))
    }
}

/// The first declaration of an attribute, which is the one that counts.
#[derive(Debug)]
struct DeclaredAttribute {
    kind: AttributeType,
    /// As libxml2 stores it, with references to entities.
    default: Option<String>,
}

impl Doctype {
    /// A document type that declares nothing; `length` is that of the file, in bytes.
    pub(super) fn none(length: usize) -> Self {
        Self {
            entities: Entities::new(length),
            parameters: HashMap::new(),
            attributes: HashMap::new(),
            is_standalone: false,
            declarations: 0,
        }
    }

    /// Reads a text from its `<!DOCTYPE` on; returns the length of the document type.
    pub(super) fn read(&mut self, text: &str, is_standalone: bool) -> Result<usize, Malformed> {
        self.is_standalone = is_standalone;
        let mut cursor = Cursor { rest: text };
        let read = self.document_type(&mut cursor);
        let length = text.len() - cursor.rest.len();
        read.map(|()| length).map_err(|reason| reason.at(length))
    }

    /// The value that a client reads where a rule lacks an attribute: the default declared for the
    /// element's local name, if it is valid for its type. References in it stay unresolved, as in
    /// libxml2.
    pub(super) fn default(&self, element: &str, attribute: &str) -> Option<&str> {
        let declared = self.attributes.get(element)?.get(attribute)?;
        let default = declared.default.as_deref()?;
        is_valid_default(declared.kind, default).then_some(default)
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
                .is_some_and(|declared| declared.kind != AttributeType::Text)
    }

    fn document_type(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        cursor.expect(DOCTYPE)?;
        cursor.skip_blanks();
        cursor.name()?;
        cursor.skip_blanks();
        if cursor.rest.starts_with("SYSTEM") || cursor.rest.starts_with("PUBLIC") {
            declaration::external_id(cursor, false)?;
            self.mark_incomplete();
            cursor.skip_blanks();
        }
        if cursor.accept("[") {
            self.subset(cursor, 0)?;
            cursor.expect("]")?;
            return cursor.close();
        }
        cursor.expect(">")?;
        // libxml2 also reads a subset that follows the `>`
        match cursor.rest.starts_with('[') {
            true => Err(uncertain::SUBSET_BEHIND),
            false => Ok(()),
        }
    }

    /// Notes that something outside the file might declare more.
    fn mark_incomplete(&mut self) {
        self.entities.is_incomplete = !self.is_standalone;
    }

    /// Reads declarations up to the `]` of the document type, or to the end of a parameter entity.
    fn subset(&mut self, cursor: &mut Cursor<'_>, depth: usize) -> Parsed<()> {
        loop {
            cursor.skip_blanks();
            if cursor.rest.is_empty() || depth == 0 && cursor.rest.starts_with(']') {
                return Ok(());
            }
            if cursor.accept("%") {
                let name = cursor.name()?;
                cursor.expect(";")?;
                self.parameter(name, depth)?;
            } else {
                self.declarations += 1;
                let declared = self.declaration(cursor);
                declared.map_err(|reason| match reason {
                    // libxml2 replaces it here, which XML allows in external subsets only
                    _ if depth > 0 && cursor.rest.starts_with('%') => uncertain::PARAMETER_INSIDE,
                    declaration::PERCENT if depth > 0 => uncertain::PARAMETER_INSIDE,
                    _ => reason,
                })?;
            }
        }
    }

    fn declaration(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        if cursor.accept("<!--") {
            cursor.until("--")?;
            cursor.expect(">")
        } else if cursor.accept("<?") {
            instruction(cursor)
        } else if cursor.accept("<!ELEMENT") {
            declaration::element(cursor)
        } else if cursor.accept("<!NOTATION") {
            declaration::notation(cursor)
        } else if cursor.accept("<!ATTLIST") {
            self.attribute_list(cursor)
        } else {
            cursor.expect("<!ENTITY")?;
            self.entity(cursor)
        }
    }

    /// Reads the declarations that a parameter entity stands for; skips one outside the file.
    fn parameter(&mut self, name: &str, depth: usize) -> Parsed<()> {
        let Some(parameter) = self.parameters.get(name) else {
            return if self.entities.is_incomplete {
                Ok(())
            } else {
                Err(Reason::certain("this parameter entity is not declared"))
            };
        };
        let Some(text) = &parameter.text else {
            return Ok(());
        };
        if depth >= NESTING_LIMIT {
            return Err(uncertain::NESTED);
        }
        if parameter.may_look_stuck(self.declarations) {
            return Err(uncertain::PARAMETER_AGAIN);
        }
        self.entities.check_parameter(text)?;
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        self.mark_incomplete();
        self.entities.is_inside_entity = true;
        self.subset(&mut Cursor { rest: &text }, depth + 1)?;
        self.entities.is_inside_entity = depth > 0;
        if let Some(parameter) = self.parameters.get_mut(name) {
            parameter.last_end = Some(self.declarations);
        }
        Ok(())
    }

    fn entity(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        let EntityDeclaration { is_parameter, name, entity } = declaration::entity(cursor)?;
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
        let parameter = Parameter { text, last_end: None };
        self.parameters.entry(name.to_owned()).or_insert(parameter);
        Ok(())
    }

    fn attribute_list(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        cursor.expect_blanks()?;
        let element = cursor.name()?;
        loop {
            let is_separated = cursor.skip_blanks();
            if cursor.accept(">") {
                return Ok(());
            }
            if !is_separated {
                return Err(NOT_UNDERSTOOD);
            }
            let AttributeDeclaration { name, kind, default } = declaration::attribute(cursor)?;
            check_attribute_name(name)?;
            let default = default.map(|raw| self.default_value(raw, kind)).transpose()?;
            let attributes = self.attributes.entry(element.to_owned()).or_default();
            attributes.entry(name.to_owned()).or_insert(DeclaredAttribute { kind, default });
        }
    }

    fn default_value(&self, raw: &str, kind: AttributeType) -> Parsed<String> {
        let stored = self.entities.parse_value(raw).map_err(|malformed| malformed.reason)?;
        Ok(match kind {
            AttributeType::Text => stored,
            _ => collapse(stored),
        }
        .into_owned())
    }
}

/// Reads a processing instruction after its `<?`.
fn instruction(cursor: &mut Cursor<'_>) -> Parsed<()> {
    let target = cursor.name()?;
    let is_separated = cursor.skip_blanks() || cursor.rest.starts_with("?>");
    if !is_separated || target.eq_ignore_ascii_case("xml") {
        return Err(NOT_UNDERSTOOD);
    }
    cursor.until("?>").map(drop)
}

/// libxml2 insists on a letter after the prefix of a declared attribute, and on nothing else.
fn check_attribute_name(name: &str) -> Parsed<()> {
    let Some((_, local)) = name.split_once(':').filter(|(prefix, _)| !prefix.is_empty()) else {
        return Ok(());
    };
    match local.chars().next() {
        None | Some('a'..='z' | 'A'..='Z' | '_' | ':') => Ok(()),
        Some(first) if first.is_ascii() => Err(ATTRIBUTE_NAME),
        Some(_) => Err(uncertain::DECLARED_NAME),
    }
}

/// Whether a default is valid for its type; libxml2 drops one that is not.
fn is_valid_default(kind: AttributeType, value: &str) -> bool {
    let is_name = |text: &str| !text.is_empty() && name_length(text) == text.len();
    let is_token = |text: &str| !text.is_empty() && name_token_length(text) == text.len();
    match kind {
        AttributeType::Text => true,
        AttributeType::Name => is_name(value),
        AttributeType::Names => value.split(' ').all(is_name),
        AttributeType::Token => is_token(value),
        AttributeType::Tokens => {
            // spaces are collapsed, but a character reference may stand for other white space
            let value = value.trim_start_matches(is_blank);
            value.split(' ').all(is_token)
        }
    }
}
