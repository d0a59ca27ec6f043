//! The name of the calendar folder in some languages, as Exchange makes it at the first login.

/// Languages, and the names of the folder. Names that were not verified on a server are from the
/// public lists of localized folder names of Outlook.
const NAMES: &[(&str, &[&str])] = &[
    ("english", &["Calendar"]),
    ("german", &["Kalender"]),
    ("french", &["Calendrier"]),
    ("spanish", &["Calendario"]),
    ("italian", &["Calendario"]),
    ("portuguese", &["Calendário"]),
    ("dutch", &["Agenda"]),
    ("danish", &["Kalender"]),
    ("swedish", &["Kalender"]),
    ("norwegian", &["Kalender"]),
    ("finnish", &["Kalenteri"]),
    ("polish", &["Kalendarz"]),
    ("czech", &["Kalendář"]),
    ("hungarian", &["Naptár"]),
    ("turkish", &["Takvim"]),
    ("russian", &["Календарь"]),
    ("japanese", &["予定表"]),
    ("korean", &["일정"]),
    ("chinese", &["日历", "行事曆"]),
];

/// The names of the folder in a language, such as `German` or `German Germany`; `None` for a
/// language that adrc does not know.
pub(super) fn calendar_names(locale: &str) -> Option<&'static [&'static str]> {
    let language = locale.split(|c: char| !c.is_alphabetic()).next()?.to_lowercase();
    NAMES.iter().find(|(name, _)| *name == language).map(|(_, names)| *names)
}

/// Whether this is the name of the folder in one of the languages.
pub(super) fn is_calendar_name(name: &str) -> bool {
    NAMES.iter().any(|(_, names)| names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_is_found_with_and_without_its_country() {
        assert_eq!(calendar_names("German"), Some(&["Kalender"][..]));
        assert_eq!(calendar_names("french_France"), Some(&["Calendrier"][..]));
        assert_eq!(calendar_names("Klingon"), None);
        assert_eq!(calendar_names(""), None);
    }
}
