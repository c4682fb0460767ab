//! Multi-purpose tokens, where a field that is nothing is left out of the metadata.
//!
//! A modified entry tells the former value of a field that changed. But where the former value was
//! nothing, there is nothing to tell: `MPTAmount` among the final fields and not among the former
//! ones either stayed the same or grew from nothing. What an issuance's holders gain together is
//! what its outstanding amount gains; where only one choice keeps that true, it is the truth.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{LockedChange, LockedIn, read::Notes};
use crate::{
    tx::{
        fields,
        metadata::{Node, Touch},
    },
    types::{AccountId, Amount, Asset, MptId},
};

/// Most open questions per issuance that are tried out: each one doubles the choices.
const MAX_OPEN: usize = 10;

/// The fields that every holder's entry has, and the two that are solved here. An entry of these
/// alone to which something was added had one of the two added.
const PLAIN: [&str; 8] = [
    "Account",
    "Flags",
    "LockedAmount",
    "MPTAmount",
    "MPTokenIssuanceID",
    "OwnerNode",
    "PreviousTxnID",
    "PreviousTxnLgrSeq",
];

/// All issuances that the transaction touched.
#[derive(Default)]
pub(super) struct Issuances<'a>(BTreeMap<MptId, Issuance<'a>>);

#[derive(Default)]
struct Issuance<'a> {
    holders: Vec<Holder<'a>>,
    totals: Option<Totals<'a>>,
}

struct Holder<'a> {
    node: Node<'a>,
    account: AccountId,
    spendable: Count,
    locked: Count,
}

/// What the issuance's own entry says.
struct Totals<'a> {
    node: Node<'a>,
    outstanding: Count,
    locked: Count,
    confidential: Count,
}

/// A count of tokens before and after.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    Known {
        before: i64,
        after: i64,
    },
    /// It is so many now, and was as many before or none.
    Open {
        after: i64,
    },
    Unreadable,
}

impl<'a> Issuances<'a> {
    /// An `MPToken`: what one account holds.
    pub(super) fn holder(&mut self, node: &Node<'a>, notes: &mut Notes) {
        let Some(fields) = node.fields else { return };
        let id = fields::mpt_id(fields, "MPTokenIssuanceID");
        let account = fields::account(fields, "Account");
        let (Some(id), Some(account)) = (id, account) else {
            let asset = id.map(Asset::Mpt);
            return notes.unknown_balance(node.path(), account, asset, "it names no holder");
        };
        let spendable = Count::read(node, "MPTAmount");
        let locked = Count::read(node, "LockedAmount");
        let holder = Holder { node: *node, account, spendable, locked };
        self.0.entry(id).or_default().holders.push(holder);
    }

    /// An `MPTokenIssuance`.
    pub(super) fn issuance(&mut self, node: &Node<'a>, notes: &mut Notes) {
        let Some(fields) = node.fields else { return };
        // A new issuance of sequence 0 leaves the field out.
        let none = (node.touch == Touch::Created).then_some(0);
        let sequence = match fields.get("Sequence") {
            Some(sequence) => fields::number(sequence),
            None => none,
        };
        let (Some(sequence), Some(issuer)) = (sequence, fields::account(fields, "Issuer")) else {
            return notes.unknown_balance(node.path(), None, None, "it names no issuance");
        };
        let totals = Totals {
            node: *node,
            outstanding: Count::required(node, "OutstandingAmount"),
            locked: Count::read(node, "LockedAmount"),
            confidential: Count::read(node, "ConfidentialOutstandingAmount"),
        };
        self.0.entry(MptId::new(sequence, issuer)).or_default().totals = Some(totals);
    }

    /// Notes what is certain about all of them.
    pub(super) fn solve(self, notes: &mut Notes) {
        for (id, mut issuance) in self.0 {
            issuance.decide(id, notes);
            issuance.note(id, notes);
        }
    }
}

impl Count {
    /// A field that is left out when it is nothing.
    fn read(node: &Node<'_>, name: &str) -> Count {
        let (former, latest) = (node.former(name), node.field(name));
        let (Some(before), Some(after)) = (count(former), count(latest)) else {
            return Count::Unreadable;
        };
        match node.touch {
            Touch::Created => Count::Known { before: 0, after },
            Touch::Deleted if former.is_none() => Count::Known { before: after, after: 0 },
            Touch::Deleted => Count::Known { before, after: 0 },
            Touch::Modified if former.is_some() => Count::Known { before, after },
            Touch::Modified if node.previous.is_some() && after != 0 => Count::Open { after },
            Touch::Modified => Count::Known { before: after, after },
        }
    }

