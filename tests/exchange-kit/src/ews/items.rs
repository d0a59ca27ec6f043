//! Items of calendars: FindItem and GetItem.

use adr_kit::xml::{Element, wrap};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fields::{Item, Shape};
use super::folders::{Folder, malformed};
use super::restriction::Restriction;
use super::{Caller, Failure, responses};
use crate::moment::Moment;

/// `FindItem`, in one folder or several.
pub(super) fn find(caller: &Caller<'_>, request: &Element) -> String {
    let parents = request.child("ParentFolderIds");
    let parents = parents.map(|ids| ids.children.as_slice()).unwrap_or_default();
    responses("FindItem", parents.iter().map(|id| find_in(caller, request, id)))
}

fn find_in(caller: &Caller<'_>, request: &Element, id: &Element) -> Result<String, Failure> {
    let folder = Folder::named(caller, id)?;
    let shape = Shape::of(request.child("ItemShape"));
    let mut items = items(&folder);
    if let Some(view) = request.child("CalendarView") {
        let at = |name| view.attribute(name).and_then(Moment::read).ok_or_else(invalid_view);
        let (from, to) = (at("StartDate")?, at("EndDate")?);
        items.retain(|item| item.event.from < to && item.event.to > from);
        items.sort_by_key(|item| item.event.from);
    }
    if let Some(restriction) = request.child("Restriction") {
        let restriction = Restriction::read(restriction).ok_or_else(invalid_view)?;
        items.retain(|item| restriction.holds(item));
    }
    let total = items.len();
    let (page, next) = page(request, items);
    let is_last = next >= total;
    let found = page.iter().map(|item| item.xml(&shape)).collect::<String>();
    let found = wrap("t:Items", &found);
    Ok(format!(
        "<m:RootFolder IndexedPagingOffset=\"{next}\" TotalItemsInView=\"{total}\" \
         IncludesLastItemInRange=\"{is_last}\">{found}</m:RootFolder>"
    ))
}

/// The items of the page that is asked for, and the offset of the next page.
fn page<'a>(request: &Element, items: Vec<Item<'a>>) -> (Vec<Item<'a>>, usize) {
    let views = ["CalendarView", "IndexedPageItemView", "FractionalPageItemView"];
    let view = views.iter().find_map(|name| request.child(name));
    let number = |name: &str| view.and_then(|view| view.attribute(name)?.parse::<usize>().ok());
    let offset = number("Offset").unwrap_or(0);
    let count = number("MaxEntriesReturned").unwrap_or(items.len());
    let page: Vec<_> = items.into_iter().skip(offset).take(count).collect();
    let next = offset + page.len();
    (page, next)
}

fn items<'a>(folder: &Folder<'a>) -> Vec<Item<'a>> {
    let mailbox = folder.mailbox;
    let count = if folder.is_calendar() { mailbox.events.len() } else { 0 };
    (0..count).map(|number| Item::new(mailbox, number)).collect()
}

fn invalid_view() -> Failure {
    Failure::new("ErrorInvalidRequest", "The request is invalid.")
}

/// `GetItem`
pub(super) fn get(caller: &Caller<'_>, request: &Element) -> String {
    let shape = Shape::of(request.child("ItemShape"));
    let ids = request.child("ItemIds").map(|ids| ids.children.as_slice()).unwrap_or_default();
    let results = ids.iter().map(|id| {
        let item = named(caller, id)?;
        Ok(wrap("m:Items", &item.xml(&shape)))
    });
    responses("GetItem", results)
}

/// The item that an `ItemId` names, if the caller may read it.
fn named<'a>(caller: &Caller<'a>, id: &Element) -> Result<Item<'a>, Failure> {
    let text = STANDARD.decode(id.attribute("Id").unwrap_or_default()).ok();
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = text.as_deref().and_then(|text| text.strip_prefix("item|")?.split_once('|'));
    let (address, number) = parts.ok_or_else(malformed)?;
    let mailbox = caller.readable(Some(address))?;
    let number = number.parse::<usize>().ok().filter(|number| *number < mailbox.events.len());
    let message = "The specified object was not found in the store.";
    let number = number.ok_or_else(|| Failure::new("ErrorItemNotFound", message))?;
    Ok(Item::new(mailbox, number))
}
