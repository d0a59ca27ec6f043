//! Every recorded answer of ControlCenterServices and RisPort70.

use adr_cucm::service::{
    ControlAction, ControlServices, DeviceCursor, DevicePage, GetProductInformation,
    GetServiceStatus, NextPage, SelectDevices, ServiceInfo, ServiceList, ServiceStatus, StopReason,
    answer, has_restarted, model,
};
use adr_cucm::{AnswerError, BusyReason};

use crate::recordings::{names, number, recording};

/// The recorded answer with this number, which is a list of services.
fn services(number: u32) -> ServiceList {
    answer(&GetServiceStatus::default(), 200, &body(number)).expect("services")
}

/// The first service of a recorded answer.
fn service(number: u32) -> ServiceInfo {
    services(number).services.remove(0)
}

/// The recorded page of devices with this number.
pub(crate) fn devices(number: u32) -> DevicePage {
    answer(&SelectDevices::all_of(model::CSF), 200, &body(number)).expect("devices")
}

fn body(wanted: u32) -> Vec<u8> {
    let names = names("-res.xml");
    let is_wanted = |name: &&String| name.starts_with("cucm/") && number(name) == wanted;
    recording(names.iter().find(is_wanted).expect("a recording"))
}

#[test]
fn status_of_all_services_is_read() {
    let list = services(37);
    assert_eq!(list.services.len(), 8);
    assert_eq!(list.return_code, Some(0));
    let tftp = list.get("Cisco Tftp").expect("the service");
    assert_eq!(tftp.status, ServiceStatus::Started);
    assert_eq!(tftp.up_seconds, Some(463_515));
    let starting = list.get("Cisco CTIManager").expect("the service");
    assert_eq!(starting.status, ServiceStatus::Starting);
    let stopped = list.get("Cisco CDR Repository Manager").expect("the service");
    assert_eq!(stopped.reason, "Component is not running");
    assert_eq!((&stopped.start_time, stopped.up_seconds), (&None, None));
}

#[test]
fn service_that_is_not_activated_has_its_reason() {
    let list = services(39);
    assert_eq!(list.get("Cisco Tftp").expect("the service").reason, "Service Not Activated");
    assert_eq!(list.services.len(), 2);
    assert_eq!(service(46).status, ServiceStatus::Stopped);
}

#[test]
fn answer_without_namespace_is_read_alike() {
    assert_eq!(service(48), service(38));
    assert_eq!(devices(57).nodes[0].devices, devices(55).nodes[0].devices);
}

#[test]
fn restart_has_ended_when_the_start_time_is_another() {
    let before = service(38);
    let ended: Vec<_> =
        [41, 42, 43].map(|number| has_restarted(Some(&before), &service(number))).into();
    assert_eq!(ended, [false, false, true]);
    assert!(!has_restarted(Some(&before), &before));
}

#[test]
fn answers_to_a_restart_are_read() {
    let restart = ControlServices {
        node: None,
        action: ControlAction::Restart,
        services: vec!["Cisco Tftp".to_owned()],
    };
    let status = |number: u32| {
        let list = answer(&restart, 200, &body(number)).expect("services");
        list.get("Cisco Tftp").expect("the service").status.clone()
    };
    let expected = [ServiceStatus::Starting, ServiceStatus::Started, ServiceStatus::Stopping];
    assert_eq!([40, 44, 45].map(status), expected);
}

#[test]
fn fault_about_the_rate_is_busy() {
    let busy = AnswerError::Busy(BusyReason::Rate);
    let services = answer(&GetServiceStatus::default(), 500, &body(47));
    assert_eq!(services.unwrap_err(), busy);
    let devices = answer(&SelectDevices::all_of(model::CSF), 500, &body(56));
    assert_eq!(devices.unwrap_err(), busy);
}

#[test]
fn product_information_is_read() {
    let information = answer(&GetProductInformation, 200, &body(49)).expect("information");
    assert_eq!(information.version, "15.0.1.10000-32");
    assert_eq!(information.primary_node, "cucm-pub.example.com");
    assert_eq!((information.products.len(), information.services.len()), (2, 5));
    assert_eq!(information.services[4].is_deployable, Some(false));
}

#[test]
fn devices_of_all_pages_are_read() {
    let first = devices(50);
    assert_eq!(first.total, Some(6));
    let names: Vec<_> = first.devices().map(|device| &*device.name).collect();
    assert_eq!(names[..3], ["CSFASMITH", "CSFBJONES", "CSFCMEYER"]);
    let both = &first.nodes[0].devices[1];
    assert_eq!(both.description, "B. Jones <home>");
    let addresses: Vec<_> = both.addresses.iter().map(|it| it.address.to_string()).collect();
    assert_eq!(addresses, ["198.51.100.24", "2001:db8:10::24"]);
    let mut cursor = DeviceCursor::default();
    assert_eq!(cursor.after(&first), NextPage::Ask(first.state_info.clone()));
    assert_eq!(cursor.after(&devices(51)), NextPage::Stop(StopReason::TotalReached));
}

#[test]
fn page_that_ends_the_list_has_a_reason() {
    let after = |page: &DevicePage| DeviceCursor::default().after(page);
    assert_eq!(after(&devices(52)), NextPage::Stop(StopReason::NothingChanged));
    assert_eq!(after(&devices(53)), NextPage::Stop(StopReason::TotalReached));
    assert_eq!(after(&devices(54)), NextPage::Stop(StopReason::TotalReached));
    let mut cursor = DeviceCursor::default();
    let first = DevicePage { total: None, ..devices(50) };
    cursor.after(&first);
    assert_eq!(cursor.after(&first), NextPage::Stop(StopReason::NothingNew));
    let next = DevicePage { state_info: first.state_info.clone(), total: None, ..devices(51) };
    assert_eq!(cursor.after(&next), NextPage::Stop(StopReason::RepeatedStateInfo));
    let last = DevicePage { state_info: String::new(), ..first };
    assert_eq!(after(&last), NextPage::Stop(StopReason::NoStateInfo));
}

#[test]
fn node_that_does_not_respond_is_listed() {
    let page = devices(55);
    assert_eq!(page.silent_nodes().collect::<Vec<_>>(), ["192.0.2.13"]);
    assert_eq!(devices(53).silent_nodes().count(), 0);
}
