//! Why a session cannot be set up.

/// A session cannot be set up; adrc sent nothing.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// HTTP Basic separates user and password by a colon.
    #[error("a user name with a colon cannot log in")]
    UserWithColon,
    /// The TLS library rejects its configuration, for example a certificate of the file.
    #[error("TLS cannot be configured: {0}")]
    Tls(#[from] rustls::Error),
    /// The TLS library rejects the certificates that adrc shall trust.
    #[error("TLS cannot be configured: {0}")]
    Certificates(#[from] rustls::client::VerifierBuilderError),
    /// The HTTP library rejects its configuration.
    #[error("the HTTP client cannot be configured: {0}")]
    Http(#[from] reqwest::Error),
}
