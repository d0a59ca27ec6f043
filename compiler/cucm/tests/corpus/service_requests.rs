//! Every recorded request to ControlCenterServices and RisPort70.

use adr_cucm::HttpRequest;
use adr_cucm::service::{
    ControlAction, ControlServices, GetProductInformation, GetServiceStatus, SelectDevices,
    ServiceOperation, model, request,
};

use crate::canonical::canonical;
use crate::recordings::{names, number, recording};
use crate::service_answers::devices;

#[test]
fn request_equals_the_recorded_one_for_every_operation() {
    let mut compared = 0;
    for name in names("-req.xml") {
        let Some(request) = made(number(&name)) else {
            continue;
        };
        assert_eq!(canonical(&request.body), canonical(&recording(&name)), "{name}");
        let action = request.soap_action.expect("an action");
        assert!(name.contains(action.trim_matches('"')), "{name} {action}");
        compared += 1;
    }
    assert_eq!(compared, 20, "37 to 57 except 45, which the schema refuses");
}

fn made(number: u32) -> Option<HttpRequest> {
    Some(match number {
        37 => status(&[]),
        39 => status(&["Cisco Tftp", "Cisco CallManager"]),
        40 => control(Some("cucm-pub.example.com")),
        44 => control(None),
        46 => status(&["Cisco TFTP"]),
        38 | 41..=43 | 47 | 48 => status(&["Cisco Tftp"]),
        49 => request(&GetProductInformation).expect("a request"),
        51 => select(&devices(50).state_info),
        52 => select(&devices(51).state_info),
        50 | 53..=57 => select(""),
        _ => return None,
    })
}

fn status(services: &[&str]) -> HttpRequest {
    let services = services.iter().map(|name| (*name).to_owned()).collect();
    made_by(&GetServiceStatus { services })
}

fn control(node: Option<&str>) -> HttpRequest {
    made_by(&ControlServices {
        node: node.map(str::to_owned),
        action: ControlAction::Restart,
        services: vec!["Cisco Tftp".to_owned()],
    })
}

fn select(state_info: &str) -> HttpRequest {
    let state_info = state_info.to_owned();
    made_by(&SelectDevices { state_info, ..SelectDevices::all_of(model::CSF) })
}

fn made_by<O: ServiceOperation>(operation: &O) -> HttpRequest {
    request(operation).expect("a request")
}
