//! A server of async-tftp with published files, asked by the project's own receiver.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the tests open sockets; a failure there fails the test"
)]

use std::net::UdpSocket;
use std::sync::Arc;
use std::time::SystemTime;

use adr_bundle::{FORMAT_VERSION, Manifest, ManifestFile, ManifestView, Tree};
use adr_server::{AsyncFiles, Generation, Store};
use adr_transfer::{ReceiveOptions, fetch};
use async_tftp::server::TftpServerBuilder;
use futures_lite::future;

/// A generation of files with these sizes and names.
fn generation(sizes: &[usize]) -> Generation {
    let files: Vec<_> =
        sizes.iter().map(|size| (format!("size-{size}"), adr_kit::data::pattern(*size))).collect();
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        generation: 1,
        tool: None,
        views: vec![ManifestView { name: None, folder: String::new(), networks: Vec::new() }],
        files: files.iter().map(|(path, bytes)| ManifestFile::of(path, bytes)).collect(),
    };
    let read = |entry: &ManifestFile| {
        let file = files.iter().find(|(path, _)| *path == entry.path);
        Ok(file.unwrap().1.clone())
    };
    let tree = Tree::load(manifest.to_json().into_bytes(), None, read).unwrap();
    Generation::new(tree, SystemTime::UNIX_EPOCH)
}

#[tokio::test]
async fn receiver_gets_files_of_every_size_from_async_tftp() {
    let sizes = [0, 1, 511, 512, 513, 1_428, 5_000, 100_000];
    let files = AsyncFiles::new(Arc::new(Store::new(generation(&sizes))));
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let builder = TftpServerBuilder::with_handler(files).std_socket(socket).unwrap();
    std::thread::spawn(|| future::block_on(async { builder.build().await.unwrap().serve().await }));
    for size in sizes {
        for options in [ReceiveOptions::default(), ReceiveOptions::default().without_extensions()] {
            let file = fetch(address, &format!("size-{size}"), &options).await.unwrap();
            assert!(file == adr_kit::data::pattern(size), "{size}");
        }
    }
    for name in ["missing", "sites/x"] {
        let error = fetch(address, name, &ReceiveOptions::default()).await.unwrap_err();
        assert!(error.is_missing(), "{error}");
    }
}
