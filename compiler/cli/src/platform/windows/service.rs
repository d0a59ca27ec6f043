//! `adrc core --service`: the client core as a service of Windows.
//!
//! The service manager starts the process and asks it to end (STOP, SHUTDOWN) or to reload
//! (PARAMCHANGE). A service has no console, so messages go to a file beside the cache folder. Each
//! start appends to it, so that the reason of an earlier end remains.

use std::error::Error;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use adr_client::headless::{Controller, Controls, Event, Lines, LogFile, controls, run_controlled};
use humantime::format_rfc3339_seconds;
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{
    ServiceControlHandlerResult, ServiceStatusHandle, register,
};
use windows_service::{define_windows_service, service_dispatcher};

use crate::command::core::Core;
use crate::failure::Failure;

/// A service that has a process of its own is not looked up by its name.
const NAME: &str = "adrc";

/// How long starting and ending may take until the service manager reports a failure.
const WAIT_HINT: Duration = Duration::from_secs(30);

/// The exit code of a core that failed: the exit status of the command.
const FAILED: ServiceExitCode = ServiceExitCode::ServiceSpecific(2);

/// The exit code of a core that did not start, because its messages have no file.
const NO_MESSAGES: ServiceExitCode = ServiceExitCode::ServiceSpecific(3);

/// Most bytes of the file of messages. An earlier file of this size is kept.
const MAX_LOG_BYTES: u64 = 1 << 20;

/// The core to run, for [`service_main`], which gets no other arguments.
static CORE: Mutex<Option<Core>> = Mutex::new(None);

define_windows_service!(service_entry, service_main);

/// Runs the core until the service manager ends it.
///
/// # Errors
///
/// The service manager did not start this process.
pub(crate) fn run_service(core: Core) -> Result<(), Failure> {
    *CORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(core);
    service_dispatcher::start(NAME, service_entry).map_err(|error| {
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        Failure::new(
            format!("`--service` needs the service manager of Windows: {cause}"),
            "create a service with `sc.exe create`, or leave `--service` out to run in this console",
        )
    })
}

/// What the service manager calls, in a thread of its own.
fn service_main(_names: Vec<OsString>) {
    let core = CORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (controller, controls) = controls();
    let handler = move |control| on_control(&control, &controller);
    // without a registration, there is no one to report an error to
    let (Some(core), Ok(handle)) = (core, register(NAME, handler)) else { return };
    let manager = Manager(handle);
    manager.report(ServiceState::StartPending, ServiceExitCode::NO_ERROR);
    let exit_code = run(&core, controls, &manager);
    manager.report(ServiceState::Stopped, exit_code);
}

/// Runs the core, with all messages in the file.
fn run(core: &Core, controls: Controls, manager: &Manager) -> ServiceExitCode {
    let lines = core.cache_folder().ok().and_then(|cache| messages(&log_path(&cache)).ok());
    let Some(lines) = lines else { return NO_MESSAGES };
    lines.add(format!("adrc {} starts as a service", env!("CARGO_PKG_VERSION")));
    match run_core(core, controls, manager, &lines) {
        Ok(()) => ServiceExitCode::NO_ERROR,
        Err(failure) => {
            lines.add(format!("error: {failure}"));
            FAILED
        }
    }
}

fn run_core(
    core: &Core,
    controls: Controls,
    manager: &Manager,
    lines: &Lines,
) -> Result<(), Failure> {
    let ran = run_controlled(core.settings()?, controls, |event| {
        match event {
            Event::Ready { .. } => manager.report(ServiceState::Running, ServiceExitCode::NO_ERROR),
            Event::Ending => manager.report(ServiceState::StopPending, ServiceExitCode::NO_ERROR),
            _ => {}
        }
        lines.add(event.to_string());
    });
    ran.map_err(|error| Failure::new(error.to_string(), ""))
}

fn on_control(control: &ServiceControl, controller: &Controller) -> ServiceControlHandlerResult {
    match control {
        ServiceControl::Stop | ServiceControl::Shutdown => controller.stop(),
        ServiceControl::ParamChange => controller.reload("PARAMCHANGE"),
        ServiceControl::Interrogate => {}
        _ => return ServiceControlHandlerResult::NotImplemented,
    }
    ServiceControlHandlerResult::NoError
}

/// The file of messages: the path of the cache folder with `.log` after it.
fn log_path(cache: &Path) -> PathBuf {
    // components leave out a separator at the end
    let mut path = cache.components().collect::<PathBuf>().into_os_string();
    path.push(".log");
    path.into()
}

/// Writes messages into a file, with their times.
fn messages(path: &Path) -> io::Result<Lines> {
    let mut log = LogFile::open(path, MAX_LOG_BYTES)?;
    Lines::start(move |line| {
        let now = format_rfc3339_seconds(SystemTime::now());
        // a full disk must not end the service
        let _ = log.add(&format!("{now} {line}"));
    })
}

/// The service manager, as the receiver of states.
struct Manager(ServiceStatusHandle);

impl Manager {
    fn report(&self, state: ServiceState, exit_code: ServiceExitCode) {
        let is_pending = matches!(state, ServiceState::StartPending | ServiceState::StopPending);
        let controls_accepted = match state {
            ServiceState::Running => {
                ServiceControlAccept::STOP
                    | ServiceControlAccept::SHUTDOWN
                    | ServiceControlAccept::PARAM_CHANGE
            }
            _ => ServiceControlAccept::empty(),
        };
        // fails only if the service manager has ended
        let _ = self.0.set_service_status(ServiceStatus {
            service_type: ServiceType::OWN_PROCESS,
            current_state: state,
            controls_accepted,
            exit_code,
            checkpoint: 0,
            wait_hint: if is_pending { WAIT_HINT } else { Duration::ZERO },
            process_id: None,
        });
    }
}
