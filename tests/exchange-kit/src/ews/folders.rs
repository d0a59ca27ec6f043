//! Folders: GetFolder and FindFolder.

use adr_kit::xml::{Element, leaf, wrap};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Caller, Failure, responses};
use crate::state::Mailbox;

/// A folder that every mailbox has.
struct Kind {
    /// `Id` of `DistinguishedFolderId`.
    id: &'static str,
    name: &'static str,
    class: &'static str,
    /// Name of its element.
    element: &'static str,
}

const KINDS: [Kind; 11] = [
    kind("root", "", "", "Folder"),
    kind("msgfolderroot", "Top of Information Store", "IPF.Note", "Folder"),
    kind("inbox", "Inbox", "IPF.Note", "Folder"),
    kind("calendar", "Calendar", "IPF.Appointment", "CalendarFolder"),
    kind("contacts", "Contacts", "IPF.Contact", "ContactsFolder"),
    kind("tasks", "Tasks", "IPF.Task", "TasksFolder"),
    kind("drafts", "Drafts", "IPF.Note", "Folder"),
    kind("sentitems", "Sent Items", "IPF.Note", "Folder"),
    kind("deleteditems", "Deleted Items", "IPF.Note", "Folder"),
    kind("outbox", "Outbox", "IPF.Note", "Folder"),
    kind("junkemail", "Junk Email", "IPF.Note", "Folder"),
];

/// The kind of calendars.
const CALENDAR: &str = "calendar";

const fn kind(
    id: &'static str,
    name: &'static str,
    class: &'static str,
    element: &'static str,
) -> Kind {
    Kind { id, name, class, element }
}

/// A folder of a mailbox.
pub(super) struct Folder<'a> {
    pub(super) mailbox: &'a Mailbox,
    kind: &'static Kind,
}

impl<'a> Folder<'a> {
    /// The folder that a `FolderId` or a `DistinguishedFolderId` names, if the caller may read it.
    pub(super) fn named(caller: &Caller<'a>, id: &Element) -> Result<Self, Failure> {
        let id_text = id.attribute("Id").unwrap_or_default();
        if id.name == "DistinguishedFolderId" {
            let address =
                id.child("Mailbox").and_then(|mailbox| mailbox.child_text("EmailAddress"));
            return Self::of(caller.readable(address)?, id_text);
        }
        let decoded = STANDARD.decode(id_text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let (address, kind) = decoded
            .as_deref()
            .and_then(|text| text.strip_prefix("folder|")?.split_once('|'))
            .ok_or_else(malformed)?;
        Self::of(caller.readable(Some(address))?, kind)
    }

    fn of(mailbox: &'a Mailbox, kind: &str) -> Result<Self, Failure> {
        let message = "The specified folder could not be found in the store.";
        let kind = KINDS.iter().find(|one| one.id == kind);
        let kind = kind.ok_or_else(|| Failure::new("ErrorFolderNotFound", message))?;
        Ok(Self { mailbox, kind })
    }

    /// The calendar of a mailbox.
    pub(super) fn calendar(mailbox: &'a Mailbox) -> Result<Self, Failure> {
        Self::of(mailbox, CALENDAR)
    }

    pub(super) fn is_calendar(&self) -> bool {
        self.kind.id == CALENDAR
    }

    /// The identity of the folder, in this element.
    pub(super) fn id(&self, element: &str) -> String {
        id(element, self.mailbox, self.kind)
    }

    /// The folder above; that of the root is the root.
    fn parent(&self) -> &'static Kind {
        match self.kind.id {
            "root" | "msgfolderroot" => &KINDS[0],
            _ => &KINDS[1],
        }
    }

    fn xml(&self) -> String {
        let Kind { id: kind, name, class, element } = self.kind;
        let name = if self.is_calendar() { &self.mailbox.calendar_name } else { *name };
        let children = match *kind {
            "root" => 1,
            "msgfolderroot" => KINDS.len() - 2,
            _ => 0,
        };
        let total = if self.is_calendar() { self.mailbox.events.len() } else { 0 };
        let mut fields = self.id("t:FolderId");
        fields += &id("t:ParentFolderId", self.mailbox, self.parent());
        if !class.is_empty() {
            fields += &leaf("t:FolderClass", class);
        }
        fields += &leaf("t:DisplayName", name);
        fields += &leaf("t:TotalCount", &total.to_string());
        fields += &leaf("t:ChildFolderCount", &children.to_string());
        if *element == "Folder" {
            fields += &leaf("t:UnreadCount", "0");
        }
        wrap(&format!("t:{element}"), &fields)
    }

    /// The folders below; with `is_deep` also those below them.
    fn children(&self, is_deep: bool) -> Vec<Self> {
        let below = |kind: &&'static Kind| match self.kind.id {
            "root" => kind.id == "msgfolderroot" || is_deep && kind.id != "root",
            "msgfolderroot" => !matches!(kind.id, "root" | "msgfolderroot"),
            _ => false,
        };
        KINDS.iter().filter(below).map(|kind| Self { mailbox: self.mailbox, kind }).collect()
    }
}

fn id(element: &str, mailbox: &Mailbox, kind: &Kind) -> String {
    let text = STANDARD.encode(format!("folder|{}|{}", mailbox.address, kind.id));
    format!("<{element} Id=\"{text}\" ChangeKey=\"AQAAAA==\"/>")
}

pub(super) fn malformed() -> Failure {
    Failure::new("ErrorInvalidIdMalformed", "Id is malformed.")
}

/// `GetFolder`
pub(super) fn get(caller: &Caller<'_>, request: &Element) -> String {
    let ids = request.child("FolderIds").map(|ids| ids.children.as_slice()).unwrap_or_default();
    let results = ids.iter().map(|id| {
        let folder = Folder::named(caller, id)?;
        Ok(wrap("m:Folders", &folder.xml()))
    });
    responses("GetFolder", results)
}

/// `FindFolder`. Every folder is in one page.
pub(super) fn find(caller: &Caller<'_>, request: &Element) -> String {
    let is_deep = request.attribute("Traversal") == Some("Deep");
    let parents = request.child("ParentFolderIds");
    let parents = parents.map(|ids| ids.children.as_slice()).unwrap_or_default();
    let results = parents.iter().map(|id| {
        let children = Folder::named(caller, id)?.children(is_deep);
        let count = children.len();
        let folders = children.iter().map(Folder::xml).collect::<String>();
        let folders = wrap("t:Folders", &folders);
        Ok(format!(
            "<m:RootFolder IndexedPagingOffset=\"{count}\" TotalItemsInView=\"{count}\" \
             IncludesLastItemInRange=\"true\">{folders}</m:RootFolder>"
        ))
    });
    responses("FindFolder", results)
}
