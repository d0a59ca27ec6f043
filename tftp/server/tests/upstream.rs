//! What adrc does not own passes through, whoever waits, and comes from a folder beside the tree.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test is a client and a server with sockets, and fails by panicking"
)]

mod stand;

use std::io::Write;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use adr_server::{Outcome, UpstreamServer};
use stand::cucm::{Cucm, normal, outcomes, stand, status};
use stand::{Client, LONG, Stand, bytes, generation, request, shown};

#[test]
fn files_pass_unchanged_and_are_kept() {
    let cucm = Cucm::new(normal);
    let stand = stand(&[cucm.server()], |_| {});
    for _ in 0..3 {
        let file = Client::new().fetch("SEP001122334455.cnf.xml", stand.tftp());
        assert_eq!(file.unwrap(), b"<device/>");
        let answer = stand.get("/SEP001122334455.cnf.xml", "");
        assert!(answer.contains("etag: \"") && answer.ends_with("\r\n\r\n<device/>"), "{answer}");
    }
    assert_eq!(Client::new().fetch("CTL File.tlv", stand.tftp()).unwrap(), bytes(1_000));
    assert_eq!(cucm.asked(), 2);
    let text = stand.server().metrics_text();
    assert!(text.contains("adrc_fallback_requests_total{result=\"cached\"} 5\n"), "{text}");
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
    assert!(stand.get("/CUPC/AppDialRules.xml", "").ends_with("default</DialRules>\n"));
    assert_eq!(cucm.asked(), 0);
}

#[test]
fn the_list_of_devices_is_not_passed_on() {
    let cucm = Cucm::new(normal);
    let stand = stand(&[cucm.server()], |_| {});
    for name in ["ConfigFileCacheList.txt", "configfilecachelist.TXT", "x/ConfigFileCacheList.txt"]
    {
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
        let answer = Client::new().fetch("nothing.xml", stand.tftp()).unwrap_err();
        assert_eq!(answer, "error 1 File not found");
        assert_eq!(status(&stand.get("/nothing.xml", "")), "404");
    }
    assert_eq!((first.asked(), second.asked()), (1, 1));
}

#[test]
fn a_server_that_passes_through_is_not_asked_back() {
    let cucm = Cucm::new(normal);
    let stand = stand(&[cucm.server()], |_| {});
    assert_eq!(status(&stand.get("/SEP001122334455.cnf.xml", "via: 1.1 adrc\r\n")), "404");
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
                Client::new().fetch("SEP001122334455.cnf.xml", tftp).unwrap()
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
    let owner = Stand::of(generation(1, &vec![("by-tftp.bin".to_owned(), bytes(70_000))]), |_| {});
    let cucm = Cucm::new(normal);
    let server = UpstreamServer { tftp: owner.tftp().port(), ..cucm.server() };
    let stand = stand(&[server], |_| {});
    assert_eq!(Client::new().fetch("by-tftp.bin", stand.tftp()).unwrap(), bytes(70_000));
    assert_eq!(cucm.asked(), 1);
    Client::new().fetch("SEP001122334455.cnf.xml", stand.tftp()).unwrap();
    assert_eq!(owner.server().latest_records().len(), 1);
}

#[test]
fn a_file_of_the_folder_that_shrinks_meanwhile_breaks_off() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("firmware.bin");
    std::fs::write(&path, bytes(3_000_000)).unwrap();
    let stand = Stand::with(|settings| settings.root = Some(root.path().to_owned()));
    let client = Client::new();
    client.send(&request("firmware.bin", &[]), stand.tftp());
    let (first, from) = client.receive();
    assert_eq!(shown(&first), "data 1 (512)");
    let file = std::fs::OpenOptions::new().write(true).open(&path);
    file.unwrap().set_len(1_500_000).unwrap();
    let (mut block, mut received) = (1u16, 512);
    let end = loop {
        client.send(&[[0, 4], block.to_be_bytes()].concat(), from);
        let (packet, _) = client.receive();
        if packet[..2] != [0, 3] {
            break shown(&packet);
        }
        block = block.wrapping_add(1);
        assert_eq!(packet.len(), 516, "a short block is the end of a file");
        received += 512;
    };
    assert_eq!(end, "error 0 Unknown error");
    assert!(received < 1_500_000, "{received} bytes");
    assert_eq!(outcomes(&stand, 1), [Outcome::Failed]);
}

