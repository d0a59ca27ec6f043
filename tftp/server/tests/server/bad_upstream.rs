//! Upstream servers that hang, send wrong lengths, deny requests, or close connections early.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use crate::harness::upstream::{
    Answer, Upstream, closed, normal, outcomes, serve_with_upstream, status,
};
use crate::harness::{ANSWER_TIMEOUT, Client, TestServer, bytes, generation};
use adr_server::{Outcome, UpstreamServer};

#[test]
fn unreachable_server_is_skipped() {
    let hanging = Upstream::new(|_, _| std::thread::sleep(ANSWER_TIMEOUT));
    let refusing = closed();
    let broken = Upstream::new(|_, out| {
        out.send(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n");
    });
    let good = Upstream::new(normal);
    let servers = [refusing, hanging.server(), broken.server(), good.server()];
    let served = serve_with_upstream(&servers, |settings| {
        // also on a slow machine, the good server answers by then
        settings.limits.upstream.timeout_milliseconds = 5_000;
    });
    let fetch = |name: &str| Client::new().fetch(name, served.tftp()).unwrap();
    assert_eq!(fetch("SEP001122334455.cnf.xml"), b"<device/>");
    // the failed server is not asked again
    assert_eq!(fetch("CTL File.tlv"), bytes(1_000));
    assert_eq!((hanging.requests(), broken.requests(), good.requests()), (1, 1, 2));
}

#[test]
fn failure_of_all_servers_is_not_cached() {
    let broken = Upstream::new(|_, out| {
        out.send(b"HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\noops");
    });
    let served = serve_with_upstream(&[broken.server()], |_| {});
    for count in 1..3 {
        let answer = Client::new().fetch("x.xml", served.tftp()).unwrap_err();
        assert_eq!(answer, "error 0 Unknown error");
        assert_eq!(status(&served.get("/x.xml", "")), "502");
        assert_eq!(broken.requests(), 2 * count);
    }
}

#[test]
fn closed_kept_connection_is_retried() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = UpstreamServer {
        host: "127.0.0.1".to_owned(),
        http: listener.local_addr().unwrap().port(),
        tftp: 0,
    };
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let mut request = || {
                while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            };
            request();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfile";
            stream.write_all(answer).unwrap();
            request();
        }
    });
    let served = serve_with_upstream(&[server], |_| {});
    for name in ["first.xml", "second.xml", "third.xml"] {
        let file = Client::new().fetch(name, served.tftp());
        assert_eq!(file.unwrap(), b"file", "{name}");
    }
}

#[test]
fn truncated_small_file_is_not_served() {
    let breaking: [Answer; 5] = [
        |_, out| out.reset(),
        |_, out| {
            out.send_file(1_000, &bytes(100));
            out.reset();
        },
        |_, out| out.send_file(1_000, &bytes(100)),
        |_, out| {
            out.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nabc");
        },
        |_, out| {
            out.send(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nabc");
        },
    ];
    for answer in breaking {
        let bad = Upstream::new(answer);
        let alone = serve_with_upstream(&[bad.server()], |_| {});
        assert!(Client::new().fetch("CTL File.tlv", alone.tftp()).is_err());
        assert_eq!(status(&alone.get("/CTL%20File.tlv", "")), "502");
        let good = Upstream::new(normal);
        let both = serve_with_upstream(&[bad.server(), good.server()], |_| {});
        assert_eq!(Client::new().fetch("CTL File.tlv", both.tftp()).unwrap(), bytes(1_000));
    }
}

#[test]
fn content_beyond_the_announced_length_is_cut() {
    let upstream = Upstream::new(|_, out| out.send_file(5, b"12345and more"));
    let served = serve_with_upstream(&[upstream.server()], |_| {});
    assert_eq!(Client::new().fetch("x.xml", served.tftp()).unwrap(), b"12345");
}

#[test]
fn truncated_large_file_truncates_the_answer() {
    let upstream = Upstream::new(|_, out| out.send_file(3_000_000, &[b'x'; 2_000_000]));
    let served = serve_with_upstream(&[upstream.server()], |_| {});
    assert_eq!(Client::new().fetch("x.bin", served.tftp()).unwrap_err(), "error 0 Unknown error");
    let answer = served.get("/x.bin", "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-length: 3000000") && body.len() < 3_000_000, "{head}");
    assert_eq!(outcomes(&served, 2), [Outcome::Failed; 2]);
}

#[test]
fn truncated_file_of_unknown_size_has_no_proper_end() {
    let upstream = Upstream::new(|path, out| {
        out.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = [&b"10000\r\n"[..], &[b'x'; 65_536], b"\r\n"].concat();
        for _ in 0..40 {
            out.send(&chunk);
        }
        match path {
            "/whole.bin" => assert!(out.send(b"0\r\n\r\n")),
            "/reset.bin" => out.reset(),
            _ => {}
        }
    });
    let served = serve_with_upstream(&[upstream.server()], |_| {});
    for name in ["closed.bin", "reset.bin"] {
        let fetched = Client::new().fetch(name, served.tftp());
        assert_eq!(fetched.unwrap_err(), "error 0 Unknown error", "{name}");
        let answer = served.get(&format!("/{name}"), "");
        assert!(!answer.ends_with("\r\n0\r\n\r\n"), "{name}");
        assert!(outcomes(&served, 2).iter().all(|end| *end == Outcome::Failed));
    }
    let whole = Client::new().fetch("whole.bin", served.tftp()).unwrap();
    assert_eq!(whole.len(), 40 * 65_536);
    assert!(served.get("/whole.bin", "").ends_with("\r\n0\r\n\r\n"));
}

