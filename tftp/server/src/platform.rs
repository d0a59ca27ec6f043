//! What differs between operating systems for sockets and for the folder of further files.
//!
//! | | Linux | macOS | Windows |
//! |---|---|---|---|
//! | names in the folder [`Root`] | the kernel resolves them, with links that stay inside | part by part, without links | part by part, without links |
//! | queue of connections | 4,096 | 4,096, at most `kern.ipc.somaxconn` | 128 |
//! | receive buffer | beyond the limit of the system with a privilege | within the limit of the system | any size |
//! | clients that vanish | the write timeout ends their connections | the system does, after minutes | the system does, after 20 seconds |

#[cfg(target_os = "linux")]
mod linux;
#[cfg(all(unix, not(target_os = "linux")))]
mod unix;
#[cfg(not(target_os = "linux"))]
mod walk;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
pub(crate) use linux::*;
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) use {unix::*, walk::*};
#[cfg(windows)]
pub(crate) use {walk::*, windows::*};
