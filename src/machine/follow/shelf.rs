//! What streams told of the next few ledgers: who names which ledger, and the raw transactions until
//! all of a ledger are there. Bounded: what does not fit is forgotten, and fetched later.

use std::collections::{BTreeMap, HashMap, HashSet};

use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{
    error::Unfit,
    types::{LedgerHash, TxHash},
};

/// Ledgers after the last complete one of which anything is kept.
pub(super) const AHEAD: u32 = 16;

/// Bytes of raw transactions that are kept in all.
const MAX_BYTES: usize = 64 << 20;

/// Transactions of one ledger that are kept. Real ledgers have some hundred.
const MAX_TRANSACTIONS: usize = 1 << 14;

/// The shelf.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pages: BTreeMap<u32, Page>,
    /// Everything up to this ledger is done with.
    done: u32,
    bytes: usize,
}

/// One ledger.
#[derive(Debug, Default)]
struct Page {
    told: Vec<Telling>,
    bodies: HashMap<TxHash, Body>,
    /// Transactions were forgotten: the ledger must be fetched.
    torn: bool,
}

/// One ledger as one node tells it.
#[derive(Debug)]
struct Telling {
    node: usize,
    hash: LedgerHash,
    count: Option<u32>,
    seen: HashSet<TxHash>,
}

/// A raw transaction and the node that sent it.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) node: usize,
    pub(super) text: Utf8Bytes,
}

impl Shelf {
    /// Everything up to this ledger is done with. Who begins anew may go back: what was ahead is too far then.
    pub(super) fn done(&mut self, index: u32) {
        self.done = index;
        let bytes = &mut self.bytes;
        self.pages.retain(|at, page| {
            let near = is_near(index, *at);
            *bytes -= if near { 0 } else { page.bytes() };
            near
        });
    }

    /// A node names a ledger, and perhaps how many transactions it has.
    pub(super) fn ledger(
        &mut self,
        node: usize,
        index: u32,
        hash: LedgerHash,
        count: Option<u32>,
    ) -> Result<(), Unfit> {
        let Some(page) = self.page(index) else { return Ok(()) };
        let telling = page.telling(node, index, hash)?;
        telling.count = telling.count.max(count);
        Ok(())
    }

    /// A node sends a transaction of a ledger.
    pub(super) fn transaction(
        &mut self,
        (node, index, ledger): (usize, u32, LedgerHash),
        hash: TxHash,
        text: Utf8Bytes,
    ) -> Result<(), Unfit> {
        let size = text.len();
        let full = self.bytes.saturating_add(size) > MAX_BYTES;
        let Some(page) = self.page(index) else { return Ok(()) };
        let telling = page.telling(node, index, ledger)?;
        if telling.seen.len() >= MAX_TRANSACTIONS {
            self.tear(index);
            return Ok(());
        }
        telling.seen.insert(hash);
        if page.torn || page.bodies.contains_key(&hash) {
            return Ok(());
        }
        if full {
            self.tear(index);
            return Ok(());
        }
        // A copy: the text may be a small part of a large buffer, which would be kept with it.
        let text = Utf8Bytes::from(text.as_str());
        page.bodies.insert(hash, Body { node, text });
        self.bytes += size;
        Ok(())
    }

    /// Who names which ledger under this index.
    pub(super) fn votes(&self, index: u32) -> Vec<(usize, LedgerHash)> {
        let told = self.pages.get(&index).into_iter().flat_map(|page| &page.told);
        told.map(|telling| (telling.node, telling.hash)).collect()
    }

    /// Whether a node says that this ledger has no transactions.
    pub(super) fn is_said_to_be_empty(&self, index: u32) -> bool {
        self.pages
            .get(&index)
            .is_some_and(|page| page.told.iter().any(|telling| telling.count == Some(0)))
    }

    /// All transactions of a ledger, if one node has named exactly as many as it has, and nobody another one.
    /// A ledger without any is never complete here: one false message would make it.
    pub(super) fn complete(&self, index: u32, hash: LedgerHash) -> Option<Vec<(TxHash, Body)>> {
        let page = self.pages.get(&index).filter(|page| !page.torn)?;
        let told = || page.told.iter().filter(|telling| telling.hash == hash);
        let count = told().filter_map(|telling| telling.count).max().filter(|count| *count > 0)?;
        let whole = told().find(|telling| telling.seen.len() == count as usize)?;
        // Who names others has a false one in the place of a true one, or the first one has.
        if told().any(|telling| !telling.seen.is_subset(&whole.seen)) {
            return None;
        }
        let body = |hash: &TxHash| Some((*hash, page.bodies.get(hash)?.clone()));
        whole.seen.iter().map(body).collect()
    }

    /// Forgets the transactions of a ledger: it must be fetched.
    pub(super) fn tear(&mut self, index: u32) {
        if let Some(page) = self.pages.get_mut(&index) {
            self.bytes -= page.bytes();
            page.bodies = HashMap::new();
            page.torn = true;
            for telling in &mut page.told {
                telling.seen = HashSet::new();
            }
        }
    }

    /// Nothing that a node ever told is believed any more.
    pub(super) fn disbelieve(&mut self, node: usize) {
        for page in self.pages.values_mut() {
            page.told.retain(|telling| telling.node != node);
            let before = page.bytes();
            page.bodies.retain(|_, body| body.node != node);
            self.bytes -= before - page.bytes();
        }
    }

    #[cfg(any(feature = "testing", fuzzing))]
    pub(super) fn held(&self) -> [crate::config::Held; 4] {
        use crate::config::Held;
        let told = self.pages.values().flat_map(|page| &page.told);
        let seen = told.map(|telling| telling.seen.len()).max().unwrap_or(0);
        let counted = self.pages.values().map(Page::bytes).sum();
        [
            Held::new("ledgers on the shelf", self.pages.len(), AHEAD as usize),
            Held::new("transactions of one that a node named", seen, MAX_TRANSACTIONS),
            Held::new("bytes on the shelf", self.bytes, MAX_BYTES),
            Held::new("bytes on the shelf, counted again", counted, self.bytes),
        ]
    }

    fn page(&mut self, index: u32) -> Option<&mut Page> {
        is_near(self.done, index).then(|| self.pages.entry(index).or_default())
    }
}

/// Whether anything is kept of this ledger when all up to `done` is done with.
fn is_near(done: u32, index: u32) -> bool {
    index > done && index <= done.saturating_add(AHEAD)
}

impl Page {
    fn bytes(&self) -> usize {
        self.bodies.values().map(|body| body.text.len()).sum()
    }

    fn telling(
        &mut self,
        node: usize,
        index: u32,
        hash: LedgerHash,
    ) -> Result<&mut Telling, Unfit> {
        let at = match self.told.iter().position(|telling| telling.node == node) {
            Some(at) => at,
            None => {
                self.told.push(Telling { node, hash, count: None, seen: HashSet::new() });
                self.told.len() - 1
            }
        };
        let telling = &mut self.told[at];
        if telling.hash != hash {
            let (first, second) = (telling.hash, hash);
            return Err(Unfit::TwoHistories { ledger_index: index, first, second });
        }
        Ok(telling)
    }
}

#[cfg(test)]
mod tests;
