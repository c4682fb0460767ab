//! Recorded transactions and ledgers of real networks: a folder of files, listed once, read when
//! asked for.

mod archive;
mod files;

use std::{
    collections::{BTreeMap, HashMap},
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(super) use archive::Archive;
use files::{Header, LedgerFile, Lines, Summary};

use crate::types::TxHash;

/// The folders of transactions, one file each.
const TRANSACTIONS: [&str; 2] = ["tx", "tx_xahau"];
/// The folder of ledgers, with a file of headers beside them.
const LEDGERS: &str = "ledgers";
const HEADERS: &str = "headers.json";
/// The first ledger that the main network still has, and when it closed.
const MAINNET_FIRST: (u32, u32) = (32_570, 410_325_670);

/// A folder with recordings of real networks.
///
/// * `tx/` and `tx_xahau/`: a JSON file for each transaction, named after its hash, with `hash`,
///   `network` (`mainnet`, `testnet`, `devnet`, `xahau`, …), `ledger_index` or `null`, `tx`, `meta`,
///   `tx_blob`, and where they are known `meta_blob` and `envelope` with `date`, `ledger_hash`, `ctid`.
/// * `ledgers/`: a JSON file for each ledger, with `network`, `ledger_index`, `header` or `null`,
///   and `transactions`, a list of `hash`, `tx_blob`, `meta_blob`; names that end with `.raw.json` are
///   passed over. In `headers.json` stands a list of further headers.
///
/// [`NetworkBuilder::recorded`](super::NetworkBuilder::recorded) lets nodes answer for them as nodes
/// with full history do. What a recording does not say is made up: the ledger of a transaction
/// without one is the one after the newest ledger that its metadata name; close times in between are
/// interpolated; headers that were not recorded get hashes of their own.
#[derive(Clone)]
pub struct Recording(Arc<Index>);

struct Index {
    networks: BTreeMap<String, Part>,
}

/// What is recorded of one network.
#[derive(Default)]
struct Part {
    id: u32,
    transactions: HashMap<TxHash, Place>,
    /// Hashes by ledger, of transactions whose ledger is not recorded as a whole.
    loose: BTreeMap<u32, Vec<TxHash>>,
    ledgers: BTreeMap<u32, PathBuf>,
    headers: BTreeMap<u32, Header>,
}

/// Where a transaction stands.
#[derive(Clone, Debug)]
struct Place {
    /// Its own file, if it has one.
    file: Option<PathBuf>,
    ledger: u32,
}

/// A file of a recording that is not as it should be.
#[derive(Debug)]
pub struct RecordingError {
    path: PathBuf,
    reason: String,
}

impl RecordingError {
    fn new(path: &Path, reason: impl fmt::Display) -> RecordingError {
        RecordingError { path: path.to_owned(), reason: reason.to_string() }
    }

    /// The file or folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for RecordingError {}

impl Recording {
    /// Lists the recordings in a folder.
    ///
    /// # Errors
    ///
    /// A folder without any of the folders above, or a file that cannot be read; the error names it.
    pub fn open(folder: impl AsRef<Path>) -> Result<Recording, RecordingError> {
        let folder = folder.as_ref();
        let mut index = Index { networks: BTreeMap::new() };
        let ledgers = files_in(&folder.join(LEDGERS))?;
        for path in ledgers.iter().flatten() {
            match path.file_name().and_then(|name| name.to_str()) {
                Some(HEADERS) => index.add_headers(path)?,
                Some("index.json") => {}
                Some(name) if name.ends_with(".raw.json") => {}
                _ => index.add_ledger(path)?,
            }
        }
        let mut seen = ledgers.is_some();
        for name in TRANSACTIONS {
            let files = files_in(&folder.join(name))?;
            seen |= files.is_some();
            for path in files.iter().flatten() {
                index.add_transaction(path)?;
            }
        }
        if !seen {
            let expected = "there is none of the folders tx, tx_xahau and ledgers in it";
            return Err(RecordingError::new(folder, expected));
        }
        Ok(Recording(Arc::new(index)))
    }

    /// The networks in it, such as `mainnet`. A network with another id than its name stands for has
    /// that id behind the name: `xahau 21338`.
    pub fn networks(&self) -> impl Iterator<Item = &str> {
        self.0.networks.keys().map(String::as_str)
    }

    /// The network on which this transaction was recorded.
    pub fn network_of(&self, hash: &TxHash) -> Option<&str> {
        let mut networks = self.0.networks.iter();
        networks.find(|(_, part)| part.transactions.contains_key(hash)).map(|(name, _)| &**name)
    }

    /// The hashes of all transactions of a network.
    pub fn hashes(&self, network: &str) -> impl Iterator<Item = TxHash> + '_ {
        let part = self.0.networks.get(network).into_iter();
        part.flat_map(|part| part.transactions.keys().copied())
    }

    fn part(&self, network: &str) -> Option<&Part> {
        self.0.networks.get(network)
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.networks()).finish()
    }
}

impl Index {
    fn part(&mut self, network: &str, id: Option<u32>) -> &mut Part {
        let usual = usual_id(network);
        let id = id.unwrap_or(usual);
        let name = if id == usual { network.to_owned() } else { format!("{network} {id}") };
        let part = self.networks.entry(name).or_default();
        part.id = id;
        part
    }

    fn add_headers(&mut self, path: &Path) -> Result<(), RecordingError> {
        for line in files::read::<Vec<LedgerFile>>(path)? {
            if let Some(header) = line.header {
                self.part(&line.network, None).headers.insert(line.ledger_index, header);
            }
        }
        Ok(())
    }

    fn add_ledger(&mut self, path: &Path) -> Result<(), RecordingError> {
        let ledger: LedgerFile = files::read(path)?;
        let part = self.part(&ledger.network, None);
        for Lines { hash, .. } in &ledger.transactions {
            let place = Place { file: None, ledger: ledger.ledger_index };
            part.transactions.insert(*hash, place);
        }
        part.headers.extend(ledger.header.map(|header| (ledger.ledger_index, header)));
        part.ledgers.insert(ledger.ledger_index, path.to_owned());
        Ok(())
    }

    fn add_transaction(&mut self, path: &Path) -> Result<(), RecordingError> {
        let text = files::text(path)?;
        let summary: Summary = files::parse(path, &text)?;
        let part = self.part(&summary.network, summary.network_id());
        let file = Some(path.to_owned());
        if let Some(place) = part.transactions.get_mut(&summary.hash) {
            place.file = file;
            return Ok(());
        }
        let ledger = match summary.ledger_index {
            Some(index) => index,
            None => {
                let last = summary.tx.last_ledger_sequence.unwrap_or(u32::MAX);
                let after = files::newest_named(&text).saturating_add(1).min(last);
                (after..).find(|index| !part.ledgers.contains_key(index)).unwrap_or(after)
            }
        };
        part.transactions.insert(summary.hash, Place { file, ledger });
        if !part.ledgers.contains_key(&ledger) {
            part.loose.entry(ledger).or_default().push(summary.hash);
        }
        Ok(())
    }
}

fn usual_id(network: &str) -> u32 {
    match network {
        "testnet" => 1,
        "devnet" => 2,
        "xahau" => 21_337,
        _ => 0,
    }
}

/// The JSON files of a folder by name; `None` when there is no such folder.
fn files_in(folder: &Path) -> Result<Option<Vec<PathBuf>>, RecordingError> {
    let failed = |error: io::Error| RecordingError::new(folder, error);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort_unstable();
    Ok(Some(files))
}
