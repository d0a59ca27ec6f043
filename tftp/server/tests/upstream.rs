//! What adrc does not own passes through; servers upstream that hang, lie, break off or never end do no harm.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test is a client and a server with sockets, and fails by panicking"
)]

mod stand;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use adr_server::{Settings, UpstreamServer};
use stand::{Client, LONG, Stand, bytes, files, generation};

/// A server upstream by HTTP whose answer is a function of the path; counts what it is asked and what it sends.
struct Cucm {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    sent: Arc<AtomicU64>,
}

type Answer = fn(&str, &mut Out);

/// A connection that counts.
struct Out {
    stream: TcpStream,
    sent: Arc<AtomicU64>,
}

impl Out {
    fn send(&mut self, bytes: &[u8]) -> bool {
        self.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.stream.write_all(bytes).is_ok()
    }

    fn file(&mut self, length: u64, bytes: &[u8]) {
        self.send(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").as_bytes());
        self.send(bytes);
    }

    fn missing(&mut self) {
        self.send(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    }
}

impl Cucm {
    fn new(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, sent) = (Arc::<AtomicUsize>::default(), Arc::<AtomicU64>::default());
        let cucm = Self {
            address,
            asked: Arc::clone(&asked),
            sent: Arc::clone(&sent),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (asked, sent) = (Arc::clone(&asked), Arc::clone(&sent));
                std::thread::spawn(move || {
                    let stream = stream.unwrap();
                    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                    let first = lines.next().unwrap().unwrap();
                    while !lines.next().unwrap().unwrap().is_empty() {}
                    asked.fetch_add(1, Ordering::SeqCst);
                    let path = first.split(' ').nth(1).unwrap().to_owned();
                    answer(&path, &mut Out { stream, sent });
                });
            }
        });
        cucm
    }

    fn server(&self) -> UpstreamServer {
        UpstreamServer {
            host: "127.0.0.1".to_owned(),
            http: self.address.port(),
            tftp: 0,
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A port where nobody listens.
fn closed() -> UpstreamServer {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    UpstreamServer {
        host: "127.0.0.1".to_owned(),
        http: port,
        tftp: 0,
    }
}

fn stand(servers: &[UpstreamServer], change: impl FnOnce(&mut Settings)) -> Stand {
    Stand::with(|settings| {
        settings.upstream = servers.to_vec();
        settings.limits.tftp.timeout_milliseconds = 5_000;
        change(settings);
    })
}

fn normal(path: &str, out: &mut Out) {
    match path {
        "/SEP001122334455.cnf.xml" => out.file(9, b"<device/>"),
        "/CUPC/AppDialRules.xml" => out.file(5, b"theirs"),
        "/CTL%20File.tlv" => out.file(1_000, &bytes(1_000)),
        "/ConfigFileCacheList.txt" => out.file(6, b"secret"),
        "/firmware.sgn" => out.file(3_000_000, &bytes(3_000_000)),
        _ => out.missing(),
    }
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or(answer)
}

#[test]
fn files_pass_unchanged_and_are_kept() {
    let cucm = Cucm::new(normal);
    let stand = stand(&[cucm.server()], |_| {});
    for _ in 0..3 {
        let file = Client::new().fetch("SEP001122334455.cnf.xml", stand.tftp());
        assert_eq!(file.unwrap(), b"<device/>");
        let answer = stand.get("/SEP001122334455.cnf.xml", "");
        assert!(
            answer.contains("etag: \"") && answer.ends_with("\r\n\r\n<device/>"),
            "{answer}"
        );
    }
    assert_eq!(
        Client::new().fetch("CTL File.tlv", stand.tftp()).unwrap(),
        bytes(1_000)
    );
    assert_eq!(cucm.asked(), 2);
    let text = stand.server().metrics_text();
    assert!(
        text.contains("adr_passed_through_total{result=\"cached\"} 5\n"),
        "{text}"
    );
}

#[test]
fn large_files_are_streamed() {
    let cucm = Cucm::new(normal);
    let stand = stand(&[cucm.server()], |_| {});
    assert!(Client::new().fetch("firmware.sgn", stand.tftp()).unwrap() == bytes(3_000_000));
    let answer = stand.get("/firmware.sgn", "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-length: 3000000"), "{head}");
    assert!(body == String::from_utf8_lossy(&bytes(3_000_000)));
}

#[test]
fn own_names_win() {
    let cucm = Cucm::new(normal);
    let stand = stand(&[cucm.server()], |_| {});
    let file = Client::new().fetch("CUPC/AppDialRules.xml", stand.tftp());
    assert_eq!(file.unwrap(), b"<DialRules>default</DialRules>\n");
    assert!(
        stand
            .get("/CUPC/AppDialRules.xml", "")
            .ends_with("default</DialRules>\n")
    );
    assert_eq!(cucm.asked(), 0);
}

#[test]
fn the_list_of_devices_is_not_passed_on() {
    let cucm = Cucm::new(normal);
    let stand = stand(&[cucm.server()], |_| {});
    for name in [
        "ConfigFileCacheList.txt",
        "configfilecachelist.TXT",
        "x/ConfigFileCacheList.txt",
    ] {
        let answer = Client::new().fetch(name, stand.tftp()).unwrap_err();
        assert_eq!(answer, "error 2 Permission denied", "{name}");
        assert_eq!(status(&stand.get(&format!("/{name}"), "")), "403", "{name}");
    }
    assert_eq!(cucm.asked(), 0);
}

#[test]
fn what_nobody_has_is_asked_for_once() {
    let (first, second) = (Cucm::new(normal), Cucm::new(normal));
    let stand = stand(&[first.server(), second.server()], |_| {});
    for _ in 0..3 {
        let answer = Client::new()
            .fetch("nothing.xml", stand.tftp())
            .unwrap_err();
        assert_eq!(answer, "error 1 File not found");
        assert_eq!(status(&stand.get("/nothing.xml", "")), "404");
    }
    assert_eq!((first.asked(), second.asked()), (1, 1));
}

#[test]
fn a_server_that_passes_through_is_not_asked_back() {
    let cucm = Cucm::new(normal);
    let stand = stand(&[cucm.server()], |_| {});
    assert_eq!(
        status(&stand.get("/SEP001122334455.cnf.xml", "via: 1.1 adrc\r\n")),
        "404"
    );
    assert_eq!(cucm.asked(), 0);
}

#[test]
fn equal_requests_are_one_fetch() {
    let cucm = Cucm::new(|path, out| {
        std::thread::sleep(Duration::from_millis(300));
        normal(path, out);
    });
    let stand = stand(&[cucm.server()], |_| {});
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let tftp = stand.tftp();
            std::thread::spawn(move || {
                Client::new()
                    .fetch("SEP001122334455.cnf.xml", tftp)
                    .unwrap()
            })
        })
        .collect();
    for client in clients {
        assert_eq!(client.join().unwrap(), b"<device/>");
    }
    assert_eq!(cucm.asked(), 1);
}

