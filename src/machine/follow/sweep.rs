//! A sweep: the histories of all followed accounts over a stretch of ledgers, each told by as many
//! nodes as must witness that there is nothing more.
//!
//! It only finds out which ledgers have to be read. A ledger is passed over when every witness has told
//! the whole history of every account there and none named it; what one alone names is read. So nodes
//! that leave out different things lose nothing, and what a node makes up costs a look.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet, VecDeque},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::accounts::Accounts;
use crate::{types::AccountId, wire::history::HistoryPage};

/// Pages under way at a time from one node.
const AT_ONCE: usize = 4;

/// Pages of one history; where it goes on, the next sweep begins.
const MAX_PAGES: u32 = 16;

/// Named ledgers that are kept; where there are more, the next sweep begins.
const MAX_NAMED: usize = 1 << 15;

/// Failures of one history after which a witness is given up. After each it begins again from the start, so
/// what comes between them is nothing new.
const FAILURES: u32 = 4;

/// Pause after a failure; it doubles.
const PAUSE: Duration = Duration::from_millis(500);

/// A sweep.
#[derive(Debug)]
pub(super) struct Sweep {
    from: u32,
    /// The last ledger whose histories count. The one behind it is read in any case.
    to: u32,
    witnesses: Vec<usize>,
    /// Those that were given up. What they had told counts.
    former: Vec<usize>,
    accounts: HashSet<AccountId>,
    /// The version of the set of accounts that was looked at last.
    version: u64,
    waiting: VecDeque<Walk>,
    under_way: BTreeMap<(usize, AccountId), Walk>,
    named: BTreeSet<u32>,
}

/// One node telling the history of one account.
#[derive(Clone, Debug)]
struct Walk {
    node: usize,
    account: AccountId,
    /// Everything before this ledger is told.
    next: u32,
    /// The last ledger that was asked for.
    asked: u32,
    /// The page before ended in this ledger, so the next one must begin there: pages overlap.
    overlap: bool,
    /// Given by the node, where a page had nothing that one could go on from.
    marker: Option<Value>,
    pages: u32,
    failures: u32,
    not_before: Option<Instant>,
}

/// A page to be asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ask {
    pub(crate) node: usize,
    pub(crate) account: AccountId,
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) marker: Option<Value>,
}

impl Sweep {
    pub(super) fn new(from: u32, to: u32, accounts: &Accounts, witnesses: Vec<usize>) -> Sweep {
        let mut sweep = Sweep {
            from,
            to,
            witnesses,
            former: Vec::new(),
            accounts: HashSet::new(),
            version: accounts.version(),
            waiting: VecDeque::new(),
            under_way: BTreeMap::new(),
            named: BTreeSet::new(),
        };
        sweep.admit(accounts);
        sweep
    }

    /// Sees that the histories of all accounts that are followed now are told.
    pub(super) fn cover(&mut self, accounts: &Accounts) {
        if std::mem::replace(&mut self.version, accounts.version()) != self.version {
            self.admit(accounts);
        }
    }

    fn admit(&mut self, accounts: &Accounts) {
        let new = accounts.iter().filter(|account| self.accounts.insert(*account));
        let mut new: Vec<AccountId> = new.collect();
        // What happens shall not depend on how a set is laid out in memory.
        new.sort_unstable();
        for account in new {
            let walk = |node: &usize| Walk::new(*node, account, self.from);
            self.waiting.extend(self.witnesses.iter().map(walk));
        }
    }

    #[cfg(any(feature = "testing", fuzzing))]
    pub(super) fn held(&self) -> [crate::config::Held; 3] {
        use crate::config::Held;
        let walks = self.accounts.len() * self.witnesses.len();
        let all = self.waiting.len() + self.under_way.len();
        [
            Held::new("ledgers named by histories", self.named.len(), MAX_NAMED),
            Held::new("pages under way", self.under_way.len(), AT_ONCE * self.witnesses.len()),
            Held::new("histories to be told", all, walks),
        ]
    }

    /// The last ledger of the stretch, read in any case.
    pub(super) fn end(&self) -> u32 {
        self.to.saturating_add(1)
    }

    pub(super) fn covers(&self, index: u32) -> bool {
        (self.from..=self.end()).contains(&index)
    }

    /// Whether every witness has told everything.
    pub(super) fn is_complete(&self) -> bool {
        self.waiting.is_empty() && self.under_way.is_empty()
    }

