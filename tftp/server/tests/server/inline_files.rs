//! Events of a running server that carry files.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::harness::announcer::{Events, TestAnnouncer};
use adr_bundle::Case;
use adr_kit::http::read_head;
use adr_protocol::Announcement;
use adr_server::{AnnounceLimits, FetchWindow};

/// A core that follows another server gets states only.
#[test]
fn standby_stream_carries_no_files() {
    let served = TestAnnouncer::with(AnnounceLimits::default());
    let mut events = Events(served.connect("GET /-/events?standby=1 HTTP/1.1"));
    read_head(&mut events.0);
    events.announcement();
    let generation = Arc::new(crate::harness::generation(7, &rules("<DialRules/>")));
    served.announcer.announce_generation(&generation);
    let announcement: Announcement = events.announcement();
    assert_eq!(announcement.state, served.announcer.state());
    assert!(announcement.files.is_empty());
}

/// Files of the default view, and of the site `here`, whose clients come from 127.1.0.0/16.
fn rules(lookup: &str) -> crate::harness::Files {
    let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
    vec![
        file("AppDialRules.xml", "not asked for by cores"),
        file("CUPC/AppDialRules.xml", "<DialRules a=\"default\"/>\r\n"),
        file("CUPC/DirLookupDialRules.xml", lookup),
        file("sites/here/CUPC/AppDialRules.xml", "<DialRules a=\"here\"/>"),
        file("sites/here/CUPC/DirLookupDialRules.xml", "<DialRules/>"),
    ]
}

/// Events carry the files that the same client would fetch.
#[test]
fn events_after_the_first_carry_small_files() {
    let served = TestAnnouncer::with(AnnounceLimits::default());
    let listen = |from: &str| {
        let from = (from.parse::<Ipv4Addr>().unwrap(), 0).into();
        Events(served.connect_from(from, "GET /-/events HTTP/1.1"))
    };
    let mut all = [listen("127.0.0.1"), listen("127.1.2.3")];
    for events in &mut all {
        read_head(&mut events.0);
        assert!(events.announcement().files.is_empty());
    }
    let files = rules("<DialRules/>");
    let generation = Arc::new(crate::harness::generation(7, &files));
    served.announcer.announce_generation(&generation);
    for (events, folder, client) in [(0, "", "127.0.0.1"), (1, "sites/here/", "127.1.2.3")] {
        let announcement: Announcement = all[events].announcement();
        assert_eq!(announcement.state, served.announcer.state());
        let names: Vec<&str> = announcement.files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["CUPC/AppDialRules.xml", "CUPC/DirLookupDialRules.xml", "manifest.json"]
        );
        let view = generation.tree().view(client.parse().unwrap());
        for (name, text) in &announcement.files {
            let file = view.file(name, Case::Exact).unwrap();
            assert_eq!(text.as_bytes(), file.bytes(), "{folder}{name}");
        }
    }
    // a new listener has to fetch the files
    assert!(served.events("core-late").announcement().files.is_empty());
}

#[test]
fn events_carry_no_large_files_and_none_with_a_window() {
    let small = rules("<DialRules/>");
    let large = rules(&format!("<DialRules>{}</DialRules>", " ".repeat(16 << 10)));
    let not_text = {
        let mut files = rules("");
        files[1].1 = vec![0xff, 0xfe];
        files
    };
    let spread = AnnounceLimits {
        fetch_window: FetchWindow::Milliseconds(1_000),
        ..AnnounceLimits::default()
    };
    let switched_off = AnnounceLimits { max_event_bytes: 0, ..AnnounceLimits::default() };
    let default = AnnounceLimits::default;
    for (what, limits, files) in [
        ("large", default(), &large),
        ("no text", default(), &not_text),
        ("with a window", spread, &small),
        ("switched off", switched_off, &small),
    ] {
        let served = TestAnnouncer::with(limits);
        let mut events = served.events("core-0001");
        events.announcement();
        let generation = Arc::new(crate::harness::generation(7, files));
        served.announcer.announce_generation(&generation);
        let announcement = events.announcement();
        assert_eq!(announcement.state.generation, 7, "{what}");
        assert!(announcement.files.is_empty(), "{what}");
    }
}
