//! What the transaction cost, and who paid that.

use serde::Serialize;

use super::{
    balances::{BalanceChanges, LockedIn},
    fields::{self, Object},
    outcome::TxResult,
};
use crate::types::{AccountId, Amount, Asset, Drops};

/// Bit of `SponsorFlags` that makes the sponsor pay the fee (XLS-68).
const SPONSOR_PAYS_FEE: u32 = 1;

/// The fee of a transaction. It is burnt, and it is part of the XRP change of the account that paid
/// it, unless it came out of a sponsorship.
///
/// JSON: `{"drops", "payer", "source"}`, `source` being `balance` or `sponsorship`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fee {
    /// What was charged. Zero for inner transactions of a batch (the outer one pays) and for
    /// those that the network itself makes.
    pub drops: Drops,
    /// Who paid: the sender, its delegate (XLS-75), or its sponsor (XLS-68).
    pub payer: AccountId,
    /// Out of what.
    pub source: FeeSource,
}

/// Where a fee is taken from.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeSource {
    /// The payer's XRP balance.
    Balance,
    /// What the sponsor had set aside; its balance does not change.
    Sponsorship,
}

impl Fee {
    pub(crate) fn read(
        transaction: &Object,
        sender: AccountId,
        result: &TxResult,
        balances: &BalanceChanges,
    ) -> Fee {
        let sponsored =
            fields::uint32(transaction, "SponsorFlags").unwrap_or_default() & SPONSOR_PAYS_FEE != 0;
        let sponsor = fields::account(transaction, "Sponsor").filter(|_| sponsored);
        let payer = sponsor.or_else(|| fields::account(transaction, "Delegate")).unwrap_or(sender);
        let set_aside = |one: &super::LockedChange| {
            one.place == LockedIn::Sponsorship
                && one.owner == Some(payer)
                && one.delta.is_negative()
        };
        let from_sponsorship = sponsor.is_some() && balances.locked().iter().any(set_aside);
        let source = if from_sponsorship { FeeSource::Sponsorship } else { FeeSource::Balance };
        let offered = fields::text(transaction, "Fee").and_then(|fee| fee.parse().ok());
        let mut fee = Fee { drops: offered.unwrap_or(Drops::ZERO), payer, source };
        if !result.is_success() && source == FeeSource::Balance {
            fee.limit_to_what_was_there(balances);
        }
        fee
    }

    /// An account that has less than the fee fails and loses what it has.
    fn limit_to_what_was_there(&mut self, balances: &BalanceChanges) {
        if let Some(Amount::Xrp(gained)) = balances.delta(&self.payer, Asset::Xrp)
            && let Some(lost) = gained.checked_neg()
            && !lost.is_negative()
            && lost < self.drops
        {
            self.drops = lost;
        }
    }