#[test]
fn refusal_counts_as_missing_and_leaves_the_server_healthy() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("public.xml"), "by tftp").unwrap();
    let owner = TestServer::with(|settings| {
        settings.root = Some(root.path().to_owned());
        settings.deny = vec!["private.xml".to_owned()];
    });
    let second = Upstream::new(|path, out| match path {
        "/public.xml" => out.send_file(7, b"by http"),
        _ => out.not_found(),
    });
    let first = UpstreamServer { host: "127.0.0.1".to_owned(), http: 0, tftp: owner.tftp().port() };
    let served = serve_with_upstream(&[first, second.server()], |_| {});
    for _ in 0..2 {
        let fetched = Client::new().fetch("private.xml", served.tftp());
        assert_eq!(fetched.unwrap_err(), "error 1 File not found");
    }
    assert_eq!(second.requests(), 1);
    // the first server is still asked first
    let file = Client::new().fetch("public.xml", served.tftp());
    assert_eq!(file.unwrap(), b"by tftp");
}

#[test]
fn too_large_file_is_rejected_and_leaves_the_server_healthy() {
    let first = Upstream::new(|path, out| match path {
        "/sized.bin" => out.send_file(5_000, &bytes(5_000)),
        "/unsized.bin" => {
            out.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1388\r\n");
            out.send(&bytes(5_000));
        }
        "/x.xml" => out.send_file(5, b"first"),
        _ => out.not_found(),
    });
    let owner =
        TestServer::of(generation(1, &vec![("by-tftp.bin".to_owned(), bytes(5_000))]), |_| {});
    let tftp = UpstreamServer { host: "127.0.0.1".to_owned(), http: 0, tftp: owner.tftp().port() };
    let second = Upstream::new(|path, out| match path {
        "/x.xml" => out.send_file(6, b"second"),
        _ => out.not_found(),
    });
    let servers = [first.server(), tftp, second.server()];
    let served = serve_with_upstream(&servers, |settings| {
        settings.limits.upstream.max_file_bytes = 1_000;
    });
    for name in ["sized.bin", "unsized.bin", "by-tftp.bin"] {
        for _ in 0..2 {
            let fetched = Client::new().fetch(name, served.tftp());
            assert_eq!(fetched.unwrap_err(), "error 2 Permission denied", "{name}");
            assert_eq!(status(&served.get(&format!("/{name}"), "")), "403", "{name}");
        }
    }
    assert_eq!((first.requests(), second.requests()), (3, 3));
    let file = Client::new().fetch("x.xml", served.tftp());
    assert_eq!(file.unwrap(), b"first");
}

#[test]
fn file_beyond_the_limit_is_not_received() {
    let sized = Upstream::new(|_, out| {
        out.send(b"HTTP/1.1 200 OK\r\ncontent-length: 4294967296\r\n\r\n");
        while out.send(&[7; 65_536]) {}
    });
    let endless = Upstream::new(|_, out| {
        out.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = [&b"10000\r\n"[..], &[7; 65_536], b"\r\n"].concat();
        while out.send(&chunk) {}
    });
    for upstream in [sized, endless] {
        let served = serve_with_upstream(&[upstream.server()], |settings| {
            settings.limits.upstream.max_file_bytes = 3 << 20;
        });
        let answer = served.get("/x.bin", "");
        assert!(answer.len() < 4 << 20, "{} bytes", answer.len());
        assert!(Client::new().fetch("x.bin", served.tftp()).is_err());
        // bytes in socket buffers count as sent
        let sent = upstream.sent();
        assert!(sent < 40 << 20, "{sent} bytes");
    }
}

#[test]
fn missing_file_of_a_server_with_one_protocol_is_missing() {
    let owner = TestServer::with(|_| {});
    let (http, tftp) = (closed().http, owner.tftp().port());
    let both = UpstreamServer { host: "127.0.0.1".to_owned(), http, tftp };
    let stand_of = |server| serve_with_upstream(&[server], |_| {});
    let (by_tftp, none) = (stand_of(both.clone()), stand_of(UpstreamServer { tftp: 0, ..both }));
    for _ in 0..3 {
        for (served, answer) in [(&by_tftp, "404"), (&none, "502")] {
            for path in ["/nothing.xml", "/nobody.xml"] {
                assert_eq!(status(&served.get(path, "")), answer, "{path}");
            }
        }
    }
    // each file was requested once
    owner.wait_until("the records", |server| server.latest_records().len() >= 2);
    assert_eq!(owner.server().latest_records().len(), 2);
}
