//! Arbitrary streams of events, cut into pieces: the pieces do not matter, memory is bounded, and
//! whatever was announced, the agenda of a core neither spins nor forgets to ask.
#![no_main]

use std::time::Duration;

use adr_client::agenda::{Action, Agenda, MAX_WINDOW, Pace, RoundEnd};
use adr_client::events::{Event, EventParser, MAX_EVENT_BYTES};
use adr_client::schedule::Rng;
use adr_protocol::Announcement;
use libfuzzer_sys::fuzz_target;

const SECOND: Duration = Duration::from_secs(1);

const PACE: Pace = Pace {
    retry_delay: Duration::from_secs(5),
    min_gap: SECOND,
    check_interval: Duration::from_secs(600),
};

/// The longest time without a round: the interval and its jitter, and the longest window.
const LONGEST: Duration = Duration::from_secs(600 * 5 / 4 + MAX_WINDOW.as_secs());

fuzz_target!(|bytes: &[u8]| {
    let [cut, stream @ ..] = bytes else { return };
    let mut parser = EventParser::default();
    let whole = parser.feed(stream);
    let mut parser = EventParser::default();
    let pieces = stream.chunks(usize::from(*cut).max(1));
    let events: Vec<Event> = pieces.flat_map(|piece| parser.feed(piece)).collect();
    assert_eq!(events, whole);
    assert!(events.iter().all(|event| event.data.len() <= MAX_EVENT_BYTES * 3));
    follow(&events, u64::from(*cut));
});

/// Announces every state, a second apart, to a core whose servers have nothing new.
fn follow(events: &[Event], seed: u64) {
    let mut agenda: Agenda<usize> = Agenda::new("core-00000001".to_owned(), PACE, Some(1));
    let mut rng = Rng::new(seed);
    let (mut now, mut asked) = (Duration::ZERO, None);
    for event in events {
        if let Ok(Announcement { state, files }) = serde_json::from_str(&event.data) {
            agenda.announced(now, state, (!files.is_empty()).then_some(files.len()));
        }
        while let Some(action) = agenda.next(now) {
            match action {
                Action::Judge(..) => agenda.judged(now, false),
                Action::Save => agenda.saved(now, true, &mut rng),
                Action::Round(_) => {
                    assert!(asked.is_none_or(|asked| now >= asked + SECOND), "it spins");
                    asked = Some(now);
                    agenda.finished(now, RoundEnd::Unchanged, &mut rng);
                }
            }
        }
        assert!(agenda.due().is_some_and(|due| due <= asked.unwrap_or(now) + LONGEST));
        now += SECOND;
    }
}