    /// The part of the account's XRP change that is the fee.
    pub(crate) fn charged_to(&self, account: &AccountId) -> Drops {
        match self.source {
            FeeSource::Balance if self.payer == *account => self.drops,
            _ => Drops::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SENDER: &str = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY";
    const OTHER: &str = "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B";

    fn fee(transaction: Value, result: &str, nodes: Value) -> Fee {
        let metadata = json!({ "AffectedNodes": nodes });
        let balances = BalanceChanges::from_metadata(&metadata).unwrap();
        let sender = SENDER.parse().unwrap();
        Fee::read(transaction.as_object().unwrap(), sender, &TxResult::new(result), &balances)
    }

    fn root(account: &str, before: &str, after: &str) -> Value {
        json!({"ModifiedNode": {"LedgerEntryType": "AccountRoot",
            "FinalFields": {"Account": account, "Balance": after},
            "PreviousFields": {"Balance": before}}})
    }

    #[test]
    fn the_sender_pays_unless_a_delegate_or_sponsor_does() {
        for (transaction, payer) in [
            (json!({"Account": SENDER, "Fee": "12"}), SENDER),
            (json!({"Account": SENDER, "Delegate": OTHER, "Fee": "12"}), OTHER),
            (json!({"Account": SENDER, "Sponsor": OTHER, "SponsorFlags": 1, "Fee": "12"}), OTHER),
            // This sponsor carries the reserve only.
            (json!({"Account": SENDER, "Sponsor": OTHER, "SponsorFlags": 2, "Fee": "12"}), SENDER),
            (json!({"Account": SENDER, "Sponsor": OTHER, "Fee": "12"}), SENDER),
        ] {
            let fee = fee(transaction, "tesSUCCESS", json!([]));
            assert_eq!(fee.payer.to_string(), payer);
            assert_eq!(fee.charged_to(&payer.parse().unwrap()), Drops::new(12));
            let bystander = if payer == SENDER { OTHER } else { SENDER };
            assert_eq!(fee.charged_to(&bystander.parse().unwrap()), Drops::ZERO);
        }
    }

    #[test]
    fn a_sponsorship_pays_in_place_of_its_owners_balance() {
        let nodes = json!([{"ModifiedNode": {"LedgerEntryType": "Sponsorship",
            "FinalFields": {"Owner": OTHER, "Sponsee": SENDER, "FeeAmount": "88"},
            "PreviousFields": {"FeeAmount": "100"}}}]);
        let fee = fee(
            json!({"Account": SENDER, "Sponsor": OTHER, "SponsorFlags": 1, "Fee": "12"}),
            "tesSUCCESS",
            nodes,
        );
        assert_eq!((fee.drops, fee.source), (Drops::new(12), FeeSource::Sponsorship));
        assert_eq!(fee.charged_to(&fee.payer), Drops::ZERO);
    }

    #[test]
    fn what_others_set_aside_or_for_other_ends_pays_no_fee() {
        let sponsorship = |owner: &str, before: &str, after: &str| {
            json!({"ModifiedNode": {"LedgerEntryType": "Sponsorship",
                "FinalFields": {"Owner": owner, "Sponsee": SENDER, "FeeAmount": after},
                "PreviousFields": {"FeeAmount": before}}})
        };
        let escrow = json!({"DeletedNode": {"LedgerEntryType": "Escrow",
            "FinalFields": {"Account": OTHER, "Destination": SENDER, "Amount": "100"}}});
        for (node, source) in [
            (sponsorship(OTHER, "100", "88"), FeeSource::Sponsorship),
            (sponsorship(SENDER, "100", "88"), FeeSource::Balance),
            (sponsorship(OTHER, "88", "100"), FeeSource::Balance),
            (escrow, FeeSource::Balance),
        ] {
            let transaction =
                json!({"Account": SENDER, "Sponsor": OTHER, "SponsorFlags": 1, "Fee": "12"});
            let fee = fee(transaction, "tesSUCCESS", json!([node.clone()]));
            assert_eq!(fee.source, source, "{node}");
        }
    }

    #[test]
    fn inner_transactions_of_a_batch_pay_nothing() {
        let fee = fee(json!({"Account": SENDER, "Fee": "0"}), "tesSUCCESS", json!([]));
        assert_eq!(fee.drops, Drops::ZERO);
    }

    #[test]
    fn an_almost_empty_account_pays_what_it_has() {
        let transaction = json!({"Account": SENDER, "Fee": "12"});
        let poor = json!([root(SENDER, "5", "0")]);
        assert_eq!(fee(transaction.clone(), "tecINSUFF_FEE", poor.clone()).drops, Drops::new(5));
        let rich = json!([root(SENDER, "50", "38")]);
        assert_eq!(fee(transaction.clone(), "tecPATH_DRY", rich).drops, Drops::new(12));
        // A success moves XRP for other reasons too.
        assert_eq!(fee(transaction, "tesSUCCESS", poor).drops, Drops::new(12));
    }
}
