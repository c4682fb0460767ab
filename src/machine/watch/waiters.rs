//! Who waits for what, since when, and what is known about each wait.

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    time::{Duration, Instant},
};

use crate::{
    machine::{
        finality::{Looked, Window, closed_before, surely_told_at},
        ledgers::Ledgers,
        operators::Operators,
    },
    types::TxHash,
    wire::ranges::LedgerRanges,
};

/// For so long the lowest ledger counts that any node says was current when somebody began to wait: the
/// first one who says so may be wrong.
const DOUBT: Duration = Duration::from_secs(30);

/// Ledgers before the one that was current when somebody began to wait that are looked at as well.
const LOOK_BEHIND: u32 = 4;

/// Ranges of ledgers that are remembered of what a node said it has searched, the newest ones.
const MAX_RANGES: usize = 64;

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// A transaction, which `first` and `last` bound to certain ledgers if the caller knows them.
    Transaction { hash: TxHash, first: Option<u32>, last: Option<u32> },
    /// The close of a ledger.
    Ledger(u32),
}

/// One who waits.
#[derive(Debug)]
struct Waiter {
    awaited: Awaited,
    /// Of how many witnesses its "never" must be the word. There are many who wait, and few witnesses.
    needed: u8,
    registered: Instant,
    /// Ledgers told before are searched from this one on.
    since: u32,
    /// A ledger that was closed when it began to wait.
    began: Option<u32>,
    /// By node. In no more room than they need: there are as many as there are waits.
    views: Box<[Option<View>]>,
    /// Whether it was told that it waits in vain.
    told: bool,
}

/// What one node tells one who waits.
#[derive(Debug)]
struct View {
    /// A ledger that was closed when the wait began, by this node's word.
    began: u32,
    /// Ledgers in which the node did not find it when asked directly.
    asked: LedgerRanges,
}

/// Who waits for the same, in the order of their numbers: mostly one, and of these there are many.
#[derive(Debug)]
enum Numbers {
    One(u64),
    #[expect(clippy::box_collection, reason = "the rare case must not make the common one larger")]
    Several(Box<BTreeSet<u64>>),
}

impl Numbers {
    fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        let (one, several) = match self {
            Numbers::One(id) => (Some(*id), None),
            Numbers::Several(ids) => (None, Some(ids.iter().copied())),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }

    fn add(&mut self, id: u64) {
        match self {
            Numbers::One(first) => *self = Numbers::Several(Box::new([*first, id].into())),
            Numbers::Several(ids) => {
                ids.insert(id);
            }
        }
    }

    /// Whether nobody is left without this one.
    fn remove(&mut self, id: u64) -> bool {
        match self {
            Numbers::One(only) => *only == id,
            Numbers::Several(ids) => {
                ids.remove(&id);
                ids.is_empty()
            }
        }
    }
}

/// All who wait.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    waiters: HashMap<u64, Waiter>,
    next: u64,
    by_hash: HashMap<TxHash, Numbers>,
    /// By the last ledger in which theirs can be, until that is settled.
    by_last: BTreeSet<(u32, u64)>,
    /// The same ones by how many witnesses that needs.
    by_needed: BTreeSet<(usize, u64)>,
    /// The same ones by the ledger at which direct answers can tell, until that is reached.
    by_late: BTreeSet<(u32, u64)>,
    /// By the ledger they wait for.
    by_ledger: BTreeSet<(u32, u64)>,
    /// By the ledger at which their looking began.
    by_began: BTreeSet<(u32, u64)>,
}

impl Waiters {
    pub(super) fn numbered_from(next: u64) -> Waiters {
        Waiters { next, ..Waiters::default() }
    }

    #[cfg(any(feature = "testing", fuzzing))]
    pub(super) fn count(&self) -> usize {
        self.waiters.len()
    }

    /// Somebody waits from now on.
    pub(super) fn add(
        &mut self,
        awaited: Awaited,
        needed: usize,
        ledgers: &Ledgers,
        now: Instant,
    ) -> u64 {
        let id = self.next;
        self.next += 1;
        let (since, views) = (ledgers.floor(), Box::default());
        let (registered, began, told) = (now, None, false);
        let least = needed.try_into().unwrap_or(u8::MAX);
        let waiter = Waiter { awaited, needed: least, registered, since, began, views, told };
        self.waiters.insert(id, waiter);
        match awaited {
            Awaited::Ledger(index) => {
                self.by_ledger.insert((index, id));
            }
            Awaited::Transaction { hash, last, .. } => {
                match self.by_hash.entry(hash) {
                    Entry::Occupied(mut others) => others.get_mut().add(id),
                    Entry::Vacant(nobody) => {
                        nobody.insert(Numbers::One(id));
                    }
                }
                last.into_iter().for_each(|last| self.keep_open(last, needed, id));
                for (node, newest) in ledgers.followed() {
                    self.view(id, node, newest, now);
                }
                let latest = ledgers.latest_known().filter(|_| ledgers.tip().is_none());
                latest.into_iter().for_each(|latest| self.begin(id, latest, Duration::ZERO));
            }
        }
        id
    }

