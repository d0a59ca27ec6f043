//! The fields of an item, and which of them a request asks for.

use adr_kit::xml::{Element, escaped, leaf, wrap};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::folders::Folder;
use crate::state::{Event, Mailbox};

/// The fields of the shape `Default`, and of `AllProperties` here.
const USUAL: [&str; 18] = [
    "item:ParentFolderId",
    "item:ItemClass",
    "item:Subject",
    "item:Sensitivity",
    "item:DateTimeReceived",
    "item:Size",
    "item:Importance",
    "item:DateTimeCreated",
    "item:HasAttachments",
    "item:LastModifiedTime",
    "calendar:UID",
    "calendar:Start",
    "calendar:End",
    "calendar:IsAllDayEvent",
    "calendar:LegacyFreeBusyStatus",
    "calendar:IsCancelled",
    "calendar:CalendarItemType",
    "calendar:Organizer",
];

/// The content of an item as MIME.
const MIME: &str = "item:MimeContent";

/// Properties of MAPI that items have: the number or the name of `ExtendedFieldURI`, and the field
/// with the same value.
const PROPERTIES: [(&str, &str); 8] = [
    // PR_MESSAGE_CLASS
    ("0x1a", "item:ItemClass"),
    // PR_SUBJECT
    ("0x37", "item:Subject"),
    // PR_DISPLAY_NAME
    ("0x3001", "item:Subject"),
    // the name in WebDAV
    ("0x10f3", "name"),
    // the number of the article in the folder
    ("0xe23", "number"),
    // PR_LAST_MODIFICATION_TIME
    ("0x3008", "item:LastModifiedTime"),
    // PidLidRecurring
    ("33315", "calendar:IsRecurring"),
    ("urn:schemas:calendar:instancetype", "instance type"),
];

/// The name of a field: `FieldURI`, or what identifies a property of MAPI.
pub(super) fn name_of(field: &Element) -> Option<&str> {
    const NAMES: [&str; 4] = ["FieldURI", "PropertyTag", "PropertyName", "PropertyId"];
    let name = NAMES.iter().find_map(|name| field.attribute(name))?;
    let same = PROPERTIES.iter().find(|(property, _)| property.eq_ignore_ascii_case(name));
    Some(same.map_or(name, |(_, field)| field))
}

/// The fields that a request asks for.
pub(super) struct Shape {
    fields: Vec<String>,
    /// Elements `ExtendedFieldURI`.
    properties: Vec<Element>,
}

impl Shape {
    /// Reads an `ItemShape`.
    pub(super) fn of(shape: Option<&Element>) -> Self {
        let text = |name: &str| shape.and_then(|shape| shape.child_text(name));
        let is_id_only = text("BaseShape") == Some("IdOnly");
        let usual = if is_id_only { &[][..] } else { &USUAL };
        let mut fields: Vec<_> = usual.iter().map(|&field| field.to_owned()).collect();
        let more = shape.and_then(|shape| shape.child("AdditionalProperties"));
        let more = more.map(|more| more.children.as_slice()).unwrap_or_default();
        fields
            .extend(more.iter().filter_map(|field| field.attribute("FieldURI").map(str::to_owned)));
        let is_property = |field: &&Element| field.name == "ExtendedFieldURI";
        let properties = more.iter().filter(is_property).cloned().collect();
        if text("IncludeMimeContent") == Some("true") {
            fields.push(MIME.to_owned());
        }
        Self { fields, properties }
    }

    fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|one| one == field)
    }
}

/// An item of a calendar.
pub(super) struct Item<'a> {
    mailbox: &'a Mailbox,
    pub(super) event: &'a Event,
    number: usize,
}

impl<'a> Item<'a> {
    pub(super) fn new(mailbox: &'a Mailbox, number: usize) -> Self {
        Self { mailbox, event: &mailbox.events[number], number }
    }

