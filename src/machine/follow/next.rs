//! The next ledger: whether it is complete and which one it is, whom to ask for it, and what to say
//! when it does not come.

use std::time::Instant;

use super::{
    AHEAD, Action, End, Follow, GAP_PATIENCE, STUCK, Start, TRAIL,
    accounts::Accounts,
    cursor::Cursor,
    goal::Source,
    reading::{Item, Reader, Trouble},
};
use crate::{error::Unfit, types::LedgerHash};

impl Follow {
    /// Hands out the next ledger, if it is complete.
    pub(super) fn hand_out(&mut self, accounts: &Accounts, now: Instant) {
        self.check_parents(now);
        let (Some(place), Some(network_id)) = (&self.place, self.network_id) else { return };
        let (done, verified) = (place.done, place.verified);
        let Some(next) = self.next_ledger().filter(|_| verified) else { return };
        let Some(hash) = self.decide(next) else { return };
        let reader =
            Reader { accounts, filter: self.plan.filter, network_id, names: &self.plan.names };
        let read = match self.fetches.get(next, hash) {
            Some((_, ledger))
                if reader.changed_before(ledger).any(|index| index > done && index < next) =>
            {
                // No history named that ledger, but something had changed there.
                self.passing.doubt(next);
                return;
            }
            Some((node, ledger)) => reader.whole(*node, ledger),
            None if self.streams() && !self.is_passed_to(next) => {
                match self.shelf.complete(next, hash) {
                    Some(bodies) => reader.streamed((next, hash), bodies),
                    None => return,
                }
            }
            None => return,
        };
        match read {
            Ok(items) => self.done_with(next, hash, network_id, items, now),
            Err(Trouble::Lie(node, failure)) => {
                self.shelf.tear(next);
                self.distrust(node, failure, now);
            }
            Err(Trouble::Unreadable(node, failure)) => {
                self.shelf.tear(next);
                self.fetches.disbelieve(node);
                self.nodes.failed(node, failure, now);
            }
        }
    }

    fn done_with(
        &mut self,
        index: u32,
        hash: LedgerHash,
        network_id: u32,
        mut items: Vec<Item>,
        now: Instant,
    ) {
        for (node, found) in self.named(index) {
            if found == hash {
                self.nodes.agreed(node);
            } else {
                let expected = hash;
                let unfit = Unfit::OtherHistory { ledger_index: index, expected, found };
                self.disqualify(node, unfit, now);
            }
        }
        let mut skip = self.place.take().map(|place| place.skip).unwrap_or_default();
        let before = items.len();
        items.retain(|item| !skip.contains(&item.transaction.hash()));
        if items.len() < before {
            skip.clear();
        }
        if let Some(since) = self.outage.take() {
            self.actions.push_back(Action::Recovered { lasted: now - since });
        }
        self.begun = true;
        self.progress = now;
        self.stand(index, Some(hash), skip.clone());
        if let Some(place) = &mut self.place {
            place.verified = true;
        }
        self.trail.push_back((index, hash));
        if self.trail.len() > TRAIL {
            self.trail.pop_front();
        }
        let ledger_hash = Some(hash);
        let cursor = Cursor { network_id, ledger_index: index, ledger_hash, done: skip };
        self.actions.push_back(Action::Done { items, cursor });
    }

    fn streams(&self) -> bool {
        self.plan.source == Source::Transactions
    }

    /// Who names which ledger under this index.
    fn named(&self, index: u32) -> Vec<(usize, LedgerHash)> {
        let mut named = self.shelf.votes(index);
        // What is far ahead has no place on the shelf.
        for (node, ledger) in self.fetches.came(index) {
            if !named.iter().any(|(by, _)| by == node) {
                named.push((*node, ledger.hash));
            }
        }
        named
    }

    /// The same, as far as it counts: behind the last ledger comes what one of its chain names, or what has it
    /// for its parent.
    fn votes(&self, index: u32) -> Vec<(usize, LedgerHash)> {
        let mut votes = self.named(index);
        let next = self.done().and_then(|done| done.checked_add(1)) == Some(index);
        let linked = |hash: &LedgerHash| next && self.fetches.get(index, *hash).is_some();
        if self.is_passed_to(index) || next && self.has_hash() {
            votes.retain(|(node, hash)| self.nodes.is_on_chain(*node) || linked(hash));
        }
        votes
    }

    /// A fetched ledger names the one before it: that must be the last one, or its chain is another.
    fn check_parents(&mut self, now: Instant) {
        let Some(place) = &mut self.place else { return };
        let (Some(expected), Some(next)) = (place.hash, place.done.checked_add(1)) else { return };
        let mut others = Vec::new();
        for (node, ledger) in self.fetches.came(next) {
            if ledger.header.parent_hash == expected {
                place.verified = true;
                self.nodes.agreed(*node);
                continue;
            }
            // Whoever names this ledger names its parent with it.
            let votes = self.shelf.votes(next).into_iter().filter(|(_, vote)| *vote == ledger.hash);
            others.extend(
                votes.map(|(by, _)| by).chain([*node]).map(|by| (by, ledger.header.parent_hash)),
            );
        }
        others.sort_unstable();
        others.dedup_by_key(|(node, _)| *node);
        for (node, parent) in others {
            self.refute(node, parent, now);
        }
    }

