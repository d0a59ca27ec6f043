//! Registered softphones, and the views that they get.

use adr_cucm_kit::{Device, Fault, Injection, PUBLISHER};
use adr_cucm_sync::registered::registered;
use adr_cucm_sync::{Connection, block_on};
use adr_render::device_views::{DeviceViews, ViewFindingKind};

use crate::plan::{plan, source};
use crate::world::World;

const SITE: &str = "site \"Dallas\" {\n  clients 10.20.0.0/16, 2001:db8:20::/48\n  application {\n    \
                    rule \"Local, Dallas\" { begins-with 5; digits 7; prefix 8 }\n  }\n}\n";

fn views(connection: &Connection) -> DeviceViews {
    let found = block_on(registered(&connection.session)).unwrap().unwrap();
    let plan = plan(&format!("{}{SITE}", source("9")));
    DeviceViews::of(&plan, found.devices, &found.silent_nodes)
}

#[test]
fn thousands_of_devices_come_in_pages_and_each_gets_its_view() {
    let world = World::start(51);
    let mut state = world.cucm.state();
    for at in 0..2500_u32 {
        let address = format!("10.{}.{}.{}", if at % 2 == 0 { 20 } else { 21 }, at / 250, at % 250);
        let node = if at % 3 == 0 { PUBLISHER } else { &world.nodes[0] };
        let device = Device::softphone(&format!("CSF{at:04}"), node, &address);
        state.devices.push(device);
    }
    for at in 0..40 {
        let device = Device { model: 575, ..Device::softphone("", PUBLISHER, "192.0.2.7") };
        state.devices.push(Device { name: format!("BOT{at:04}"), ..device });
    }
    let gone = Device::softphone("CSFGONE", PUBLISHER, "10.20.0.9");
    state.devices.push(Device { status: "UnRegistered".to_owned(), ..gone });
    drop(state);
    let connection = world.connection();
    world.cucm.clear_log();
    let views = views(&connection);
    assert!(world.count("selectCmDevice") >= 6);
    assert_eq!(views.devices.len(), 2540);
    let sizes: Vec<usize> = views.views.iter().map(|view| view.devices).collect();
    assert_eq!(sizes, [1290, 1250]);
    let [finding] = &views.warnings[..] else { panic!("{:?}", views.warnings) };
    assert_eq!(finding.name, ViewFindingKind::SharedAddress);
    assert_eq!((finding.address, finding.devices.len()), (Some([192, 0, 2, 7].into()), 40));
}

#[test]
fn devices_without_one_view_and_silent_nodes_are_findings() {
    let world = World::start(52);
    let mut state = world.cucm.state();
    let mut both = Device::softphone("CSFBOTH", PUBLISHER, "10.20.0.1");
    both.addresses.push("2001:db8:99::1".to_owned());
    let mut none = Device::softphone("CSFNONE", PUBLISHER, "10.20.0.2");
    none.addresses.clear();
    let mut same = Device::softphone("CSFSAME", PUBLISHER, "10.20.0.3");
    same.addresses.push("2001:db8:20::1".to_owned());
    same.user = Some("asmith".to_owned());
    state.devices.extend([both, none, same]);
    state.node_mut(&world.nodes[1]).unwrap().is_alive = false;
    drop(state);
    let views = views(&world.connection());
    let kinds: Vec<ViewFindingKind> = views.warnings.iter().map(|finding| finding.name).collect();
    let expected =
        [ViewFindingKind::SeveralViews, ViewFindingKind::NoAddress, ViewFindingKind::SilentNode];
    assert_eq!(kinds, expected);
    let known: Vec<bool> = views.devices.iter().map(|device| device.known).collect();
    assert_eq!(known, [false, false, true]);
    let text = views.text();
    assert!(text.contains("CSFSAME  asmith  10.20.0.3, 2001:db8:20::1  site \"Dallas\""), "{text}");
    assert!(text.contains("the node 127.14.52.2 did not answer"), "{text}");
}

#[test]
fn page_that_does_not_come_is_an_error_and_not_a_shorter_list() {
    let world = World::start(53);
    let mut state = world.cucm.state();
    state.serviceability.page = Some(10);
    for at in 0..30 {
        let device = Device::softphone(&format!("CSF{at}"), PUBLISHER, "10.20.0.1");
        state.devices.push(device);
    }
    drop(state);
    let connection = world.connection();
    let cut = Injection::new(Fault::CutAt(500)).operation("selectCmDevice").skip(2).times(1);
    world.cucm.faults().add(cut);
    assert!(block_on(registered(&connection.session)).unwrap().is_err());
    assert_eq!(block_on(registered(&connection.session)).unwrap().unwrap().devices.len(), 30);
}
