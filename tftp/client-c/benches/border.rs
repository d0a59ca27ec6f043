//! The overhead of the boundaries: dialing through the C API against a direct call of the engine,
//! and dialing through the control socket against an echo over the same kind of socket.
//!
//! `cargo bench -p adr-client-c --bench border` prints two tables for
//! docs/contributing/benchmarks.md. The two sides of a comparison take turns in one run; a ratio is
//! computed within a round, and the median counts. Both ways of dialing write the result into a
//! buffer.
//!
//! The echo has what the control socket has, and computes nothing: the same kind of runtime in a
//! thread, the same kind of socket, and lines in a buffer, each returned by a write of its own. All
//! threads of this part run on one processor. Otherwise the time to wake another processor counts,
//! which is ten times that of a dial, and differs with the processor on which each side happens to
//! wait.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its results, and fails by panicking"
)]

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use adr_client::{Core as ClientCore, Server, Settings as CoreSettings};
use adr_dialer::{Dialer, Scratch};
use adr_engine::xml::read_as_client;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

use adrclient::{
    Buffer, Bytes, Code, Core, Settings, adr_close, adr_dial, adr_generation, adr_open, adr_reload,
};

const ROUNDS: usize = 15;
const CALLS: usize = 400_000;
const REQUESTS: usize = 4_000;

fn main() {
    // `--test` runs everything once, without a useful result
    let is_test = std::env::args().any(|argument| argument == "--test");
    let (rounds, calls, requests) =
        if is_test { (1, 1_000, 100) } else { (ROUNDS, CALLS, REQUESTS) };
    println!(
        "| rules | direct call of the engine, ns | through the C API, ns | ratio |\n|---|---|---|---|"
    );
    for rules in [10, 1_000, 100_000] {
        let file = rules_file(rules);
        let [direct, c_api, ratio] = through_c(&file, rounds, calls);
        println!("| {rules} | {direct:.1} | {c_api:.1} | {ratio:.2} |");
    }
    println!("\n| | µs | ratio to the echo |\n|---|---|---|");
    let [echo, dial, ratio] = through_the_socket(&rules_file(1_000), rounds, requests);
    println!(
        "| echo over a Unix socket | {echo:.2} | 1 |\n| dial through the core's socket | {dial:.2} | {ratio:.2} |"
    );
}

/// A file with one rule for each block of numbers.
fn rules_file(rules: usize) -> Vec<u8> {
    let rule = |block: usize| {
        format!(
            "<DialRule BeginsWith=\"{}\" NumDigits=\"10\" DigitsToRemove=\"3\" PrefixWith=\"91\"/>\n",
            2_000_000 + block
        )
    };
    let rules: String = (0..rules).map(rule).collect();
    format!("<DialRules>\n{rules}</DialRules>\n").into_bytes()
}

/// Numbers of which a rule changes every other one.
fn numbers(rules: usize) -> Vec<[u8; 10]> {
    let number = |at: usize| {
        let block = if at.is_multiple_of(2) {
            2_000_000 + at.wrapping_mul(7_919) % rules
        } else {
            3_000_000 + at
        };
        format!("{block}{:03}", at % 1_000).into_bytes().try_into().unwrap()
    };
    (0..1_024).map(number).collect()
}

fn through_c(file: &[u8], rounds: usize, calls: usize) -> [f64; 3] {
    let rules = read_as_client(file).rules;
    let (dialer, numbers) = (Dialer::new(&rules), numbers(rules.len()));
    let core = open(&serve(file.to_vec()));
    // the function that a C program calls; the compiler must not inline it
    let dial = black_box(adr_dial as unsafe extern "C" fn(*const Core, Bytes, *mut Buffer) -> Code);
    let mut scratch = Scratch::default();
    let mut out = [0_u8; 64];
    let direct = |out: &mut [u8; 64], scratch: &mut Scratch, number: &[u8; 10]| {
        let result = dialer.dial(black_box(number), scratch).result;
        out[..result.len()].copy_from_slice(result);
        out[result.len()] = 0;
        result.len()
    };
    let c_api = |out: &mut [u8; 64], number: &[u8; 10]| {
        let mut buffer = Buffer { data: out.as_mut_ptr().cast(), capacity: out.len(), length: 0 };
        // SAFETY: the core is open, and number and buffer are valid
        let code = unsafe {
            dial(
                core,
                Bytes { data: number.as_ptr().cast(), length: number.len() },
                &raw mut buffer,
            )
        };
        assert_eq!(code, Code::Ok);
        buffer.length
    };
    for number in &numbers {
        let length = direct(&mut out, &mut scratch, number);
        let expected = out[..length].to_vec();
        let length = c_api(&mut out, number);
        assert_eq!(out[..length], expected);
    }
    let each = |rounds: usize| numbers.iter().cycle().take(rounds);
    let measured = in_turns(
        rounds,
        || {
            processor_nanoseconds(calls, || {
                each(calls).for_each(|number| {
                    black_box(direct(&mut out, &mut scratch, number));
                });
            })
        },
        || {
            let mut out = [0_u8; 64];
            processor_nanoseconds(calls, || {
                each(calls).for_each(|number| {
                    black_box(c_api(&mut out, number));
                });
            })
        },
    );
    // SAFETY: the core is open, and is not used again
    unsafe { adr_close(core) };
    measured
}

