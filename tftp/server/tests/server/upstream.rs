//! Files outside the published folder: from upstream servers, and from a local folder.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use crate::harness::upstream::{Upstream, normal, outcomes, serve_with_upstream, status};
use crate::harness::{
    ANSWER_TIMEOUT, Client, TestServer, bytes, describe, generation, read_request,
};
use adr_server::{Outcome, UpstreamServer};

#[test]
fn upstream_files_are_passed_unchanged_and_cached() {
    let upstream = Upstream::new(normal);
    let served = serve_with_upstream(&[upstream.server()], |_| {});
    for _ in 0..3 {
        let file = Client::new().fetch("SEP001122334455.cnf.xml", served.tftp());
        assert_eq!(file.unwrap(), b"<device/>");
        let answer = served.get("/SEP001122334455.cnf.xml", "");
        assert!(answer.contains("etag: \"") && answer.ends_with("\r\n\r\n<device/>"), "{answer}");
    }
    assert_eq!(Client::new().fetch("CTL File.tlv", served.tftp()).unwrap(), bytes(1_000));
    assert_eq!(upstream.requests(), 2);
    let text = served.server().metrics_text();
    assert!(text.contains("adrc_fallback_requests_total{result=\"cached\"} 5\n"), "{text}");
}

#[test]
fn large_files_are_streamed() {
    let upstream = Upstream::new(normal);
    let served = serve_with_upstream(&[upstream.server()], |_| {});
    assert!(Client::new().fetch("firmware.sgn", served.tftp()).unwrap() == bytes(3_000_000));
    let answer = served.get("/firmware.sgn", "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-length: 3000000"), "{head}");
    assert!(body == String::from_utf8_lossy(&bytes(3_000_000)));
}

#[test]
fn published_files_take_precedence() {
    let upstream = Upstream::new(normal);
    let served = serve_with_upstream(&[upstream.server()], |_| {});
    let file = Client::new().fetch("CUPC/AppDialRules.xml", served.tftp());
    assert_eq!(file.unwrap(), b"<DialRules>default</DialRules>\n");
    assert!(served.get("/CUPC/AppDialRules.xml", "").ends_with("default</DialRules>\n"));
    assert_eq!(upstream.requests(), 0);
}

#[test]
fn device_list_is_denied() {
    let upstream = Upstream::new(normal);
    let served = serve_with_upstream(&[upstream.server()], |_| {});
    for name in [
        "ConfigFileCacheList.txt",
        "configfilecachelist.TXT",
        "x/ConfigFileCacheList.txt",
        "ConfigFileCacheList.txt.sgn",
        "ConfigFileCacheList.txt.gz",
    ] {
        let answer = Client::new().fetch(name, served.tftp()).unwrap_err();
        assert_eq!(answer, "error 2 Permission denied", "{name}");
        assert_eq!(status(&served.get(&format!("/{name}"), "")), "403", "{name}");
    }
    assert_eq!(upstream.requests(), 0);
}

#[test]
fn missing_file_is_requested_once() {
    let (first, second) = (Upstream::new(normal), Upstream::new(normal));
    let served = serve_with_upstream(&[first.server(), second.server()], |_| {});
    for _ in 0..3 {
        let answer = Client::new().fetch("nothing.xml", served.tftp()).unwrap_err();
        assert_eq!(answer, "error 1 File not found");
        assert_eq!(status(&served.get("/nothing.xml", "")), "404");
    }
    assert_eq!((first.requests(), second.requests()), (1, 1));
}

#[test]
fn request_of_another_adrc_is_not_sent_upstream() {
    let upstream = Upstream::new(normal);
    let served = serve_with_upstream(&[upstream.server()], |_| {});
    for via in ["1.1 adrc", "1.1 adrc, 1.1 squid", "1.0 fred, HTTP/1.1 adrc", "1.1 adrc (x)"] {
        let answer = served.get("/SEP001122334455.cnf.xml", &format!("via: {via}\r\n"));
        assert_eq!(status(&answer), "404", "{via}");
    }
    let answer = served.get("/SEP001122334455.cnf.xml", "via: 1.1 x\r\nvia: 1.1 adrc\r\n");
    assert_eq!(status(&answer), "404");
    assert_eq!(upstream.requests(), 0);
    let other = served.get("/SEP001122334455.cnf.xml", "via: 1.1 squid (adrc)\r\n");
    assert_eq!(status(&other), "200");
}

