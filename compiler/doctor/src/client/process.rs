//! Lists of processes, as Windows writes them.

use super::observation::Process;
use crate::log::time::Stamp;

/// Most client programs that are kept.
pub const MAX_PROCESSES: usize = 200;

/// The programs of clients, in lower case and without `.exe`.
const PROGRAMS: [&str; 6] = [
    "cucsf",
    "ciscojabber",
    "cupc",
    "cisco unified personal communicator",
    "webexcommunicator",
    "cucimoc",
];

/// Reads the client programs of a list of processes. It takes what Windows writes with
/// `Get-Process | Select-Object Name,StartTime | ConvertTo-Csv`, and with `wmic process get
/// Name,CreationDate`. `tasklist /v` has no start times, so its programs have none.
///
/// Windows writes dates as its region does. One such as `05/11/2026` can be read in two ways, so it
/// gives no start.
///
/// Times without a zone are in `zone_minutes` east of UTC; `today` is in seconds since 1970 UTC.
///
/// ```
/// use adr_doctor::client::read_processes;
///
/// let text = "\"Name\",\"StartTime\"\n\"cucsf\",\"2026-11-30T08:00:00.1234567+01:00\"\n";
/// let processes = read_processes(text, 0, 1_796_040_000);
/// assert_eq!((processes[0].name.as_str(), processes[0].started), ("cucsf", Some(1_796_022_000)));
/// ```
#[must_use]
pub fn read_processes(text: &str, zone_minutes: i32, today: i64) -> Vec<Process> {
    let processes = text.lines().filter_map(|line| {
        let folded = line.to_lowercase();
        let (name, at) = PROGRAMS.iter().find_map(|name| Some((name, word_at(&folded, name)?)))?;
        // lowering may move places, so only ASCII lines are cut
        let name = match line.is_ascii() {
            true => line[at..at + name.len()].to_owned(),
            false => (*name).to_owned(),
        };
        if let Some(started) = wmic_time(line) {
            let started = Some(started);
            return Some(Process { name, started, is_ambiguous: false, has_no_zone: false });
        }
        let fields = line.split(['"', ',', ';', '\t']).map(str::trim);
        let stamp = fields.filter_map(Stamp::find).next();
        let is_ambiguous = stamp.is_some_and(|stamp| stamp.is_ambiguous());
        let has_no_zone = stamp.is_some_and(|stamp| !stamp.has_zone());
        let stamp = stamp.filter(|_| !is_ambiguous);
        let started = stamp.and_then(|stamp| stamp.seconds(zone_minutes, today));
        Some(Process { name, started, is_ambiguous, has_no_zone })
    });
    processes.take(MAX_PROCESSES).collect()
}

/// Where a word stands in a line.
fn word_at(line: &str, word: &str) -> Option<usize> {
    let is_inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).map(|(at, _)| at).find(|at| {
        let (before, behind) = (&line[..*at], &line[at + word.len()..]);
        !is_inside(before.chars().next_back()) && !is_inside(behind.chars().next())
    })
}

/// A time of WMI, such as `20261130080000.123456+060`: the zone is in minutes.
fn wmic_time(line: &str) -> Option<i64> {
    line.split([' ', ',', '\t']).find_map(|field| {
        let (time, rest) = field.split_at_checked(14)?;
        let zone = rest.strip_prefix('.')?.get(6..)?;
        if !time.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let zone: i32 = zone.parse().ok().filter(|zone: &i32| zone.abs() <= 14 * 60)?;
        let part = |range: std::ops::Range<usize>| &time[range];
        let text = format!(
            "{}-{}-{} {}:{}:{}",
            part(0..4),
            part(4..6),
            part(6..8),
            part(8..10),
            part(10..12),
            part(12..14)
        );
        Stamp::find(&text)?.seconds(zone, 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-30 07:00:00 UTC.
    const STARTED: i64 = 1_796_022_000;

    #[test]
    fn start_is_read_from_every_list() {
        let lists = [
            "#TYPE Selected\r\n\"Name\",\"StartTime\"\r\n\"CiscoJabber\",\"11/30/2026 8:00:00 AM\"\r\n",
            "\"StartTime\";\"Name\"\n\"30.11.2026 08:00:00\";\"cucsf\"\n",
            "CreationDate               Name\r\n20261130080000.123456+060  cucsf.exe\r\n",
            "Node,CreationDate,Name\nPC,20261130080000.000000+060,CiscoJabber.exe\n",
        ];
        for list in lists {
            let processes = read_processes(list, 60, STARTED);
            assert_eq!(processes.len(), 1, "{list}");
            assert_eq!(processes[0].started, Some(STARTED), "{list}");
        }
    }

    #[test]
    fn date_with_two_readings_gives_no_start() {
        let british = "\"Name\",\"StartTime\"\n\"cucsf\",\"05/11/2026 08:00:00\"\n";
        let process = &read_processes(british, 0, STARTED)[0];
        assert_eq!((process.started, process.is_ambiguous), (None, true));
        let day = "\"Name\",\"StartTime\"\n\"cucsf\",\"30/11/2026 07:00:00\"\n";
        let process = &read_processes(day, 0, STARTED)[0];
        assert_eq!((process.started, process.has_no_zone), (Some(STARTED), true));
        let zone = "cucsf,2026-11-30T08:00:00.1234567+01:00";
        let process = &read_processes(zone, 0, STARTED)[0];
        assert_eq!((process.started, process.has_no_zone), (Some(STARTED), false));
    }

    #[test]
    fn other_programs_and_lists_without_times_have_none() {
        assert!(read_processes("\"notcucsf\",\"x\"\ncucsfx.exe\nexplorer.exe", 0, 0).is_empty());
        let tasklist = "cucsf.exe    1234 Console  1  10,000 K Running  PC\\jane 0:00:01 N/A";
        assert_eq!(read_processes(tasklist, 0, 0)[0].started, None);
    }
}
