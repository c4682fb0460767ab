//! Step 3 of the trip: TLS. All names of rustls stay in this file.

use std::{fmt, sync::Arc};

use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};

use super::connect::ByteStream;
use crate::{
    config::Endpoint,
    error::{Error, Failure, Kind},
    wire::server_error::bounded,
};

/// Whom TLS trusts. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Tls(TlsConnector);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

/// Where trusted roots come from.
#[derive(Clone, Debug, Default)]
pub(crate) enum Roots {
    /// Mozilla's list, compiled in: the same in every container.
    #[default]
    Bundled,
    /// What the operating system trusts.
    #[cfg(feature = "platform-roots")]
    Platform,
    /// Only these certificates, in DER.
    Own(Vec<Vec<u8>>),
    /// A whole configuration of the user's.
    Config(Arc<ClientConfig>),
}

impl Tls {
    pub(crate) fn new(roots: &Roots) -> Result<Tls, Error> {
        // The provider is named here: the process-wide default panics where two are compiled in.
        let builder = || {
            ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| refused("tls versions", &error, "TLS 1.2 or 1.3"))
        };
        let config = match roots {
            Roots::Config(config) => return Ok(Tls(TlsConnector::from(config.clone()))),
            Roots::Bundled => {
                let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
                builder()?.with_root_certificates(roots).with_no_client_auth()
            }
            #[cfg(feature = "platform-roots")]
            Roots::Platform => {
                use rustls_platform_verifier::BuilderVerifierExt;
                builder()?
                    .with_platform_verifier()
                    .map_err(|error| refused("platform_roots", &error, "roots that can be read"))?
                    .with_no_client_auth()
            }
            Roots::Own(certificates) => {
                let mut store = RootCertStore::empty();
                for certificate in certificates {
                    store.add(CertificateDer::from(certificate.clone())).map_err(|error| {
                        refused("root_certificates", &error, "certificates in DER")
                    })?;
                }
                builder()?.with_root_certificates(store).with_no_client_auth()
            }
        };
        Ok(Tls(TlsConnector::from(Arc::new(config))))
    }

    pub(crate) async fn wrap(
        &self,
        endpoint: &Endpoint,
        stream: Box<dyn ByteStream>,
    ) -> Result<Box<dyn ByteStream>, Failure> {
        let name = ServerName::try_from(endpoint.host().to_owned()).map_err(untrusted)?;
        let stream = self.0.connect(name, stream).await.map_err(untrusted)?;
        Ok(Box::new(stream))
    }
}

/// The text may list all names of the node's certificate.
fn untrusted(error: impl fmt::Display) -> Failure {
    Failure::Tls(bounded(&error.to_string(), 200))
}

fn refused(name: &'static str, error: &impl fmt::Display, expected: &str) -> Error {
    let (value, expected) = (format!("unusable ({error})"), expected.to_owned());
    Error::new(Kind::InvalidSetting { name, value, expected })
}
