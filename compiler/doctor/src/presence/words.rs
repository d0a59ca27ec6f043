//! Places, commands and titles that several causes name.

use crate::cause::Source;

/// The guide to calendars for releases 12 to 15.
pub(super) const CALENDAR_GUIDE: Source =
    Source::Guide("Microsoft Outlook Calendar Integration for the IM and Presence Service");

/// The guide for release 8.
pub(super) const EXCHANGE_GUIDE: Source =
    Source::Guide("Configuring Cisco Unified Presence for Integration with Microsoft Exchange");

/// Where the gateway is entered.
pub(super) const GATEWAY_PAGE: &str = "Presence > Gateways > Presence Gateway";

/// Where certificates are uploaded.
pub(super) const UPLOAD_PAGE: &str = "OS Administration > Security > Certificate Management > \
                                      Upload Certificate: cup-trust (release 8: PE-trust)";

/// Restarts the service that reads calendars.
pub(super) const RESTART: &str = "utils service restart Cisco Presence Engine";

/// What an administrator does after a change of gateways or certificates.
pub(super) const RESTART_WHAT: &str = "restart the Presence Engine, which reads both only at start";

/// Why a fault of `/owa`, or of `/exchange` beside EWS, stops nothing.
pub(super) const NOT_USED: &str =
    "presence servers do not use it where Exchange Web Services exist";
