//! Ledger headers from any bytes: no panic, what is read prints the same bytes again, and a chain
//! holds only where each names the one before it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrpl_txdata::proof::{HEADER_SIZE, LedgerHeader};

fuzz_target!(|data: &[u8]| {
    let headers: Vec<_> = data.chunks(HEADER_SIZE).filter_map(read).collect();
    let Some((first, later)) = headers.split_first() else { return };
    let linked = headers.windows(2).all(|pair| {
        pair[1].parent_hash == pair[0].hash()
            && pair[0].ledger_index.checked_add(1) == Some(pair[1].ledger_index)
    });
    assert_eq!(first.follow(later).is_ok(), linked);
});

fn read(bytes: &[u8]) -> Option<LedgerHeader> {
    let header = LedgerHeader::from_bytes(bytes);
    assert_eq!(header.is_ok(), bytes.len() == HEADER_SIZE);
    let header = header.ok()?;
    assert_eq!(header.to_bytes(), bytes);
    Some(header)
}