#[test]
fn large_files_leave_room_for_others() {
    let cucm = Cucm::new(|path, out| match path {
        "/slow.bin" => {
            out.file(3_000_000, &bytes(2_000_000));
            std::thread::sleep(LONG);
        }
        _ => normal(path, out),
    });
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("disk.bin"), bytes(3_000_000)).unwrap();
    let stand = stand(&[cucm.server()], |settings| {
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
            client.send(&request(name, &[]), stand.tftp());
            assert_eq!(shown(&client.receive().0), "data 1 (512)");
            client
        })
        .into();
    let busy = "error 0 Unknown error";
    for name in ["firmware.sgn", "disk.bin"] {
        let fetched = Client::at("127.0.0.5").fetch(name, stand.tftp());
        assert_eq!(fetched.unwrap_err(), busy, "{name}");
    }
    // somebody else has room for one more, but not for two
    let last = Client::at("127.0.0.6");
    last.send(&request("firmware.sgn", &[]), stand.tftp());
    assert_eq!(shown(&last.receive().0), "data 1 (512)");
    for path in ["/firmware.sgn", "/disk.bin"] {
        let answer = stand.get(path, "");
        assert_eq!(status(&answer), "503", "{path}");
        assert!(answer.contains("retry-after: 5\r\n"), "{answer}");
    }
    // small files need none
    let small = Client::at("127.0.0.5").fetch("SEP001122334455.cnf.xml", stand.tftp());
    assert_eq!(small.unwrap(), b"<device/>");
    drop((taking, last));
}

#[test]
fn whoever_goes_away_waits_no_longer() {
    let cucm = Cucm::new(|path, out| match path {
        "/hangs.xml" => std::thread::sleep(4 * LONG),
        _ => normal(path, out),
    });
    let stand = stand(&[cucm.server()], |settings| {
        settings.limits.upstream.timeout_milliseconds = 200_000;
        settings.limits.upstream.max_queued_requests = 1;
    });
    let mut gone = TcpStream::connect(stand.http()).unwrap();
    gone.write_all(b"GET /hangs.xml HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    stand.until("the request", |_| cucm.asked() == 1);
    let busy = stand.get("/SEP001122334455.cnf.xml", "");
    assert_eq!(status(&busy), "503");
    let text = stand.server().metrics_text();
    assert!(text.contains("adrc_fallback_requests_total{result=\"busy\"} 1\n"), "{text}");
    drop(gone);
    stand.until("the place of who is gone", |_| {
        status(&stand.get("/SEP001122334455.cnf.xml", "")) == "200"
    });
}

#[test]
fn two_that_pass_through_to_each_other_ask_in_no_circle() {
    let ports = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    let [first, second] = ports.map(|socket| socket.local_addr().unwrap());
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("tone.xml"), "<tone/>").unwrap();
    let passing = |own: SocketAddr, other: SocketAddr| {
        let server = UpstreamServer { host: "127.0.0.1".to_owned(), http: 0, tftp: other.port() };
        stand(&[server], |settings| {
            settings.tftp = vec![own];
            settings.root = Some(root.path().to_owned());
            settings.exempt = Vec::new();
        })
    };
    let stands = [passing(first, second), passing(second, first)];
    for stand in &stands {
        let client = Client::at("127.0.0.5");
        for _ in 0..2 {
            let fetched = client.fetch("nothing.xml", stand.tftp());
            assert_eq!(fetched.unwrap_err(), "error 1 File not found");
        }
        assert_eq!(client.fetch("tone.xml", stand.tftp()).unwrap(), b"<tone/>");
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
    rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, 0o644.into(), 0)
        .unwrap();
    let stand = Stand::with(|settings| settings.root = Some(root.path().to_owned()));
    let fetch = |name: &str| Client::new().fetch(name, stand.tftp());
    assert_eq!(fetch("sub/tone.xml").unwrap(), b"<tone/>");
    assert_eq!(fetch("/sub/tone.xml").unwrap(), b"<tone/>");
    assert_eq!(fetch("inside").unwrap(), b"<tone/>");
    assert_eq!(fetch("AppDialRules.xml").unwrap(), b"<DialRules>default</DialRules>\n");
    assert!(fetch("firmware.bin").unwrap() == bytes(2_000_000));
    for name in ["absolute", "folder/secret", "relative", "magic", "pipe", "sub", "folder", "gone"]
    {
        assert_eq!(fetch(name).unwrap_err(), "error 1 File not found", "{name}");
        assert_eq!(status(&stand.get(&format!("/{name}"), "")), "404", "{name}");
    }
    assert_eq!(fetch("ConfigFileCacheList.txt").unwrap_err(), "error 2 Permission denied");
}
