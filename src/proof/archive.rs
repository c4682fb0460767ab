//! Ledger hashes that were proven once and kept, so that what is older can be proven from them
//! when no validations of its time are left.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{self, Read, Seek, Write},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::types::LedgerHash;

/// Most checkpoints of one archive: one for every hundredth ledger there has been.
pub const MAX_CHECKPOINTS: usize = 1_000_000;
/// Longest line of an archive's file: a number of ten digits, a space, a hash, a line feed.
const MAX_LINE: u64 = 10 + 1 + 64 + 1;

/// Where ledger hashes are kept.
///
/// Servers do not store validations, so a transaction of last year cannot be proven from signatures
/// unless somebody kept them. Its ledger's header can be: headers lead from it to any later ledger,
/// and one hash that was proven at its time proves all before it. One checkpoint for every 256
/// ledgers keeps the way short.
///
/// What is in an archive is believed without question, so keep it where only you can write.
pub trait ProofArchive: fmt::Debug + Send + Sync {
    /// The first checkpoint that is not before this ledger.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] when the archive cannot be read.
    fn at_or_after(&self, ledger_index: u32) -> Result<Option<(u32, LedgerHash)>, ArchiveError>;

    /// Keeps the hash of a ledger that was proven.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] when the archive cannot be written, is full, or has another hash for this
    /// ledger.
    fn keep(&self, ledger_index: u32, hash: LedgerHash) -> Result<(), ArchiveError>;

    /// The hash kept for exactly this ledger.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] when the archive cannot be read.
    fn hash(&self, ledger_index: u32) -> Result<Option<LedgerHash>, ArchiveError> {
        let next = self.at_or_after(ledger_index)?;
        Ok(next.filter(|(found, _)| *found == ledger_index).map(|(_, hash)| hash))
    }
}

/// An archive in memory.
///
/// ```
/// use xrpl_txdata::proof::{MemoryArchive, ProofArchive};
/// use xrpl_txdata::LedgerHash;
///
/// let archive = MemoryArchive::default();
/// archive.keep(512, LedgerHash::from_bytes([1; 32]))?;
/// assert_eq!(archive.at_or_after(300)?, Some((512, LedgerHash::from_bytes([1; 32]))));
/// assert_eq!(archive.hash(300)?, None);
/// # Ok::<(), xrpl_txdata::proof::ArchiveError>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryArchive(Mutex<Checkpoints>);

impl ProofArchive for MemoryArchive {
    fn at_or_after(&self, ledger_index: u32) -> Result<Option<(u32, LedgerHash)>, ArchiveError> {
        Ok(lock(&self.0).at_or_after(ledger_index))
    }

    fn keep(&self, ledger_index: u32, hash: LedgerHash) -> Result<(), ArchiveError> {
        let mut checkpoints = lock(&self.0);
        if checkpoints.is_news(ledger_index, hash)? {
            checkpoints.0.insert(ledger_index, hash);
        }
        Ok(())
    }
}

/// An archive in a file of lines, each a ledger index and a hash. One process writes it at a time.
///
/// ```no_run
/// use xrpl_txdata::proof::{FileArchive, ProofArchive};
///
/// let archive = FileArchive::open("checkpoints.txt")?;
/// println!("{:?}", archive.at_or_after(104_552_601)?);
/// # Ok::<(), xrpl_txdata::proof::ArchiveError>(())
/// ```
#[derive(Debug)]
pub struct FileArchive(Mutex<(Checkpoints, fs::File)>);

impl FileArchive {
    /// Opens the archive, or begins a new one.
    ///
    /// A last line that was not written to its end, because the machine stopped, is dropped.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] when the file cannot be read, or is no archive.
    pub fn open(path: impl AsRef<Path>) -> Result<FileArchive, ArchiveError> {
        let mut options = fs::OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).open(path)?;
        let limit = MAX_LINE * MAX_CHECKPOINTS as u64;
        if file.metadata()?.len() > limit {
            return Err(ArchiveError::Full);
        }
        let mut text = String::new();
        Read::by_ref(&mut file).take(limit).read_to_string(&mut text)?;

        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut checkpoints = Checkpoints::default();
        for (number, line) in text.get(..whole).unwrap_or_default().lines().enumerate() {
            let (ledger_index, hash) = read(line).ok_or(ArchiveError::Line(number + 1))?;
            if checkpoints.is_news(ledger_index, hash)? {
                checkpoints.0.insert(ledger_index, hash);
            }
        }
        if whole < text.len() {
            file.set_len(whole as u64)?;
            file.seek(io::SeekFrom::End(0))?;
        }
        Ok(FileArchive(Mutex::new((checkpoints, file))))
    }
}

impl ProofArchive for FileArchive {
    fn at_or_after(&self, ledger_index: u32) -> Result<Option<(u32, LedgerHash)>, ArchiveError> {
        Ok(lock(&self.0).0.at_or_after(ledger_index))
    }

    fn keep(&self, ledger_index: u32, hash: LedgerHash) -> Result<(), ArchiveError> {
        let mut guard = lock(&self.0);
        let (checkpoints, file) = &mut *guard;
        if checkpoints.is_news(ledger_index, hash)? {
            file.write_all(format!("{ledger_index} {hash}\n").as_bytes())?;
            file.sync_data()?;
            checkpoints.0.insert(ledger_index, hash);
        }
        Ok(())
    }
}

/// What both kinds know.
#[derive(Debug, Default)]
pub(super) struct Checkpoints(pub(super) BTreeMap<u32, LedgerHash>);

impl Checkpoints {
    fn at_or_after(&self, ledger_index: u32) -> Option<(u32, LedgerHash)> {
        self.0.range(ledger_index..).next().map(|(index, hash)| (*index, *hash))
    }

    pub(super) fn is_news(
        &self,
        ledger_index: u32,
        hash: LedgerHash,
    ) -> Result<bool, ArchiveError> {
        match self.0.get(&ledger_index) {
            Some(kept) if *kept == hash => Ok(false),
            Some(kept) => Err(ArchiveError::OtherHash { ledger_index, kept: *kept, hash }),
            None if self.0.len() >= MAX_CHECKPOINTS => Err(ArchiveError::Full),
            None => Ok(true),
        }
    }
}

fn read(line: &str) -> Option<(u32, LedgerHash)> {
    let (ledger_index, hash) = line.split_once(' ')?;
    Some((ledger_index.parse().ok()?, hash.parse().ok()?))
}

/// Nothing is half done when a thread panics in here: the maps change in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why an archive does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The file could not be read or written.
    #[error("the archive's file: {0}")]
    File(String),
    /// A line of the file is not an index and a hash.
    #[error("line {0} of the archive's file is no ledger index with a hash")]
    Line(usize),
    /// Two hashes for one ledger: one of them was never proven.
    #[error("the archive has {kept} for ledger {ledger_index}, and is given {hash}")]
    OtherHash {
        /// The ledger.
        ledger_index: u32,
        /// The hash in the archive.
        kept: LedgerHash,
        /// The other one.
        hash: LedgerHash,
    },
    /// [`MAX_CHECKPOINTS`] are there already.
    #[error("an archive holds {MAX_CHECKPOINTS} hashes, this one is full")]
    Full,
}

impl From<io::Error> for ArchiveError {
    fn from(error: io::Error) -> ArchiveError {
        ArchiveError::File(error.to_string())
    }
}
