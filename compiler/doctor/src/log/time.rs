//! Time stamps of log lines, in the shapes that servers write.

use std::ops::Range;
use std::time::UNIX_EPOCH;

/// Bytes at the beginning of a line in which a time stamp may begin.
const BEGINNING: usize = 40;

/// Seconds that a clock may be ahead of the day of reading before a date without a year is taken
/// as one of the year before.
const AHEAD: i64 = 2 * 86_400;

const MONTHS: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// A date and a time of day, as a line has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// `None` in the shape of syslog, `Nov 30 10:11:12`.
    year: Option<i64>,
    month: u8,
    day: u8,
    second_of_day: u32,
    /// Minutes east of UTC; `None` if the line does not say.
    zone: Option<i32>,
    /// Whether the date is one such as `05/11/2026`: the fifth of November, or the eleventh of May.
    is_ambiguous: bool,
}

impl Stamp {
    /// The time stamp at the beginning of a line: ISO 8601, `2026/11/30`, `11/30/2026`,
    /// `Nov 30 2026` or `Nov 30`, then hours, minutes and seconds, then perhaps a fraction, `AM`
    /// or `PM`, and a zone.
    pub(crate) fn find(line: &str) -> Option<Self> {
        Self::find_with_place(line).map(|(stamp, _)| stamp)
    }

    /// The time stamp, and where it stands in the line.
    pub(crate) fn find_with_place(line: &str) -> Option<(Self, Range<usize>)> {
        let bytes = line.as_bytes();
        let end = bytes.len().min(BEGINNING);
        let begins = |at: &usize| *at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        (0..end).filter(begins).find_map(|at| {
            let cursor = Cursor(&bytes[at..]);
            let (stamp, rest) = match bytes[at] {
                b'0'..=b'9' => cursor.numeric(),
                byte if byte.is_ascii_alphabetic() => cursor.named(),
                _ => None,
            }?;
            Some((stamp, at..bytes.len() - rest.0.len()))
        })
    }

    /// Whether the line says in which zone the time is.
    pub(crate) fn has_zone(&self) -> bool {
        self.zone.is_some()
    }

    /// Whether day and month can be read in two ways. `seconds` takes the month as the first one,
    /// as Cisco's traces have it.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.is_ambiguous
    }

    /// Seconds since 1970 UTC; `None` for a day that does not exist. A time without a zone is in
    /// `zone`, in minutes east of UTC. A date without a year is the latest one before `today`.
    pub(crate) fn seconds(&self, zone: i32, today: i64) -> Option<i64> {
        let zone = i64::from(self.zone.unwrap_or(zone)) * 60;
        let second = i64::from(self.second_of_day);
        let in_year = |year| Some(midnight(year, self.month, self.day)? + second - zone);
        if let Some(year) = self.year {
            return in_year(year);
        }
        let this_year = 1970 + today.div_euclid(86_400 * 365 + 86_400 / 4);
        // February 29 may be years ago
        (0..8).filter_map(|back| in_year(this_year - back + 1)).find(|time| *time <= today + AHEAD)
    }
}

/// A time of the user, in every shape that the reader of logs takes, in seconds since 1970 UTC.
/// Without a zone it is in `zone_minutes` east of UTC. `None` for a date that can be read in two
/// ways.
///
/// ```
/// use adr_doctor::log::read_time;
///
/// assert_eq!(read_time("2026-11-30 12:00:00", 0, 0), Some(1_796_040_000));
/// assert_eq!(read_time("05/11/2026 12:00:00", 0, 0), None);
/// assert_eq!(read_time("yesterday", 0, 0), None);
/// ```
#[must_use]
pub fn read_time(text: &str, zone_minutes: i32, today: i64) -> Option<i64> {
    let stamp = Stamp::find(text.trim()).filter(|stamp| !stamp.is_ambiguous())?;
    stamp.seconds(zone_minutes, today)
}