/// Below `/-/` a server itself answers: another adrc upstream would tell about its clients.
#[test]
fn names_of_the_server_itself_are_never_requested_upstream() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("-")).unwrap();
    std::fs::write(root.path().join("-/state"), "private").unwrap();
    let upstream = Upstream::new(|_, out| out.send_file(7, b"private"));
    let served = serve_with_upstream(&[upstream.server()], |settings| {
        settings.root = Some(root.path().to_owned());
    });
    for path in ["/-/state", "/%2d/state", "/%2D%2fstate", "/-%2Fstate", "/-/%73tate", "/-/x/y"] {
        assert_eq!(status(&served.get(path, "")), "404", "{path}");
        let found = Client::new().fetch(path.trim_start_matches('/'), served.tftp());
        assert!(found.is_err() || path.contains('%'), "{path}");
    }
    let by_tftp = Client::new().fetch("-/state", served.tftp()).unwrap_err();
    assert_eq!(by_tftp, "error 1 File not found");
    let other = served.get("/-state", "");
    assert_eq!(status(&other), "200");
}

#[test]
fn concurrent_requests_share_one_fetch() {
    let upstream = Upstream::new(|path, out| {
        std::thread::sleep(Duration::from_millis(300));
        normal(path, out);
    });
    let served = serve_with_upstream(&[upstream.server()], |_| {});
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let tftp = served.tftp();
            std::thread::spawn(move || {
                Client::new().fetch("SEP001122334455.cnf.xml", tftp).unwrap()
            })
        })
        .collect();
    for client in clients {
        assert_eq!(client.join().unwrap(), b"<device/>");
    }
    assert_eq!(upstream.requests(), 1);
}

#[test]
fn http_is_tried_before_tftp() {
    let owner =
        TestServer::of(generation(1, &vec![("by-tftp.bin".to_owned(), bytes(70_000))]), |_| {});
    let upstream = Upstream::new(normal);
    let server = UpstreamServer { tftp: owner.tftp().port(), ..upstream.server() };
    let served = serve_with_upstream(&[server], |_| {});
    assert_eq!(Client::new().fetch("by-tftp.bin", served.tftp()).unwrap(), bytes(70_000));
    assert_eq!(upstream.requests(), 1);
    owner.wait_until("the record", |server| server.latest_records().len() == 1);
    Client::new().fetch("SEP001122334455.cnf.xml", served.tftp()).unwrap();
    assert_eq!(owner.server().latest_records().len(), 1);
}

#[test]
fn shrinking_file_truncates_the_transfer() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("firmware.bin");
    std::fs::write(&path, bytes(3_000_000)).unwrap();
    let served = TestServer::with(|settings| {
        settings.root = Some(root.path().to_owned());
        // a slow machine must not get a block twice
        settings.limits.tftp.timeout_milliseconds = 60_000;
    });
    let client = Client::new();
    client.send(&read_request("firmware.bin", &[]), served.tftp());
    let (first, from) = client.receive();
    assert_eq!(describe(&first), "data 1 (512)");
    let file = std::fs::OpenOptions::new().write(true).open(&path);
    file.unwrap().set_len(1_500_000).unwrap();
    let (mut block, mut received) = (1u16, 512);
    let end = loop {
        client.send(&[[0, 4], block.to_be_bytes()].concat(), from);
        let (packet, _) = client.receive();
        if packet[..2] != [0, 3] {
            break describe(&packet);
        }
        block = block.wrapping_add(1);
        assert_eq!(packet.len(), 516, "a short block would end the file");
        received += 512;
    };
    assert_eq!(end, "error 0 Unknown error");
    assert!(received < 1_500_000, "{received} bytes");
    assert_eq!(outcomes(&served, 1), [Outcome::Failed]);
}

#[test]
fn streams_are_limited_in_total_and_per_client() {
    let upstream = Upstream::new(|path, out| match path {
        "/slow.bin" => {
            out.send_file(3_000_000, &bytes(2_000_000));
            std::thread::sleep(ANSWER_TIMEOUT);
        }
        _ => normal(path, out),
    });
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("disk.bin"), bytes(3_000_000)).unwrap();
    let served = serve_with_upstream(&[upstream.server()], |settings| {
        settings.root = Some(root.path().to_owned());
        settings.exempt = Vec::new();
        settings.limits.tftp.timeout_milliseconds = 60_000;
        settings.limits.upstream.timeout_milliseconds = 60_000;
        settings.limits.upstream.max_concurrent_fetches = 1;
        settings.limits.upstream.max_streams = 3;
        settings.limits.upstream.max_streams_per_client = 2;
    });
    let taking: Vec<_> = ["slow.bin", "disk.bin"]
        .map(|name| {
            let client = Client::at("127.0.0.5");
            client.send(&read_request(name, &[]), served.tftp());
            assert_eq!(describe(&client.receive().0), "data 1 (512)");
            client
        })
        .into();
    let busy = "error 0 Unknown error";
    for name in ["firmware.sgn", "disk.bin"] {
        let fetched = Client::at("127.0.0.5").fetch(name, served.tftp());
        assert_eq!(fetched.unwrap_err(), busy, "{name}");
    }
    // another client gets one more stream, but not two
    let last = Client::at("127.0.0.6");
    last.send(&read_request("firmware.sgn", &[]), served.tftp());
    assert_eq!(describe(&last.receive().0), "data 1 (512)");
    for path in ["/firmware.sgn", "/disk.bin"] {
        let answer = served.get(path, "");
        assert_eq!(status(&answer), "503", "{path}");
        assert!(answer.contains("retry-after: 5\r\n"), "{answer}");
    }
    // small files need no stream
    let small = Client::at("127.0.0.5").fetch("SEP001122334455.cnf.xml", served.tftp());
    assert_eq!(small.unwrap(), b"<device/>");
    drop((taking, last));
}

