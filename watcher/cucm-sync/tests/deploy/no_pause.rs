//! A way to wait.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use adr_cucm_client::Pause;

/// Does not wait.
#[derive(Debug)]
pub(crate) struct NoPause;

impl Pause for NoPause {
    fn pause(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }

    fn random(&self) -> f64 {
        0.0
    }
}