#[test]
fn http_comes_first_and_tftp_second() {
    let owner = Stand::of(
        generation(1, &vec![("by-tftp.bin".to_owned(), bytes(70_000))]),
        |_| {},
    );
    let cucm = Cucm::new(normal);
    let server = UpstreamServer {
        tftp: owner.tftp().port(),
        ..cucm.server()
    };
    let stand = stand(&[server], |_| {});
    assert_eq!(
        Client::new().fetch("by-tftp.bin", stand.tftp()).unwrap(),
        bytes(70_000)
    );
    assert_eq!(cucm.asked(), 1);
    Client::new()
        .fetch("SEP001122334455.cnf.xml", stand.tftp())
        .unwrap();
    assert_eq!(owner.server().last_records().len(), 1);
}

#[test]
fn a_server_that_does_not_answer_is_passed_over() {
    let hanging = Cucm::new(|_, _| std::thread::sleep(LONG));
    let refusing = closed();
    let broken = Cucm::new(|_, out| {
        out.send(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n");
    });
    let good = Cucm::new(normal);
    let servers = [refusing, hanging.server(), broken.server(), good.server()];
    let stand = stand(&servers, |settings| {
        settings.limits.upstream.timeout_milliseconds = 500;
    });
    let fetch = |name: &str| Client::new().fetch(name, stand.tftp()).unwrap();
    assert_eq!(fetch("SEP001122334455.cnf.xml"), b"<device/>");
    // whoever failed is not waited for again
    assert_eq!(fetch("CTL File.tlv"), bytes(1_000));
    assert_eq!((hanging.asked(), broken.asked(), good.asked()), (1, 1, 2));
}

#[test]
fn when_no_server_answers_it_is_said_and_not_remembered() {
    let broken = Cucm::new(|_, out| {
        out.send(b"HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\noops");
    });
    let stand = stand(&[broken.server()], |_| {});
    for count in 1..3 {
        let answer = Client::new().fetch("x.xml", stand.tftp()).unwrap_err();
        assert_eq!(answer, "error 0 Unknown error");
        assert_eq!(status(&stand.get("/x.xml", "")), "502");
        assert_eq!(broken.asked(), 2 * count);
    }
}

#[test]
fn a_file_that_breaks_off_is_none() {
    let breaking: [Answer; 3] = [
        |_, out| out.file(1_000, &bytes(100)),
        |_, out| {
            out.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nabc");
        },
        |_, out| {
            out.send(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nabc");
        },
    ];
    for answer in breaking {
        let bad = Cucm::new(answer);
        let alone = stand(&[bad.server()], |_| {});
        assert!(Client::new().fetch("CTL File.tlv", alone.tftp()).is_err());
        assert_eq!(status(&alone.get("/CTL%20File.tlv", "")), "502");
        let good = Cucm::new(normal);
        let both = stand(&[bad.server(), good.server()], |_| {});
        assert_eq!(
            Client::new().fetch("CTL File.tlv", both.tftp()).unwrap(),
            bytes(1_000)
        );
    }
}

#[test]
fn a_small_lie_gives_what_was_told() {
    let cucm = Cucm::new(|_, out| out.file(5, b"12345and more"));
    let stand = stand(&[cucm.server()], |_| {});
    assert_eq!(
        Client::new().fetch("x.xml", stand.tftp()).unwrap(),
        b"12345"
    );
}

#[test]
fn a_large_file_that_breaks_off_ends_the_answer() {
    let cucm = Cucm::new(|_, out| out.file(3_000_000, &[b'x'; 2_000_000]));
    let stand = stand(&[cucm.server()], |_| {});
    assert_eq!(
        Client::new().fetch("x.bin", stand.tftp()).unwrap_err(),
        "error 0 Unknown error"
    );
    let answer = stand.get("/x.bin", "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("content-length: 3000000") && body.len() < 3_000_000,
        "{head}"
    );
}

#[test]
fn four_gigabytes_are_not_taken() {
    let told = Cucm::new(|_, out| {
        out.send(b"HTTP/1.1 200 OK\r\ncontent-length: 4294967296\r\n\r\n");
        while out.send(&[7; 65_536]) {}
    });
    let endless = Cucm::new(|_, out| {
        out.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = [&b"10000\r\n"[..], &[7; 65_536], b"\r\n"].concat();
        while out.send(&chunk) {}
    });
    for cucm in [told, endless] {
        let stand = stand(&[cucm.server()], |settings| {
            settings.limits.upstream.largest_bytes = 3 << 20;
        });
        let answer = stand.get("/x.bin", "");
        assert!(answer.len() < 4 << 20, "{} bytes", answer.len());
        assert!(Client::new().fetch("x.bin", stand.tftp()).is_err());
        // what lies in socket buffers counts as sent
        let sent = cucm.sent.load(Ordering::Relaxed);
        assert!(sent < 40 << 20, "{sent} bytes");
    }
}

#[test]
fn a_folder_is_served_as_far_as_it_goes() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "secret").unwrap();
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    std::fs::create_dir(at("sub")).unwrap();
    std::fs::write(at("sub/tone.xml"), "<tone/>").unwrap();
    std::fs::write(at("AppDialRules.xml"), "theirs").unwrap();
    std::fs::write(at("firmware.bin"), bytes(2_000_000)).unwrap();
    std::fs::write(at("ConfigFileCacheList.txt"), "secret").unwrap();
    let link = |target: &std::path::Path, name: &str| {
        std::os::unix::fs::symlink(target, at(name)).unwrap();
    };
    link("sub/tone.xml".as_ref(), "inside");
    link(&outside.path().join("secret"), "absolute");
    link(outside.path(), "folder");
    link("../../../../../../../../etc/passwd".as_ref(), "relative");
    link("/proc/self/exe".as_ref(), "magic");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        at("pipe"),
        rustix::fs::FileType::Fifo,
        0o644.into(),
        0,
    )
    .unwrap();
    let stand = Stand::with(|settings| settings.root = Some(root.path().to_owned()));
    let fetch = |name: &str| Client::new().fetch(name, stand.tftp());
    assert_eq!(fetch("sub/tone.xml").unwrap(), b"<tone/>");
    assert_eq!(fetch("/sub/tone.xml").unwrap(), b"<tone/>");
    assert_eq!(fetch("inside").unwrap(), b"<tone/>");
    assert_eq!(
        fetch("AppDialRules.xml").unwrap(),
        b"<DialRules>default</DialRules>\n"
    );
    assert!(fetch("firmware.bin").unwrap() == bytes(2_000_000));
    for name in [
        "absolute",
        "folder/secret",
        "relative",
        "magic",
        "pipe",
        "sub",
        "folder",
        "gone",
    ] {
        assert_eq!(fetch(name).unwrap_err(), "error 1 File not found", "{name}");
        assert_eq!(status(&stand.get(&format!("/{name}"), "")), "404", "{name}");
    }
    assert_eq!(
        fetch("ConfigFileCacheList.txt").unwrap_err(),
        "error 2 Permission denied"
    );
    assert_eq!(files().len(), 8);
}