#[test]
fn canceled_request_leaves_the_queue() {
    let upstream = Upstream::new(|path, out| match path {
        "/hangs.xml" => std::thread::sleep(4 * ANSWER_TIMEOUT),
        _ => normal(path, out),
    });
    let served = serve_with_upstream(&[upstream.server()], |settings| {
        settings.limits.upstream.timeout_milliseconds = 200_000;
        settings.limits.upstream.max_queued_requests = 1;
    });
    let mut gone = TcpStream::connect(served.http()).unwrap();
    gone.write_all(b"GET /hangs.xml HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    served.wait_until("the request", |_| upstream.requests() == 1);
    let busy = served.get("/SEP001122334455.cnf.xml", "");
    assert_eq!(status(&busy), "503");
    let text = served.server().metrics_text();
    assert!(text.contains("adrc_fallback_requests_total{result=\"busy\"} 1\n"), "{text}");
    drop(gone);
    served.wait_until("the place of who is gone", |_| {
        status(&served.get("/SEP001122334455.cnf.xml", "")) == "200"
    });
}

/// Two ports that are free. They are below those that a system gives to a program that asks for a
/// free one, so nobody takes them before the servers listen.
fn free_ports() -> [SocketAddr; 2] {
    let first = 20_000 + (std::process::id() % 1_000) as u16 * 10;
    let ports = (first..32_000).map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let mut free = ports.filter(|address| UdpSocket::bind(address).is_ok());
    [(); 2].map(|()| free.next().unwrap())
}

#[test]
fn two_servers_that_are_each_others_upstream_do_not_loop() {
    let [first, second] = free_ports();
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("tone.xml"), "<tone/>").unwrap();
    let passing = |own: SocketAddr, other: SocketAddr| {
        let server = UpstreamServer { host: "127.0.0.1".to_owned(), http: 0, tftp: other.port() };
        serve_with_upstream(&[server], |settings| {
            settings.tftp = vec![own];
            settings.root = Some(root.path().to_owned());
            settings.exempt = Vec::new();
        })
    };
    let stands = [passing(first, second), passing(second, first)];
    for served in &stands {
        let client = Client::at("127.0.0.5");
        for _ in 0..2 {
            let fetched = client.fetch("nothing.xml", served.tftp());
            assert_eq!(fetched.unwrap_err(), "error 1 File not found");
        }
        assert_eq!(client.fetch("tone.xml", served.tftp()).unwrap(), b"<tone/>");
    }
}

#[test]
fn folder_serves_only_regular_files_inside() {
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
    rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, 0o644.into(), 0)
        .unwrap();
    let served = TestServer::with(|settings| settings.root = Some(root.path().to_owned()));
    let fetch = |name: &str| Client::new().fetch(name, served.tftp());
    assert_eq!(fetch("sub/tone.xml").unwrap(), b"<tone/>");
    assert_eq!(fetch("/sub/tone.xml").unwrap(), b"<tone/>");
    assert_eq!(fetch("inside").unwrap(), b"<tone/>");
    assert_eq!(fetch("AppDialRules.xml").unwrap(), b"<DialRules>default</DialRules>\n");
    assert!(fetch("firmware.bin").unwrap() == bytes(2_000_000));
    for name in ["absolute", "folder/secret", "relative", "magic", "pipe", "sub", "folder", "gone"]
    {
        assert_eq!(fetch(name).unwrap_err(), "error 1 File not found", "{name}");
        assert_eq!(status(&served.get(&format!("/{name}"), "")), "404", "{name}");
    }
    assert_eq!(fetch("ConfigFileCacheList.txt").unwrap_err(), "error 2 Permission denied");
}
