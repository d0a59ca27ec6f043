//! TFTP File Management of OS Administration: the pages by which files get onto a node's TFTP
//! server. Port 443 of the node, else 8443.
//!
//! ```text
//! GET  LOGIN_PAGE    session cookie
//! POST login()       user and password of the platform administrator
//! GET  UPLOAD_PATH   read_page(): Upload with a token
//! POST upload()      read_page(): Upload with the token for the next file
//! ```
//!
//! A token is good for one upload. Releases before 11 have no token. What the page answers does
//! not prove success: after the restart of Cisco Tftp, fetch the file and compare it.

mod form;
mod page;

pub use form::{FileUpload, FormError, login, upload};
pub use page::{Token, UploadPage, read_page};

/// The page that starts a session.
pub const LOGIN_PAGE: &str = "/cmplatform";

/// Where the login form goes, since release 11.
pub const LOGIN_PATH: &str = "/cmplatform/j_security_check";

/// Where the login form goes, before release 11.
pub const LOGIN_PATH_BEFORE_11: &str = "/cmplatform/WEB-INF/pages/j_security_check";

/// The page with the form for files, and where the form goes.
pub const UPLOAD_PATH: &str = "/cmplatform/tftpFileUpload.do";

/// The folder that stands for the root of the TFTP server.
pub const ROOT_DIRECTORY: &str = ".";
