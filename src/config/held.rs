//! How much a client holds, beside how much it may hold.

#![cfg_attr(
    not(feature = "testing"),
    expect(unreachable_pub, reason = "only machines look at it there, under the fuzzer")
)]

/// Something of which a client holds some at this moment, and at most so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// What it is.
    pub what: &'static str,
    /// How many there are, or bytes where it says so.
    pub count: usize,
    /// The limit; `usize::MAX` where only callers decide how many there are.
    pub limit: usize,
}

impl Held {
    pub(crate) fn new(what: &'static str, count: usize, limit: usize) -> Held {
        Held { what, count, limit }
    }

    /// Whether there is not more than there may be.
    pub fn is_within(&self) -> bool {
        self.count <= self.limit
    }
}