fn open(url: &str) -> *mut Core {
    let url = std::ffi::CString::new(url).unwrap();
    let servers = [url.as_ptr()];
    let settings = Settings {
        struct_size: size_of::<Settings>(),
        servers: servers.as_ptr(),
        servers_count: 1,
        cache: std::ptr::null(),
        socket: std::ptr::null(),
        key: std::ptr::null(),
        folder: std::ptr::null(),
        proxy: std::ptr::null(),
        ca: std::ptr::null(),
        client_cert: std::ptr::null(),
        poll_milliseconds: 3_600_000,
        flags: 0,
    };
    let mut core = std::ptr::null_mut();
    // SAFETY: settings and core are valid, and there is no buffer for an error
    unsafe {
        assert_eq!(adr_open(&raw const settings, &raw mut core, std::ptr::null_mut()), Code::Ok);
        assert_eq!(adr_reload(core, 60_000, std::ptr::null_mut(), std::ptr::null_mut()), Code::Ok);
        assert_eq!(adr_generation(core), 0);
    }
    core
}

fn through_the_socket(file: &[u8], rounds: usize, requests: usize) -> [f64; 3] {
    stay_on_one_processor();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("core");
    let mut settings = CoreSettings::new(vec![Server::parse(&serve(file.to_vec())).unwrap()]);
    settings.socket = Some(path.clone());
    let core = ClientCore::open(settings).unwrap();
    core.handle().reload(Duration::from_secs(60)).unwrap();
    let (mut echo, mut dial) =
        (LineClient::connect(&start_echo(folder.path())), LineClient::connect(&path));
    let request = "{\"verb\":\"dial\",\"number\":\"2000007123\"}\n";
    assert_eq!(echo.ask(request), request);
    assert_eq!(dial.ask(request), "{\"ok\":true,\"result\":\"910007123\",\"rule\":8}\n");
    let microseconds = |line: &mut LineClient| {
        nanoseconds(requests, || {
            for _ in 0..requests {
                black_box(line.ask(request).len());
            }
        }) / 1_000.0
    };
    in_turns(rounds, || microseconds(&mut echo), || microseconds(&mut dial))
}

/// A connection that sends and receives lines.
struct LineClient {
    stream: BufReader<UnixStream>,
    /// The last line that was received.
    reply: String,
}

impl LineClient {
    fn connect(path: &Path) -> Self {
        Self { stream: BufReader::new(UnixStream::connect(path).unwrap()), reply: String::new() }
    }

    fn ask(&mut self, request: &str) -> &str {
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        self.reply.clear();
        self.stream.read_line(&mut self.reply).unwrap();
        &self.reply
    }
}

/// Starts an echo of lines, whose thread inherits the processor of this one.
fn start_echo(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("echo");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::UnixListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(echo_lines(stream));
            }
        });
    });
    path
}

/// Returns every line unchanged.
async fn echo_lines(mut stream: tokio::net::UnixStream) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut buffer = Vec::with_capacity(512);
    loop {
        while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = buffer.drain(..=end).collect();
            if stream.write_all(&line).await.is_err() {
                return;
            }
        }
        if !matches!(stream.read_buf(&mut buffer).await, Ok(1..)) {
            return;
        }
    }
}

/// Keeps this thread, and those that it starts, on the first processor that it may use.
fn stay_on_one_processor() {
    let allowed = sched_getaffinity(None).unwrap();
    let first = (0..CpuSet::MAX_CPU).find(|processor| allowed.is_set(*processor));
    let mut one = CpuSet::new();
    one.set(first.unwrap());
    sched_setaffinity(None, &one).unwrap();
}

/// Serves one file of application rules, and nothing else.
fn serve(file: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
            let is_there = head.starts_with("GET /CUPC/AppDialRules.xml");
            let (status, body) =
                if is_there { (200, file.as_slice()) } else { (404, [].as_slice()) };
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    url
}

/// Nanoseconds per call.
fn nanoseconds(count: usize, run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_nanos() as f64 / count as f64
}

/// Nanoseconds of processor time per call, which do not count while another process runs.
fn processor_nanoseconds(count: usize, run: impl FnOnce()) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
    };
    let start = now();
    run();
    (now() - start) / count as f64
}

/// The medians of both, and of their ratio within a round.
fn in_turns(
    rounds: usize,
    mut one: impl FnMut() -> f64,
    mut other: impl FnMut() -> f64,
) -> [f64; 3] {
    let mut measured = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        let (one, other) = (one(), other());
        for (values, value) in measured.iter_mut().zip([one, other, other / one]) {
            values.push(value);
        }
    }
    measured.map(|mut values| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    })
}