    /// The element with the fields that are asked for, in the order of the schema.
    pub(super) fn xml(&self, shape: &Shape) -> String {
        let id = STANDARD.encode(format!("item|{}|{}", self.mailbox.address, self.number));
        let id = format!("<t:ItemId Id=\"{id}\" ChangeKey=\"DwAAAA==\"/>");
        let mime = if shape.has(MIME) { self.mime() } else { String::new() };
        let parent = Folder::calendar(self.mailbox).map(|folder| folder.id("t:ParentFolderId"));
        let fields = USUAL.iter().filter(|field| shape.has(field));
        let fields = fields.map(|field| match *field {
            "item:ParentFolderId" => parent.clone().unwrap_or_default(),
            "calendar:Organizer" => self.organizer(),
            field => {
                let name = field.split(':').next_back().unwrap_or(field);
                leaf(&format!("t:{name}"), &self.text(field).unwrap_or_default())
            }
        });
        let fields = fields.collect::<String>();
        let properties = shape.properties.iter().filter_map(|property| self.property(property));
        let properties = properties.collect::<String>();
        wrap("t:CalendarItem", &(mime + &id + &properties + &fields))
    }

    /// A property of MAPI, if the item has it.
    fn property(&self, property: &Element) -> Option<String> {
        let value = self.text(name_of(property)?)?;
        let attribute =
            |(name, value): &(String, String)| format!(" {name}=\"{}\"", escaped(value));
        let attributes = property.attributes.iter().map(attribute).collect::<String>();
        let content = format!("<t:ExtendedFieldURI{attributes}/>{}", leaf("t:Value", &value));
        Some(wrap("t:ExtendedProperty", &content))
    }

    /// The text of a simple field; `None` if an item has no such field.
    pub(super) fn text(&self, field: &str) -> Option<String> {
        let event = self.event;
        Some(match field {
            "item:ItemClass" => "IPM.Appointment".to_owned(),
            "item:Subject" => event.subject.clone(),
            "item:Sensitivity" | "item:Importance" => "Normal".to_owned(),
            "item:Size" => "4096".to_owned(),
            "item:HasAttachments"
            | "calendar:IsAllDayEvent"
            | "calendar:IsCancelled"
            | "calendar:IsRecurring" => "false".to_owned(),
            // neither a series nor an occurrence
            "instance type" => "0".to_owned(),
            "name" => format!("{}.EML", self.uid()),
            "number" => (self.number + 1).to_string(),
            "item:DateTimeReceived" | "item:DateTimeCreated" | "item:LastModifiedTime" => {
                "2026-11-01T12:00:00Z".to_owned()
            }
            "calendar:UID" => self.uid(),
            "calendar:Start" => event.from.text(),
            "calendar:End" => event.to.text(),
            "calendar:LegacyFreeBusyStatus" => event.shown_as.word().to_owned(),
            "calendar:CalendarItemType" => "Single".to_owned(),
            _ => return None,
        })
    }

    fn uid(&self) -> String {
        format!("040000008200E00074C5B7101A82E008{:08}", self.number)
    }

    fn organizer(&self) -> String {
        let Mailbox { address, name, .. } = self.mailbox;
        let mailbox = leaf("t:Name", name) + &leaf("t:EmailAddress", address);
        wrap("t:Organizer", &wrap("t:Mailbox", &(mailbox + &leaf("t:RoutingType", "SMTP"))))
    }

    /// The event as iCalendar.
    fn mime(&self) -> String {
        let (from, to) = (self.event.from.compact(), self.event.to.compact());
        let subject = self.event.subject.replace(',', "\\,");
        let busy = match self.event.shown_as.word() {
            "Free" => "TRANSPARENT",
            _ => "OPAQUE",
        };
        let uid = self.uid();
        let text = format!(
            "BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nPRODID:Microsoft Exchange Server 2010\r\n\
             VERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:{subject}\r\nDTSTART:{from}\r\n\
             DTEND:{to}\r\nDTSTAMP:20261101T120000Z\r\nTRANSP:{busy}\r\nSTATUS:CONFIRMED\r\n\
             END:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let text = STANDARD.encode(text);
        format!("<t:MimeContent CharacterSet=\"UTF-8\">{text}</t:MimeContent>")
    }
}