    /// A field that is always there.
    fn required(node: &Node<'_>, name: &str) -> Count {
        match Count::read(node, name) {
            Count::Open { after } => Count::Known { before: after, after },
            count => count,
        }
    }

    /// By how much it grew; nothing while it is open.
    fn growth(self) -> Option<i128> {
        match self {
            Count::Known { before, after } => Some(i128::from(after) - i128::from(before)),
            Count::Open { .. } => Some(0),
            Count::Unreadable => None,
        }
    }

    fn decide(&mut self, grew: Option<bool>) {
        if let Count::Open { after } = *self {
            *self = match grew {
                Some(true) => Count::Known { before: 0, after },
                Some(false) => Count::Known { before: after, after },
                None => Count::Unreadable,
            };
        }
    }
}

/// Units of a token: decimal digits as rippled writes them, at most 2^63 − 1. Early development
/// networks wrote hexadecimal ones; those that could be either are refused.
fn count(value: Option<&Value>) -> Option<i64> {
    let Some(value) = value else { return Some(0) };
    let digits = value.as_str()?;
    let decimal = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    if decimal { digits.parse().ok() } else { None }
}

/// How a choice for one open count weighs: on the sum of all holdings, and on that of locked ones.
struct Choice {
    holdings: i128,
    locked: i128,
    /// Number of the holder who must have at least one of his counts grown.
    holder: Option<usize>,
}

impl Issuance<'_> {
    /// Every count, in one order: those of each holder, then the issuance's own.
    fn counts(&mut self) -> impl Iterator<Item = &mut Count> {
        let holders = self.holders.iter_mut().flat_map(|h| [&mut h.spendable, &mut h.locked]);
        let totals = self.totals.iter_mut().flat_map(|t| [&mut t.locked, &mut t.confidential]);
        holders.chain(totals)
    }

    /// Decides the open counts: two sums must be zero, that of all holdings less the outstanding
    /// amount, and that of the holders' locked tokens less the issuance's.
    fn decide(&mut self, id: MptId, notes: &mut Notes) {
        let balanced = self.imbalance().map(|imbalance| {
            let choices = self.choices();
            if choices.len() > MAX_OPEN {
                return (vec![None; choices.len()], true);
            }
            let grown = solve(&choices, self.must_grow(), imbalance);
            let found = grown.is_some();
            (grown.unwrap_or_else(|| vec![None; choices.len()]), found)
        });
        let (grown, found) = balanced.unwrap_or_default();
        if !found {
            notes.unknown_balance(
                self.totals.as_ref().map_or_else(|| self.first_path(), |t| t.node.path()),
                None,
                Some(Asset::Mpt(id)),
                "what its holders gained is not what the outstanding amount gained",
            );
        }
        let mut grown = grown.into_iter();
        for count in self.counts().filter(|count| matches!(count, Count::Open { .. })) {
            count.decide(grown.next().flatten());
        }
    }

    fn first_path(&self) -> String {
        self.holders.first().map(|holder| holder.node.path()).unwrap_or_default()
    }

    /// Both sums while all open counts stay the same. `None` when one cannot be read.
    fn imbalance(&self) -> Option<(i128, i128)> {
        let (mut holdings, mut locked) = (0, 0);
        for holder in &self.holders {
            let held = holder.locked.growth()?;
            holdings += holder.spendable.growth()? + held;
            locked += held;
        }
        if let Some(totals) = &self.totals {
            holdings += totals.confidential.growth()? - totals.outstanding.growth()?;
            locked -= totals.locked.growth()?;
        }
        Some((holdings, locked))
    }

    /// What growth of each open count would add to both sums, in the order of `counts`.
    fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        let mut add = |count: Count, weights: (i128, i128), holder: Option<usize>| {
            if let Count::Open { after } = count {
                let after = i128::from(after);
                let (holdings, locked) = (weights.0 * after, weights.1 * after);
                choices.push(Choice { holdings, locked, holder });
            }
        };
        for (number, holder) in self.holders.iter().enumerate() {
            add(holder.spendable, (1, 0), Some(number));
            add(holder.locked, (1, 1), Some(number));
        }
        if let Some(totals) = &self.totals {
            add(totals.locked, (0, -1), None);
            add(totals.confidential, (1, 0), None);
        }
        choices
    }

    /// Numbers of the holders to whom something was added that can only be one of the two counts.
    fn must_grow(&self) -> Vec<usize> {
        let plain = |node: &Node<'_>| {
            node.touch == Touch::Modified
                && node.previous.is_some_and(|previous| previous.is_empty())
                && node.fields.is_some_and(|f| f.keys().all(|name| PLAIN.contains(&name.as_str())))
        };
        let open = |count: Count| matches!(count, Count::Open { .. });
        let numbered = self.holders.iter().enumerate();
        numbered
            .filter(|(_, holder)| open(holder.spendable) || open(holder.locked))
            .filter(|(_, holder)| plain(&holder.node))
            .map(|(number, _)| number)
            .collect()
    }

    /// Notes all counts that are known, and which ones are not.
    fn note(&self, id: MptId, notes: &mut Notes) {
        let amount = |value: i64| Amount::Mpt { value, id };
        for holder in &self.holders {
            let account = holder.account;
            match holder.spendable {
                Count::Known { before, after } => {
                    notes.change(&holder.node, account, None, amount(before), amount(after));
                }
                _ => unknown(&holder.node, Some(account), id, None, notes),
            }
            let place = LockedIn::LockedTokens;
            note_locked(&holder.node, place, Some(account), holder.locked, id, notes);
        }
        let Some(totals) = &self.totals else { return };
        match totals.outstanding {
            Count::Known { before, after } => {
                let (before, after) = (amount(-before), amount(-after));
                notes.change(&totals.node, id.issuer(), None, before, after);
            }
            _ => unknown(&totals.node, Some(id.issuer()), id, None, notes),
        }
        let place = LockedIn::ConfidentialTokens;
        note_locked(&totals.node, place, None, totals.confidential, id, notes);
    }
}

