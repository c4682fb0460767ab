//! A throwaway certificate authority, and the nodes' ends of TLS.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use super::faults::{Fault, Strikes};

/// The name on a certificate that is good, but not for this node.
const OTHER_NAME: &str = "another-name.test";

/// The authority that everybody trusts, and one that nobody knows.
pub(super) struct Certificates {
    known: Authority,
    unknown: Authority,
}

type Authority = CertifiedIssuer<'static, KeyPair>;

impl Certificates {
    pub(super) fn new() -> Certificates {
        Certificates { known: authority("simulated ledger network"), unknown: authority("nobody") }
    }

    pub(super) fn ca_der(&self) -> Vec<u8> {
        self.known.der().to_vec()
    }

    pub(super) fn ca_pem(&self) -> String {
        self.known.pem()
    }

    /// The node's end of TLS, with the certificate that its faults leave it.
    pub(super) fn acceptor(&self, names: &[&str], strikes: &Strikes) -> TlsAcceptor {
        let names = if strikes.has(Fault::CertificateName) { &[OTHER_NAME] } else { names };
        let authority =
            if strikes.has(Fault::CertificateRoot) { &self.unknown } else { &self.known };
        TlsAcceptor::from(Arc::new(server_config(names, authority)))
    }
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, key()).expect("an authority can sign for itself")
}

fn server_config(names: &[&str], authority: &Authority) -> ServerConfig {
    let params =
        CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
            .unwrap_or_else(|_| panic!("{names:?} are not names that a certificate can hold"));
    let key = key();
    let certificate = params.signed_by(&key, authority).expect("an authority can sign");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("the key belongs to the certificate")
}

fn key() -> KeyPair {
    KeyPair::generate().expect("the system gives random numbers")
}