/// A zone of the user, such as `+01:00`, `-0530` or `UTC`, in minutes east of UTC.
///
/// ```
/// use adr_doctor::log::read_zone;
///
/// assert_eq!((read_zone("+01:00"), read_zone("UTC")), (Some(60), Some(0)));
/// assert_eq!(read_zone("CET"), None);
/// ```
#[must_use]
pub fn read_zone(text: &str) -> Option<i32> {
    let mut cursor = Cursor(text.trim().as_bytes());
    let zone = cursor.zone()?;
    cursor.0.is_empty().then_some(zone)
}

/// Seconds from 1970 to the beginning of a day.
fn midnight(year: i64, month: u8, day: u8) -> Option<i64> {
    let text = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
    let time = humantime::parse_rfc3339(&text).ok()?;
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// What is left of a line.
#[derive(Clone, Copy)]
struct Cursor<'l>(&'l [u8]);

impl Cursor<'_> {
    /// A date of digits and its time, and what is behind them.
    fn numeric(mut self) -> Option<(Stamp, Self)> {
        let (first, digits) = self.number(4)?;
        let separator = self.one_of(b"-/.")?;
        let (second, _) = self.number(2)?;
        self.byte(separator)?;
        let (third, third_digits) = self.number(4)?;
        let (year, month, day) = match (digits, third_digits) {
            (4, 1..=2) => (first, second, third),
            // Cisco's traces have the month first; a number above 12 can only be the day
            (1..=2, 2 | 4) if first > 12 || separator == b'.' => (third, second, first),
            (1..=2, 2 | 4) => (third, first, second),
            _ => return None,
        };
        let year = if year < 100 { year + 2000 } else { year };
        self.one_of(b" Tt,_")?;
        let (stamp, rest) = self.with_time(Some(year), month, day)?;
        let is_ambiguous = digits <= 2 && separator != b'.' && month != day && month.max(day) <= 12;
        Some((Stamp { is_ambiguous, ..stamp }, rest))
    }

    /// A date with the name of the month, perhaps behind the day of the week.
    fn named(mut self) -> Option<(Stamp, Self)> {
        let name = self.0.get(..3)?.to_ascii_lowercase();
        let month = MONTHS.iter().position(|month| month[..] == name[..])?;
        self.skip(3);
        self.spaces()?;
        let (day, _) = self.number(2)?;
        self.maybe(b',');
        self.spaces()?;
        let after = self;
        let year = match self.number(4) {
            Some((year, 4)) if self.spaces().is_some() => Some(year),
            _ => {
                self = after;
                None
            }
        };
        let (mut stamp, rest) = self.with_time(year, u32::try_from(month).ok()? + 1, day)?;
        if stamp.year.is_none() {
            stamp.year = self.year_behind();
        }
        Some((stamp, rest))
    }

    /// The year of `Mon Nov 30 10:11:12 UTC 2026`; `self` is at the time of day.
    fn year_behind(mut self) -> Option<i64> {
        while self.0.first().is_some_and(|byte| matches!(byte, b'0'..=b'9' | b':' | b'.')) {
            self.skip(1);
        }
        self.spaces()?;
        let letters = self.0.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if letters > 0 {
            self.skip(letters);
            self.spaces()?;
        }
        match self.number(4)? {
            (year, 4) if (1970..=2200).contains(&year) => Some(i64::from(year)),
            _ => None,
        }
    }

    /// The time of day and the zone behind a date.
    fn with_time(mut self, year: Option<u32>, month: u32, day: u32) -> Option<(Stamp, Self)> {
        while self.0.first() == Some(&b' ') {
            self.skip(1);
        }
        let (mut hour, _) = self.number(2)?;
        self.byte(b':')?;
        let (minute, _) = self.number(2)?;
        let second = match self.byte(b':') {
            Some(()) => self.number(2)?.0,
            None => 0,
        };
        if self.one_of(b".,:").is_some() {
            self.number(9)?;
        }
        let half = self.half_of_day();
        if half.is_some() && !(1..=12).contains(&hour) {
            return None;
        }
        match half {
            Some(Half::Morning) if hour == 12 => hour = 0,
            Some(Half::Afternoon) if hour < 12 => hour += 12,
            _ => {}
        }
        let is_valid = (1..=12).contains(&month) && (1..=31).contains(&day);
        if !is_valid || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let stamp = Stamp {
            year: year.map(i64::from),
            month: u8::try_from(month).ok()?,
            day: u8::try_from(day).ok()?,
            second_of_day: hour * 3600 + minute * 60 + second.min(59),
            zone: self.zone(),
            is_ambiguous: false,
        };
        Some((stamp, self))
    }

    fn half_of_day(&mut self) -> Option<Half> {
        let mut ahead = *self;
        ahead.maybe(b' ');
        let word = ahead.0.get(..2)?.to_ascii_lowercase();
        if ahead.0.get(2).is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        let half = match &word[..] {
            b"am" => Half::Morning,
            b"pm" => Half::Afternoon,
            _ => return None,
        };
        ahead.skip(2);
        *self = ahead;
        Some(half)
    }

    /// `Z`, `UTC`, `GMT`, `+01:00`, `-0500`. Other names of zones mean different zones in different
    /// countries, so they are not read.
    fn zone(&mut self) -> Option<i32> {
        let mut ahead = *self;
        let zone = ahead.zone_ahead()?;
        *self = ahead;
        Some(zone)
    }

    fn zone_ahead(&mut self) -> Option<i32> {
        self.maybe(b' ');
        for name in [&b"UTC"[..], b"GMT", b"Z", b"z"] {
            let behind = self.0.get(name.len());
            if self.0.starts_with(name) && !behind.is_some_and(u8::is_ascii_alphanumeric) {
                self.skip(name.len());
                return Some(0);
            }
        }
        let sign = match self.one_of(b"+-")? {
            b'+' => 1,
            _ => -1,
        };
        let (hours, digits) = self.number(4)?;
        let (hours, minutes) = match digits {
            4 => (hours / 100, hours % 100),
            2 => {
                let minutes = self.byte(b':').and_then(|()| self.number(2));
                (hours, minutes.map_or(0, |(minutes, _)| minutes))
            }
            _ => return None,
        };
        (hours <= 14 && minutes < 60).then_some(sign * i32::try_from(hours * 60 + minutes).ok()?)
    }

    /// A number of at most `most` digits, and how many digits it has.
    fn number(&mut self, most: usize) -> Option<(u32, usize)> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits > most {
            return None;
        }
        let number = self.0[..digits].iter().fold(0, |number: u32, digit| {
            number.saturating_mul(10).saturating_add(u32::from(digit - b'0'))
        });
        self.skip(digits);
        Some((number, digits))
    }

    fn skip(&mut self, count: usize) {
        self.0 = &self.0[count..];
    }

    fn spaces(&mut self) -> Option<()> {
        let count = self.0.iter().take_while(|byte| **byte == b' ').count();
        self.skip(count);
        (count > 0).then_some(())
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        self.one_of(&[byte]).map(drop)
    }

    fn maybe(&mut self, byte: u8) {
        let _ = self.byte(byte);
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let first = *self.0.first()?;
        bytes.contains(&first).then(|| {
            self.skip(1);
            first
        })
    }
}

#[derive(Clone, Copy)]
enum Half {
    Morning,
    Afternoon,
}

/// A time for people, such as `2026-11-30 10:11:12`, in a zone of `zone` minutes east of UTC.
pub(crate) fn shown(seconds: i64, zone: i32) -> String {
    let local = seconds.saturating_add(i64::from(zone) * 60);
    let since = std::time::Duration::from_secs(u64::try_from(local).unwrap_or(0));
    let text = humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string();
    text.replace('T', " ").trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests;