    /// The ledgers from this one on that must be read, as far as it is known now.
    pub(super) fn named_from(&self, index: u32) -> impl Iterator<Item = u32> + '_ {
        let end = self.end();
        self.named.range(index.min(end)..end).copied().chain([end])
    }

    /// All whose word counts: the witnesses, and those before them.
    pub(super) fn tellers(&self) -> impl Iterator<Item = usize> + '_ {
        self.witnesses.iter().chain(&self.former).copied()
    }

    /// The next page to ask for.
    pub(super) fn begin(&mut self, now: Instant) -> Option<Ask> {
        let busy = |node: usize| self.under_way.keys().filter(|(by, _)| *by == node).count();
        let free: Vec<usize> =
            self.witnesses.iter().copied().filter(|node| busy(*node) < AT_ONCE).collect();
        let ready =
            |walk: &Walk| free.contains(&walk.node) && walk.not_before.is_none_or(|at| at <= now);
        let mut walk =
            self.waiting.iter().position(ready).and_then(|at| self.waiting.remove(at))?;
        walk.asked = self.to;
        let Walk { node, account, next, asked, marker, .. } = walk.clone();
        self.under_way.insert((node, account), walk);
        Some(Ask { node, account, min: next, max: asked, marker })
    }

    /// A page came: whether it led any further. The error says what is wrong with it; then it counts as
    /// a failure.
    pub(super) fn page(
        &mut self,
        node: usize,
        account: AccountId,
        page: HistoryPage,
        now: Instant,
    ) -> Result<bool, String> {
        let Some(mut walk) = self.under_way.remove(&(node, account)) else { return Ok(false) };
        let before = walk.next;
        let told = walk.take(&page);
        let more = match told {
            Ok(more) => more,
            Err(reason) => {
                self.under_way.insert((node, account), walk);
                self.failed(node, account, now);
                return Err(reason);
            }
        };
        self.named.extend(page.ledgers);
        if more && walk.pages >= MAX_PAGES {
            if walk.next <= self.from {
                self.under_way.insert((node, account), walk);
                self.failed(node, account, now);
                return Err(format!("{MAX_PAGES} pages in a row were empty"));
            }
            self.shorten(walk.next.saturating_sub(1));
        }
        while self.named.len() > MAX_NAMED {
            let Some(last) = self.named.pop_last() else { break };
            self.shorten(last.saturating_sub(1));
        }
        let further = !more || walk.next > before;
        if more && walk.next <= self.to {
            // In front: what was begun is finished first.
            self.waiting.push_front(walk);
        }
        Ok(further)
    }

    /// The histories are read only up to here; the next sweep goes on behind.
    fn shorten(&mut self, to: u32) {
        self.to = self.to.min(to);
        let to = self.to;
        self.waiting.retain(|walk| walk.next <= to);
    }

    /// A page did not come: this history begins again.
    pub(super) fn failed(&mut self, node: usize, account: AccountId, now: Instant) {
        let Some(walk) = self.under_way.remove(&(node, account)) else { return };
        let failures = walk.failures.saturating_add(1);
        let pause = PAUSE.saturating_mul(1 << (failures - 1).min(8));
        let again = Walk::new(node, account, self.from);
        self.waiting.push_back(Walk { failures, not_before: Some(now + pause), ..again });
    }

    /// A witness that fails again and again.
    pub(super) fn given_up(&self) -> Option<usize> {
        self.waiting.iter().find(|walk| walk.failures >= FAILURES).map(|walk| walk.node)
    }

    /// Another node, none of the [tellers](Sweep::tellers), is witness in the place of one: all that this
    /// one has not told to the end begins again there, whatever markers it gave.
    pub(super) fn replace(&mut self, old: usize, new: usize) {
        for witness in self.witnesses.iter_mut().filter(|witness| **witness == old) {
            *witness = new;
        }
        self.former.push(old);
        let begun: Vec<(usize, AccountId)> =
            self.under_way.keys().filter(|(node, _)| *node == old).copied().collect();
        for key in begun {
            self.waiting.extend(self.under_way.remove(&key));
        }
        for walk in self.waiting.iter_mut().filter(|walk| walk.node == old) {
            *walk = Walk::new(new, walk.account, self.from);
        }
    }

    /// When a pause is over.
    pub(super) fn wake(&self, now: Instant) -> Option<Instant> {
        self.waiting.iter().filter_map(|walk| walk.not_before).filter(|at| *at > now).min()
    }
}

impl Walk {
    fn new(node: usize, account: AccountId, from: u32) -> Walk {
        Walk {
            node,
            account,
            next: from,
            asked: from,
            overlap: false,
            marker: None,
            pages: 0,
            failures: 0,
            not_before: None,
        }
    }

    /// Takes a page in: whether there is more. A page goes on at the last ledger of the one before, not
    /// behind the node's marker: some servers lose a transaction there (Clio, issue 1389).
    fn take(&mut self, page: &HistoryPage) -> Result<bool, String> {
        let (from, to) = (self.next, self.asked);
        if page.account != self.account {
            return Err(format!("the history of {} in place of {}", page.account, self.account));
        }
        if page.min > from || page.max < to {
            let (min, max) = (page.min, page.max);
            return Err(format!("ledgers {min} to {max} were searched, not {from} to {to}"));
        }
        let ordered = page.ledgers.is_sorted();
        let (first, last) = (page.ledgers.first(), page.ledgers.last());
        if !ordered || first.is_some_and(|index| *index < from) || last.is_some_and(|i| *i > to) {
            return Err(format!("its transactions are not of ledgers {from} to {to} in order"));
        }
        if self.overlap && first != Some(&from) {
            return Err(format!("it named ledger {from}, and not when asked from there"));
        }
        self.pages = self.pages.saturating_add(1);
        self.not_before = None;
        let more = page.marker.is_some();
        self.marker = None;
        match last {
            Some(last) if *last > from => (self.next, self.overlap) = (*last, true),
            // All of the page is in one ledger, which will be read.
            Some(last) => (self.next, self.overlap) = (last.saturating_add(1), false),
            None => {
                // An empty page is not the end: only the marker leads on.
                self.marker.clone_from(&page.marker);
                self.overlap = false;
            }
        }
        Ok(more && self.next <= to)
    }
}

#[cfg(test)]
mod tests;
