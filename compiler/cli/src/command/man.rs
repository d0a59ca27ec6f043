//! `adrc man`: manual pages.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::help::man;

/// Arguments of `adrc man`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The command whose page is printed, such as `prove emergency`; without it, adrc itself
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    command: Vec<String>,
    /// Write the pages of all commands into this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, mut adrc: clap::Command, console: &Console) -> Result<Status, Failure> {
        adrc.build();
        match self.output {
            Some(folder) => write_all(&adrc, &folder)?,
            None => {
                let path: Vec<&str> = self.command.iter().map(String::as_str).collect();
                let page = man::page(&adrc, &path).ok_or_else(|| unknown(&path))?;
                console.data(&page.map_err(|error| Failure::stream("manual page", &error))?)?;
            }
        }
        Ok(Status::Done)
    }
}

fn write_all(adrc: &clap::Command, folder: &Path) -> Result<(), Failure> {
    let failed = |path: &Path, error| {
        Failure::new(format!("{}: {error}", path.display()), "name a folder that you may write to")
    };
    let pages = man::all(adrc).map_err(|error| Failure::stream("manual page", &error))?;
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (name, text) in pages {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn unknown(path: &[&str]) -> Failure {
    let name = path.join(" ");
    Failure::new(format!("there is no command `{}`", name.escape_debug()), "`adrc help` lists them")
}
