//! A node whose cluster answers and takes nothing, or hands out nothing, or whose folder is in use.

use super::*;

/// What is wrong is that the cluster takes nothing, and not that this node gets nothing.
#[test]
fn node_that_may_not_publish_has_what_is_current() {
    let cluster = MemoryPublication::new();
    let held = Arc::new(held::Held::new(cluster.node()));
    held.release();
    let start = || {
        let publication: Arc<dyn Publication> = Arc::<held::Held>::clone(&held);
        let (sandbox, link) = (tempfile::tempdir().unwrap(), Arc::new(cluster.node()));
        Node::start_in(sandbox, publication, link, "node", Some(9))
    };
    let assert_not_published = |node: &Node| {
        let is_denied = |seen: &Seen| matches!(seen, Seen::NotPublished(why) if why.contains("may not publish"));
        node.wait("a refusal", is_denied);
        let progress = node.member.progress();
        assert_eq!((progress.failure, progress.in_folder), (None, cluster.current().unwrap()));
    };
    let node = start();
    node.wait_for(1);
    held.refuse();
    node.save(6);
    assert_not_published(&node);
    cluster.replace_document(1, None);
    cluster.replace_current(None);
    assert_not_published(&start());
}

/// A command that publishes on this machine tells the cluster before it switches the folder.
#[test]
fn node_waits_for_a_command_that_publishes_into_its_folder() {
    let cluster = MemoryPublication::new();
    let publisher = Node::start(&cluster, "publisher", Some(9));
    publisher.wait_for(1);
    let node = Node::start(&cluster, "node", None);
    node.wait_for(1);
    let lock = node.sandbox.path().join("published/.lock");
    let lock = fs::File::options().write(true).open(lock).unwrap();
    lock.lock().unwrap();
    publisher.save(6);
    node.wait("news", |it| matches!(it, Seen::Nodes(NodesEvent::Answered(2))));
    // the node finds the lock meanwhile
    std::thread::sleep(Duration::from_millis(500));
    drop(lock);
    node.wait("generation 2", |it| match it {
        Seen::Nodes(NodesEvent::NotInstalled(reason)) => panic!("{reason}"),
        it => matches!(it, Seen::Serves(2)),
    });
}

/// The stream of the files may be without a leader while that of the numbers has one.
#[test]
fn cluster_that_only_announces_a_generation_does_not_answer_again() {
    let cluster = MemoryPublication::new();
    let publisher = Node::start(&cluster, "publisher", Some(9));
    publisher.wait_for(1);
    let held = Arc::new(held::Held::without_documents(cluster.node()));
    let publication: Arc<dyn Publication> = Arc::<held::Held>::clone(&held);
    let (sandbox, link) = (tempfile::tempdir().unwrap(), Arc::new(cluster.node()));
    let node = Node::start_in(sandbox, publication, link, "node", None);
    for _ in 0..3 {
        node.wait("silence", |it| match it {
            Seen::Nodes(NodesEvent::Answered(number)) => panic!("answered {number}"),
            it => is_silent(it),
        });
    }
    held.release();
    node.wait("an answer", |it| matches!(it, Seen::Nodes(NodesEvent::Answered(1))));
    node.wait("its end", |it| matches!(it, Seen::Nodes(NodesEvent::Installed)));
}
