//! The client programs that run on this PC.

use std::process::{Command, Stdio};
use std::time::Duration;

use adr_bundle::disk::TimeLimit;
use adr_doctor::client::observation::Process;
use adr_doctor::client::read_processes;
use thiserror::Error;

/// The time for the list of processes. PowerShell takes seconds to start.
const TIME: Duration = Duration::from_secs(30);

/// What lists the programs, with times that no language of Windows changes.
const SCRIPT: &str = "Get-Process | Where-Object StartTime | ForEach-Object { '\"' + $_.Name + \
    '\",\"' + $_.StartTime.ToUniversalTime().ToString('o') + '\"' }";

/// Why the processes of this PC cannot be listed.
#[derive(Debug, Error)]
#[error("the programs of this PC cannot be listed: {0}")]
pub struct ProcessError(String);

/// The client programs that run on this PC. On Windows only, by PowerShell.
///
/// # Errors
///
/// Another system than Windows, or PowerShell does not answer.
pub fn processes_of_this_pc(today: i64) -> Result<Vec<Process>, ProcessError> {
    if !cfg!(windows) {
        return Err(ProcessError("this is not Windows".to_owned()));
    }
    let list = || {
        Command::new("powershell.exe")
            .args(["-NoProfile", "-NonInteractive", "-Command", SCRIPT])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
    };
    let output = TimeLimit::new("processes", TIME)
        .run(move |_| list())
        .map_err(|_| ProcessError("PowerShell does not answer".to_owned()))?
        .map_err(|error| ProcessError(error.to_string()))?;
    if !output.status.success() {
        return Err(ProcessError("PowerShell fails".to_owned()));
    }
    Ok(read_processes(&String::from_utf8_lossy(&output.stdout), 0, today))
}