    /// Which ledger it is: the one that all who speak of it name, or more of them than any other.
    fn decide(&self, index: u32) -> Option<LedgerHash> {
        let votes = self.votes(index);
        let count = |hash: &LedgerHash| self.voices(votes.iter().filter(|(_, vote)| vote == hash));
        let (_, best) = votes.iter().max_by_key(|(_, hash)| count(hash))?;
        let others = votes.iter().filter(|(_, hash)| hash != best);
        let rival = others.map(|(_, hash)| count(hash)).max().unwrap_or(0);
        (count(best) > rival && count(best) >= self.needed()).then_some(*best)
    }

    /// How many operators these votes speak for.
    fn voices<'v>(&self, votes: impl IntoIterator<Item = &'v (usize, LedgerHash)>) -> usize {
        self.plan.operators.votes(votes.into_iter().map(|(node, _)| *node))
    }

    pub(super) fn needed(&self) -> usize {
        self.plan.agreement.clamp(1, self.plan.operators.count().max(1))
    }

    /// The next ledger to fetch and the node to ask.
    pub(super) fn fetch(&mut self, now: Instant) -> Option<Action> {
        let place = self.place.as_ref()?;
        let (done, verified) = (place.done, place.verified);
        if !self.fetches.has_room() {
            return None;
        }
        if !verified {
            let nodes = self.nodes.candidates(done, now);
            if let Some(node) = self.fetches.begin(done, &nodes, now) {
                return Some(Action::Fetch { node, index: done, whole: false });
            }
        }
        let wanted = self.wanted(now);
        self.fetches.want(&wanted, done);
        let tip = self.nodes.tip()?;
        let closed = if self.streams() { self.nodes.streamed(now)? } else { tip };
        for index in wanted {
            let votes = self.votes(index);
            let disputed = votes.windows(2).any(|pair| pair[0].1 != pair[1].1);
            let more = disputed || (!votes.is_empty() && self.voices(&votes) < self.needed());
            let empty = self.shelf.is_said_to_be_empty(index);
            if index > closed && !disputed && !empty {
                continue;
            }
            let passed = self.is_passed_to(index);
            let streamed = self.streams()
                && verified
                && !passed
                && votes
                    .first()
                    .is_some_and(|(_, hash)| self.shelf.complete(index, *hash).is_some());
            let has = votes.iter().any(|(node, _)| self.fetches.has_from(index, *node));
            if (streamed || has) && !more {
                continue;
            }
            let mut nodes = self.nodes.candidates(index, now);
            if passed {
                nodes.retain(|node| self.nodes.is_on_chain(*node));
            }
            if more {
                // Who has sent it whole has nothing to add; who has not spoken has the most.
                nodes.retain(|node| !self.fetches.has_from(index, *node));
                let operators = &self.plan.operators;
                let spoken = |node: usize| votes.iter().any(|(by, _)| operators.of(*by) == node);
                nodes.sort_by_key(|node| spoken(operators.of(*node)));
            }
            if let Some(node) = self.fetches.begin(index, &nodes, now) {
                return Some(Action::Fetch { node, index, whole: true });
            }
        }
        None
    }

    pub(super) fn outage(&mut self, now: Instant) -> Option<Action> {
        let wanting = match self.done() {
            Some(done) => self.goal(now).is_some_and(|goal| goal > done),
            // Nobody knows where to begin.
            None => true,
        };
        if !wanting && !self.nodes.all_lost() {
            self.progress = now;
        }
        let stuck = now >= self.progress + STUCK;
        if self.outage.is_some() || !(stuck || self.nodes.all_lost()) {
            return None;
        }
        self.outage = Some(now);
        Some(Action::Outage { after: self.done(), failures: self.nodes.failures() })
    }

    /// Where it was not said where to begin, as many must stand there as must agree: one alone may be wrong by
    /// any number of ledgers.
    pub(super) fn begin(&mut self) {
        if self.place.is_none() {
            let tip = self.nodes.agreed_tip(&self.plan.operators, self.needed(), AHEAD);
            tip.into_iter().for_each(|tip| self.stand(tip, None, Vec::new()));
        }
    }

    /// Who was to begin with the next ledger took the word of the first ones for it. If they are gone, and
    /// the others know nothing of such a ledger, it begins with the next one of theirs.
    pub(super) fn begin_anew(&mut self, now: Instant) {
        if self.begun || !matches!(self.plan.start, Start::Now) {
            return;
        }
        // Those who did not agree may have come to the same ledger since.
        self.begin();
        self.announce();
        let tip = self.done().and_then(|done| self.nodes.is_behind(done, AHEAD, now));
        if let Some(tip) = tip {
            self.stand(tip, None, Vec::new());
            self.announced = false;
            self.announce();
        }
    }

    pub(super) fn end(&self, now: Instant) -> Option<End> {
        let place = self.place.as_ref()?;
        if self.plan.to.is_some_and(|to| place.done >= to) {
            return Some(End::Reached);
        }
        if let (Some(expected), Some(found), true) =
            (place.hash, self.found, self.nodes.all_refute())
        {
            return Some(End::OtherChain { index: place.done, expected, found });
        }
        let next = place.done.saturating_add(1);
        if let (false, Some(tip)) = (self.begun, self.nodes.is_behind(place.done, AHEAD, now)) {
            let from_cursor = place.hash.is_some() || !place.skip.is_empty();
            let asked = if from_cursor { place.done } else { next };
            return Some(End::BeyondTip { asked, tip });
        }
        if now < self.progress + GAP_PATIENCE {
            return None;
        }
        let next = self.next_ledger().unwrap_or(next);
        let found = self.nodes.gap_at(next, self.progress, now)?;
        let to = found.saturating_sub(1).clamp(next, self.plan.to.unwrap_or(u32::MAX).max(next));
        Some(End::Gap { from: next, to })
    }
}

#[cfg(test)]
mod tests;