    /// Somebody waits no longer.
    pub(super) fn remove(&mut self, id: u64) {
        let Some(waiter) = self.waiters.remove(&id) else { return };
        match waiter.awaited {
            Awaited::Ledger(index) => {
                self.by_ledger.remove(&(index, id));
            }
            Awaited::Transaction { hash, last, .. } => {
                if let Entry::Occupied(mut ids) = self.by_hash.entry(hash)
                    && ids.get_mut().remove(id)
                {
                    ids.remove();
                }
                last.into_iter().for_each(|last| self.settled(last, waiter.needed.into(), id));
                waiter.began.map(|began| self.by_began.remove(&(began, id)));
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// Whether this one still waits.
    pub(super) fn waits(&self, id: u64) -> bool {
        self.waiters.contains_key(&id)
    }

    /// Whether somebody waits for this transaction.
    pub(super) fn await_hash(&self, hash: &TxHash) -> bool {
        self.by_hash.contains_key(hash)
    }

    /// All who wait for this transaction.
    pub(super) fn of_hash(&self, hash: &TxHash) -> impl Iterator<Item = u64> + '_ {
        self.by_hash.get(hash).into_iter().flat_map(Numbers::iter)
    }

    pub(super) fn hash_of(&self, id: u64) -> Option<TxHash> {
        match self.waiters.get(&id)?.awaited {
            Awaited::Transaction { hash, .. } => Some(hash),
            Awaited::Ledger(_) => None,
        }
    }

    /// One who waits for a ledger up to this one, who then waits for it no longer.
    pub(super) fn take_reached(&mut self, tip: u32) -> Option<u64> {
        let (index, id) = self.by_ledger.first().filter(|(index, _)| *index <= tip).copied()?;
        self.by_ledger.remove(&(index, id));
        Some(id)
    }

    /// One whose last possible ledger is so far behind this tip that direct answers can tell what the
    /// following has not shown; once.
    pub(super) fn take_late(&mut self, tip: u32) -> Option<u64> {
        let (index, id) = self.by_late.first().filter(|(index, _)| *index <= tip).copied()?;
        self.by_late.remove(&(index, id));
        Some(id)
    }

    /// Ledgers from here on must be looked at; none when that is not known, or nobody waits for a
    /// transaction.
    pub(super) fn from(&self) -> Option<u32> {
        self.by_began.first().map(|(began, _)| began.saturating_sub(LOOK_BEHIND).max(1))
    }

    /// Ledgers up to here matter to one who wants to know that its transaction can never come.
    pub(super) fn until(&self) -> Option<u32> {
        self.by_last.last().map(|(last, _)| *last)
    }

    /// The most witnesses that one of those needs to know it.
    pub(super) fn needed(&self) -> usize {
        self.by_needed.last().map_or(1, |(needed, _)| *needed)
    }

    /// Whether it can be up to this ledger is to be settled.
    fn keep_open(&mut self, last: u32, needed: usize, id: u64) {
        self.by_last.insert((last, id));
        self.by_late.insert((surely_told_at(last), id));
        self.by_needed.insert((needed, id));
    }

    /// That is settled, or nobody asks any more.
    fn settled(&mut self, last: u32, needed: usize, id: u64) {
        self.by_last.remove(&(last, id));
        self.by_late.remove(&(surely_told_at(last), id));
        self.by_needed.remove(&(needed, id));
    }

    /// A node has this newest validated ledger, as all hear.
    pub(super) fn view_all(&mut self, node: usize, newest: u32, now: Instant) {
        for id in self.by_hash.values().flat_map(Numbers::iter).collect::<Vec<_>>() {
            self.view(id, node, newest, now);
        }
    }

    /// A node has this newest validated ledger, as one hears.
    fn view(&mut self, id: u64, node: usize, newest: u32, now: Instant) {
        let Some(waiter) = self.waiters.get_mut(&id) else { return };
        if waiter.view(node).is_none() {
            let elapsed = now.saturating_duration_since(waiter.registered);
            let began = closed_before(newest, elapsed);
            let mut views = std::mem::take(&mut waiter.views).into_vec();
            let missing = (node + 1).saturating_sub(views.len());
            views.reserve_exact(missing);
            views.extend((0..missing).map(|_| None));
            waiter.views = views.into_boxed_slice();
            waiter.views[node] = Some(View { began, asked: LedgerRanges::new() });
            self.begin(id, began, elapsed);
        }
    }

    fn begin(&mut self, id: u64, began: u32, elapsed: Duration) {
        let Some(waiter) = self.waiters.get_mut(&id) else { return };
        let is_late = waiter.began.is_some_and(|earlier| earlier <= began || elapsed > DOUBT);
        if is_late || matches!(waiter.awaited, Awaited::Ledger(_)) {
            return;
        }
        if let Some(later) = waiter.began.replace(began) {
            self.by_began.remove(&(later, id));
        }
        self.by_began.insert((began, id));
    }

    /// A node, asked directly, does not have this one's transaction in these ledgers.
    pub(super) fn testify(&mut self, id: u64, node: usize, ledgers: &LedgerRanges, now: Instant) {
        let Some((_, newest)) = ledgers.bounds() else { return };
        self.view(id, node, newest, now);
        let waiter = self.waiters.get_mut(&id);
        let view = waiter.and_then(|waiter| waiter.views.get_mut(node)?.as_mut());
        let Some(view) = view else { return };
        view.asked.extend(ledgers);
        while view.asked.count() > MAX_RANGES {
            view.asked.remove_first();
        }
    }

    /// A node is not believed any more.
    pub(super) fn disbelieve(&mut self, node: usize) {
        for waiter in self.waiters.values_mut() {
            waiter.views.get_mut(node).into_iter().for_each(|view| *view = None);
        }
    }

    /// In which ledgers this one's transaction surely is not, as far as this node can be believed.
    pub(super) fn covered(&self, id: u64, node: usize, ledgers: &Ledgers) -> LedgerRanges {
        let Some(waiter) = self.waiters.get(&id) else { return LedgerRanges::new() };
        let mut covered = match waiter.awaited {
            Awaited::Transaction { .. } => ledgers.known_from(node).since(waiter.since),
            Awaited::Ledger(_) => LedgerRanges::new(),
        };
        if let Some(view) = waiter.view(node) {
            covered.extend(&view.asked);
        }
        covered
    }

    /// Whether this node was asked for this one's transaction, or has told a ledger that closed since.
    pub(super) fn has_looked(&self, id: u64, node: usize, ledgers: &Ledgers) -> bool {
        let Some(waiter) = self.waiters.get(&id) else { return false };
        let was_asked = waiter.view(node).is_some_and(|view| !view.asked.is_empty());
        let newest = self.covered(id, node, ledgers).bounds().map(|(_, newest)| newest);
        was_asked || newest > waiter.began
    }

    /// Those whose last possible ledger is not after the tip.
    pub(super) fn due(&self, tip: u32) -> Vec<u64> {
        self.by_last.range(..=(tip, u64::MAX)).map(|(_, id)| *id).collect()
    }

    /// Whether enough nodes have looked in every ledger in which this one's transaction could be.
    pub(super) fn is_settled(
        &self,
        id: u64,
        ledgers: &Ledgers,
        full_history: bool,
        witnesses: &Operators,
    ) -> bool {
        let Some(waiter) = self.waiters.get(&id) else { return false };
        let (window, since) = match waiter.awaited {
            Awaited::Transaction { first, last: Some(last), .. } => {
                (Window { first, last }, waiter.since)
            }
            Awaited::Transaction { last: None, .. } => return false,
            // Who does not know the hash looks in no list.
            Awaited::Ledger(index) => (Window { first: Some(index), last: index }, u32::MAX),
        };
        let views =
            (0..).zip(&waiter.views).filter_map(|(node, view)| Some((node, view.as_ref()?)));
        let looked = views.map(|(node, View { began, asked })| Looked {
            node,
            began: *began,
            asked,
            told: ledgers.known_from(node),
            since,
        });
        window.is_settled(looked, full_history, (witnesses, waiter.needed.into()))
    }

    /// This one is told that it waits in vain. False when it was told before.
    pub(super) fn give_up(&mut self, id: u64) -> bool {
        let Some(waiter) = self.waiters.get_mut(&id) else { return false };
        let (needed, was_told) = (waiter.needed.into(), std::mem::replace(&mut waiter.told, true));
        if let Awaited::Transaction { last: Some(last), .. } = waiter.awaited {
            self.settled(last, needed, id);
        }
        !was_told
    }

    /// This one was not told after all.
    pub(super) fn hope_again(&mut self, id: u64) {
        let Some(waiter) = self.waiters.get_mut(&id) else { return };
        waiter.told = false;
        let needed = waiter.needed.into();
        if let Awaited::Transaction { last: Some(last), .. } = waiter.awaited {
            self.keep_open(last, needed, id);
        }
    }
}

impl Waiter {
    fn view(&self, node: usize) -> Option<&View> {
        self.views.get(node)?.as_ref()
    }
}

#[cfg(test)]
mod tests;
