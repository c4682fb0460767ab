//! Seeded randomness (SplitMix64): the same seed gives the same network, on every machine.

use crate::types::sha512_half;

/// A small generator whose whole state is one number.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// A generator of its own for each `purpose`, so that using one more number here changes
    /// nothing there.
    pub(super) fn new(seed: u64, purpose: &str) -> Random {
        let [a, b, c, d, e, f, g, h, ..] = bytes(seed, purpose);
        Random(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low).saturating_add(1)
    }

    pub(super) fn pick<'t, T>(&mut self, among: &'t [T]) -> &'t T {
        &among[(self.next() % among.len() as u64) as usize]
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.between(0, last as u64) as usize);
        }
    }
}

/// 32 bytes that depend on the seed and the purpose alone.
pub(super) fn bytes(seed: u64, purpose: &str) -> [u8; 32] {
    sha512_half(&[&seed.to_be_bytes(), purpose.as_bytes()])
}
