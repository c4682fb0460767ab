//! Kept hashes: what breaks them.

use std::{fs, path::PathBuf};

use crate::{
    proof::{
        ArchiveError, FileArchive, MAX_CHECKPOINTS, MemoryArchive, ProofArchive,
        archive::Checkpoints,
    },
    types::LedgerHash,
};

const ONE: LedgerHash = LedgerHash::from_bytes([1; 32]);
const OTHER: LedgerHash = LedgerHash::from_bytes([2; 32]);

/// A file of its own for one test, gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let file = format!("xrpl-txdata-{name}-{}.txt", std::process::id());
        Scratch(std::env::temp_dir().join(file))
    }

    fn open(&self) -> Result<FileArchive, ArchiveError> {
        FileArchive::open(&self.0)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

fn keeps(archive: &dyn ProofArchive) {
    assert_eq!(archive.at_or_after(0), Ok(None));
    assert_eq!(archive.keep(512, ONE), Ok(()));
    assert_eq!(archive.keep(256, OTHER), Ok(()));
    assert_eq!(archive.keep(512, ONE), Ok(()), "the same again is no news");
    let refused = Err(ArchiveError::OtherHash { ledger_index: 512, kept: ONE, hash: OTHER });
    assert_eq!(archive.keep(512, OTHER), refused);

    assert_eq!(archive.at_or_after(0), Ok(Some((256, OTHER))));
    assert_eq!(archive.at_or_after(256), Ok(Some((256, OTHER))));
    assert_eq!(archive.at_or_after(257), Ok(Some((512, ONE))));
    assert_eq!(archive.at_or_after(513), Ok(None));
    assert_eq!((archive.hash(257), archive.hash(512)), (Ok(None), Ok(Some(ONE))));
}

#[test]
fn an_archive_in_memory_keeps() {
    keeps(&MemoryArchive::default());
}

#[test]
fn an_archive_in_a_file_keeps_and_is_there_again() {
    let scratch = Scratch::new("keeps");
    keeps(&scratch.open().unwrap());
    let again = scratch.open().unwrap();
    assert_eq!(again.at_or_after(257), Ok(Some((512, ONE))));
    assert_eq!(fs::read_to_string(&scratch.0).unwrap(), format!("512 {ONE}\n256 {OTHER}\n"));
}

#[test]
fn a_line_cut_off_is_dropped_and_written_over() {
    let scratch = Scratch::new("cut");
    let whole = format!("256 {ONE}\n");
    fs::write(&scratch.0, format!("{whole}512 {}", &OTHER.to_string()[..20])).unwrap();
    let archive = scratch.open().unwrap();
    assert_eq!(archive.at_or_after(257), Ok(None));
    assert_eq!(archive.keep(768, OTHER), Ok(()));
    assert_eq!(fs::read_to_string(&scratch.0).unwrap(), format!("{whole}768 {OTHER}\n"));
    assert!(scratch.open().is_ok());
}

#[test]
fn a_file_that_is_no_archive_is_refused() {
    let scratch = Scratch::new("refused");
    for (text, line) in [
        (format!("256 {ONE}\nnothing\n"), 2),
        (format!("-1 {ONE}\n"), 1),
        (format!("4294967296 {ONE}\n"), 1),
        (format!("256 {}\n", &ONE.to_string()[1..]), 1),
        (format!("256 {ONE} \n"), 1),
    ] {
        fs::write(&scratch.0, &text).unwrap();
        assert_eq!(scratch.open().unwrap_err(), ArchiveError::Line(line), "{text}");
    }
    fs::write(&scratch.0, format!("256 {ONE}\n256 {OTHER}\n")).unwrap();
    assert_eq!(
        scratch.open().unwrap_err(),
        ArchiveError::OtherHash { ledger_index: 256, kept: ONE, hash: OTHER }
    );
    fs::write(&scratch.0, [0xFF, 0xFE]).unwrap();
    assert!(matches!(scratch.open(), Err(ArchiveError::File(_))));
    let nowhere = FileArchive::open(scratch.0.join("no folder").join("file"));
    assert!(matches!(nowhere, Err(ArchiveError::File(_))));
}

#[test]
fn an_archive_has_a_limit() {
    let full = Checkpoints((0..MAX_CHECKPOINTS as u32).map(|index| (index, ONE)).collect());
    assert_eq!(full.is_news(u32::MAX, ONE), Err(ArchiveError::Full));
    assert_eq!(full.is_news(0, ONE), Ok(false), "what is there may be given again");

    let scratch = Scratch::new("full");
    let file = fs::File::create(&scratch.0).unwrap();
    file.set_len(2_000_000).unwrap();
    assert!(scratch.open().is_ok(), "so long is no archive that cannot be");
    file.set_len(76_000_001).unwrap();
    assert_eq!(scratch.open().unwrap_err(), ArchiveError::Full);
}
