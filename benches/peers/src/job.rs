//! What is to be done, as the benchmark writes it.

use std::{error::Error, fs};

use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde::Deserialize;

/// The environment names a file of root certificates (PEM) for `wss://`, as for every runner.
const ROOTS: &str = "SSL_CERT_FILE";

#[derive(Deserialize)]
pub(crate) struct Job {
    pub(crate) op: String,
    pub(crate) urls: Vec<String>,
    #[serde(default)]
    pub(crate) hash: String,
    #[serde(default)]
    pub(crate) hashes: Vec<String>,
    #[serde(default)]
    pub(crate) wait_s: f64,
    pub(crate) limit_s: f64,
    #[serde(default)]
    pub(crate) options: Options,
}

#[derive(Deserialize)]
#[serde(default)]
pub(crate) struct Options {
    /// The limit for one lookup without its wait, in seconds; else the library's own.
    pub(crate) overall_s: Option<f64>,
    pub(crate) in_flight: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { overall_s: None, in_flight: 64 }
    }
}

impl Job {
    pub(crate) fn load() -> Result<Job, Box<dyn Error>> {
        let path = std::env::args().nth(1).ok_or("usage: peers JOB.json")?;
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    }

    /// The certificates that the environment names, if they are needed and it names any.
    pub(crate) fn roots(&self) -> Result<Option<Vec<Vec<u8>>>, Box<dyn Error>> {
        let secured = self.urls.iter().any(|url| url.starts_with("wss:"));
        let Some(file) = std::env::var_os(ROOTS).filter(|_| secured) else { return Ok(None) };
        let roots = CertificateDer::pem_file_iter(file)?.map(|root| Ok(root?.to_vec()));
        roots.collect::<Result<_, Box<dyn Error>>>().map(Some)
    }
}
