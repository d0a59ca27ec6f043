//! DHCP options 150 and 66 for four servers.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::crlf;
use crate::dhcp::DhcpOption;
use crate::output::{OutputFile, Refusals};
use crate::profile::Target;
use crate::server::Server;

/// The name of option 150, which servers do not know.
const NAME: &str = "adrc-tftp-servers";

/// The values of the options, and where they apply.
struct Options<'t> {
    /// Option 150: IPv4 addresses; empty if it is not written.
    addresses: Vec<Ipv4Addr>,
    /// Option 66: a host or an address of ASCII letters, digits, `-`, `_`, `.` and `:`.
    name: Option<String>,
    /// The site that the values are for: letters, digits, `-` and `_`. A server has one definition
    /// of option 150, so that a site has values only.
    site: Option<&'t str>,
    /// Whether option 150 is defined here: for all PCs, if they or a site have it.
    defines: bool,
}

/// Host names have no place in option 150, so it holds the addresses only, as a finding about the
/// profile says.
pub(crate) fn files(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let servers = target.tftp_servers();
    let has = |option| target.dhcp().contains(&option);
    let options = Options {
        addresses: match has(DhcpOption::ServerAddresses) {
            true => servers.iter().filter_map(Server::ipv4).collect(),
            false => Vec::new(),
        },
        name: servers.first().filter(|_| has(DhcpOption::ServerName)).map(ToString::to_string),
        site: target.site(),
        defines: target.site().is_none() && target.defines_option_150(),
    };
    if options.addresses.is_empty() && options.name.is_none() && !options.defines {
        return Ok(Vec::new());
    }
    let (dnsmasq_path, abouts) = match options.site {
        None => ("dhcp/dnsmasq.conf".to_owned(), FOR_ALL),
        // the folder of `conf-dir` can have the files of several sites
        Some(site) => (format!("dhcp/dnsmasq-{site}.conf"), FOR_SITE),
    };
    let [isc_about, kea_about, dnsmasq_about, netsh_about] = abouts;
    Ok(vec![
        OutputFile::text("dhcp/isc-dhcpd.conf", isc(&options), isc_about),
        OutputFile::text("dhcp/kea.json", kea(&options), kea_about),
        OutputFile::text(&dnsmasq_path, dnsmasq(&options), dnsmasq_about),
        OutputFile::text("dhcp/windows.bat", netsh(&options), netsh_about),
        OutputFile::text(
            "dhcp/windows-remove.bat",
            netsh_remove(&options),
            "removes the values from the DHCP server of Windows",
        ),
    ])
}

/// What the files for all PCs are for.
const FOR_ALL: [&str; 4] = [
    "for ISC dhcpd; leave it out to undo it",
    "for Kea; leave it out to undo it",
    "for dnsmasq; leave it out to undo it",
    "for the DHCP server of Windows",
];

/// What the files of a site are for.
const FOR_SITE: [&str; 4] = [
    "for a `subnet` of ISC dhcpd; leave it out to undo it",
    "the `option-data` of a subnet of Kea; leave it out to undo it",
    "for dnsmasq, with the site's name as tag; leave it out to undo it",
    "for a scope of the DHCP server of Windows, which is its argument",
];

fn joined(addresses: &[Ipv4Addr], separator: &str) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}

/// The first line of a file with `#`, and where the file belongs.
fn head(place: Option<String>) -> String {
    let place = place.map(|place| format!("# {place}\n"));
    format!("# Written by adrc.\n{}", place.unwrap_or_default())
}

fn isc(options: &Options<'_>) -> String {
    let place = "Include it in each `subnet` of the site, after the file for all PCs.";
    let mut text = head(options.site.map(|_| place.to_owned()));
    if options.defines {
        text.push_str(&format!("option {NAME} code 150 = array of ip-address;\n"));
    }
    if !options.addresses.is_empty() {
        text.push_str(&format!("option {NAME} {};\n", joined(&options.addresses, ", ")));
    }
    if let Some(name) = &options.name {
        text.push_str(&format!("option tftp-server-name \"{name}\";\n"));
    }
    text
}

