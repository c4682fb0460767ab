//! Step 10 of the trip: what a lookup has learned, as its answer.

use std::collections::{BTreeMap, BTreeSet};

use super::Question;
use crate::{
    client::{
        absence::{Absence, Lookup, Searched},
        asking::{Finding, Raced, Short},
    },
    error::{Attempt, Error, Failure, Step},
    machine::finality::{Looked, Window, closed_before, needed_for_finality, surely_searched},
    tx::Source,
    types::TxKey,
    wire::ranges::LedgerRanges,
};

impl Question<'_> {
    pub(super) fn told(&self, raced: Raced) -> Result<Lookup, Error> {
        match raced {
            Raced::Found(finding) => Ok(self.found(finding)),
            Raced::Absent { searched, attempts } => {
                let is_final = self.is_never(&searched);
                Ok(self.absent(searched, attempts, is_final))
            }
            Raced::Short(Short { error, claimed, searched }) => {
                let attempts = error.attempts().to_vec();
                self.never(&claimed.into_iter().collect(), searched, attempts).ok_or(error)
            }
            Raced::Failed(error) => Err(error),
        }
    }

    /// "Never", if direct answers alone show it, whatever these claim: one liar could keep everybody from
    /// it. It is as certain as what is found: where fewer lie than must agree, one of those who have looked
    /// is honest. And all were asked when it was claimed, so that those who have it too have said so.
    pub(super) fn never(
        &self,
        claimed: &BTreeSet<usize>,
        mut searched: Vec<(usize, LedgerRanges)>,
        mut attempts: Vec<Attempt>,
    ) -> Option<Lookup> {
        let witnesses = self.inner().operators.witnesses();
        // Whoever says both has not looked.
        let claims = |node| claimed.iter().any(|one| witnesses.of(*one) == witnesses.of(node));
        searched.retain(|(node, _)| !claims(*node));
        if !self.is_never(&searched) {
            return None;
        }
        attempts.retain(|one| {
            !matches!(one.failure, Failure::NotThere { .. } | Failure::Unconfirmed { .. })
        });
        if self.agreement() > 1 {
            let unconfirmed = || Failure::Unconfirmed { needed: self.asked.agreement };
            attempts.extend(claimed.iter().map(|node| self.vain(*node, unconfirmed())));
        }
        Some(self.absent(searched, attempts, true))
    }

    pub(super) fn found(&self, finding: Finding) -> Lookup {
        let Finding { tx, node, resolved_by, agreed, attempts } = finding;
        let agreed = agreed.into_iter().map(|node| self.endpoint(node)).collect();
        let (endpoint, elapsed) = (self.endpoint(node), self.started.elapsed());
        let source = Source { resolved_by, elapsed, agreed, attempts, ..Source::of(endpoint) };
        Lookup::Found(tx.answered(source, self.inner().native_asset.as_ref()))
    }

    /// A node that did not have what others have.
    pub(super) fn missed(&self, node: usize, ledgers: &LedgerRanges) -> Attempt {
        self.vain(node, Failure::NotThere { ledgers: ledgers.to_string() })
    }

    fn vain(&self, node: usize, failure: Failure) -> Attempt {
        let elapsed = self.started.elapsed();
        let endpoint = self.inner().pool.nodes()[node].endpoint();
        Attempt::new(endpoint, Step::Transaction, elapsed, failure)
    }

    /// Of how many operators "never" must be the word.
    pub(super) fn needed_for_never(&self) -> usize {
        needed_for_finality(&self.inner().operators.witnesses(), self.asked.agreement)
    }

    /// Whether direct answers alone show that it can never come.
    fn is_never(&self, searched: &[(usize, LedgerRanges)]) -> bool {
        let window = match (self.key, self.asked.last_ledger) {
            (TxKey::Ctid(ctid), _) => {
                let index = ctid.ledger_index();
                Window { first: Some(index), last: index }
            }
            (TxKey::Hash(_), Some(last)) => Window { first: self.asked.first_ledger, last },
            (TxKey::Hash(_), None) => return false,
        };
        let (told, since) = (LedgerRanges::new(), 0);
        let sure: Vec<(usize, LedgerRanges)> =
            searched.iter().map(|(node, asked)| (*node, self.sure(asked))).collect();
        let looked = sure.iter().filter_map(|(node, asked)| {
            let began = closed_before(asked.bounds()?.1, self.started.elapsed());
            Some(Looked { node: *node, began, asked, told: &told, since })
        });
        let witnesses = self.inner().operators.witnesses();
        let needed = (&witnesses, self.needed_for_never());
        window.is_settled(looked, self.inner().rules.full_history, needed)
    }

    /// Where it surely is not, of the ledgers in which a node did not find it. The list of its ledger has shown
    /// that a place is empty.
    pub(super) fn sure(&self, searched: &LedgerRanges) -> LedgerRanges {
        match self.key {
            TxKey::Hash(_) => surely_searched(searched),
            TxKey::Ctid(_) => searched.clone(),
        }
    }

    pub(super) fn absent(
        &self,
        searched: impl IntoIterator<Item = (usize, LedgerRanges)>,
        attempts: Vec<Attempt>,
        is_final: bool,
    ) -> Lookup {
        let mut by_node: BTreeMap<usize, LedgerRanges> = BTreeMap::new();
        for (node, ledgers) in searched {
            by_node.entry(node).or_default().extend(&ledgers);
        }
        let searched = by_node
            .into_iter()
            .map(|(node, ledgers)| Searched { endpoint: self.endpoint(node), ledgers })
            .collect();
        let elapsed = self.started.elapsed();
        Lookup::Absent(Absence::new(*self.key, searched, is_final, attempts, elapsed))
    }

    fn endpoint(&self, node: usize) -> String {
        self.inner().pool.nodes()[node].endpoint().to_string()
    }
}