fn note_locked(
    node: &Node<'_>,
    place: LockedIn,
    owner: Option<AccountId>,
    count: Count,
    id: MptId,
    notes: &mut Notes,
) {
    let Count::Known { before, after } = count else {
        return unknown(node, owner, id, Some(place), notes);
    };
    let amount = |value: i64| Amount::Mpt { value, id };
    notes.locked(LockedChange {
        place,
        entry: node.index.and_then(|index| index.parse().ok()),
        owner,
        destination: None,
        before: amount(before),
        after: amount(after),
        // Both are 0 or more.
        delta: amount(after.saturating_sub(before)),
        on_the_line: false,
    });
}

/// The only way to choose that makes both sums zero: per choice whether it grew, `None` where some
/// ways say so and others not. `None` when there is no way at all.
fn solve(
    choices: &[Choice],
    must_grow: Vec<usize>,
    imbalance: (i128, i128),
) -> Option<Vec<Option<bool>>> {
    let mut found: Option<Vec<Option<bool>>> = None;
    for way in 0_u32..1 << choices.len() {
        let grew = |at: usize| way >> at & 1 == 1;
        let grown = choices.iter().enumerate().filter(|(at, _)| grew(*at));
        let (mut holdings, mut locked) = imbalance;
        for (_, choice) in grown.clone() {
            holdings += choice.holdings;
            locked += choice.locked;
        }
        if (holdings, locked) != (0, 0)
            || !must_grow.iter().all(|holder| grown.clone().any(|(_, c)| c.holder == Some(*holder)))
        {
            continue;
        }
        found = Some(match found {
            None => (0..choices.len()).map(|at| Some(grew(at))).collect(),
            Some(others) => {
                let agreed = |(at, other): (usize, Option<bool>)| other.filter(|o| *o == grew(at));
                others.into_iter().enumerate().map(agreed).collect()
            }
        });
    }
    found
}

fn unknown(
    node: &Node<'_>,
    account: Option<AccountId>,
    id: MptId,
    place: Option<LockedIn>,
    notes: &mut Notes,
) {
    notes.unknown(super::UnknownChange {
        path: node.path(),
        account,
        asset: Some(Asset::Mpt(id)),
        place,
        reason: "the metadata does not tell how many of these tokens there were".to_owned(),
    });
}