fn dnsmasq(options: &Options<'_>) -> String {
    let place = |site| format!("For each range of the site: `dhcp-range=set:{site},...`.");
    let mut text = head(options.site.map(place));
    let tag = options.site.map(|site| format!("tag:{site},")).unwrap_or_default();
    if !options.addresses.is_empty() {
        text.push_str(&format!("dhcp-option={tag}150,{}\n", joined(&options.addresses, ",")));
    }
    if let Some(name) = &options.name {
        text.push_str(&format!("dhcp-option={tag}66,\"{name}\"\n"));
    }
    text
}

/// The part of Kea's configuration.
#[derive(Serialize)]
struct KeaFile {
    #[serde(rename = "Dhcp4")]
    dhcp4: Kea,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Kea {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    option_def: Vec<KeaDefinition>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    option_data: Vec<KeaOption>,
}

#[derive(Serialize)]
struct KeaDefinition {
    name: &'static str,
    code: u8,
    space: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    array: bool,
}

#[derive(Serialize)]
struct KeaOption {
    name: &'static str,
    code: u8,
    space: &'static str,
    data: String,
}

/// For all PCs, definitions and values; for a site, the list of its values.
fn kea(options: &Options<'_>) -> String {
    let space = "dhcp4";
    let mut kea = Kea { option_def: Vec::new(), option_data: Vec::new() };
    let code = DhcpOption::ServerAddresses.number();
    if options.defines {
        let kind = "ipv4-address";
        kea.option_def.push(KeaDefinition { name: NAME, code, space, kind, array: true });
    }
    if !options.addresses.is_empty() {
        let data = joined(&options.addresses, ", ");
        kea.option_data.push(KeaOption { name: NAME, code, space, data });
    }
    if let Some(data) = options.name.clone() {
        let code = DhcpOption::ServerName.number();
        kea.option_data.push(KeaOption { name: "tftp-server-name", code, space, data });
    }
    let json = match options.site {
        Some(_) => serde_json::to_string_pretty(&kea.option_data),
        None => serde_json::to_string_pretty(&KeaFile { dhcp4: kea }),
    };
    // a structure of texts and numbers is always JSON
    json.unwrap_or_default() + "\n"
}

/// The beginning of a batch file. That of a site has the scope as its argument.
fn batch(options: &Options<'_>) -> (Vec<String>, &'static str) {
    let mut lines = vec!["@echo off".to_owned(), "rem Written by adrc.".to_owned()];
    if options.site.is_none() {
        return (lines, "netsh dhcp server");
    }
    lines.push("rem The argument is the scope of the site, such as 10.2.0.0.".to_owned());
    lines.push("if not \"%~1\"==\"\" goto scope".to_owned());
    lines.push("echo usage: %~nx0 SCOPE 1>&2".to_owned());
    lines.push("exit /b 1".to_owned());
    lines.push(":scope".to_owned());
    (lines, "netsh dhcp server scope %~1")
}

fn netsh(options: &Options<'_>) -> String {
    let (mut lines, netsh) = batch(options);
    if options.defines {
        lines.push(
            "rem This fails where option 150 is defined already, and does no harm.".to_owned(),
        );
        lines.push(format!("netsh dhcp server add optiondef 150 {NAME} IPADDRESS 1"));
    }
    if !options.addresses.is_empty() {
        let addresses = joined(&options.addresses, " ");
        lines.push(format!("{netsh} set optionvalue 150 IPADDRESS {addresses}"));
        lines.push("if errorlevel 1 exit /b 1".to_owned());
    }
    if let Some(name) = &options.name {
        lines.push(format!("{netsh} set optionvalue 66 STRING \"{name}\""));
        lines.push("if errorlevel 1 exit /b 1".to_owned());
    }
    lines.push("exit /b 0".to_owned());
    crlf(lines)
}

/// The definition of option 150 stays, because scopes may use it.
fn netsh_remove(options: &Options<'_>) -> String {
    let (mut lines, netsh) = batch(options);
    if options.defines {
        lines.push(
            "rem The definition of option 150 stays: scopes may use it. To remove it,".into(),
        );
        lines.push("rem run `netsh dhcp server delete optiondef 150`.".to_owned());
    }
    if !options.addresses.is_empty() {
        lines.push(format!("{netsh} delete optionvalue 150"));
    }
    if options.name.is_some() {
        lines.push(format!("{netsh} delete optionvalue 66"));
    }
    crlf(lines)
}
