//! A small ledger with validators and a publisher of its own, to make proofs from.

use serde_json::Value;
use xrpl_txdata::{
    Hash256, LedgerHash, RippleTime, TxHash,
    proof::{
        LedgerHeader, Manifest, Proof, Publisher, TransactionTree, TrustedValidators, Validation,
        ValidatorList,
    },
    testing::signing::Validator,
};

pub(super) const NOW: RippleTime = RippleTime::from_seconds(1_000);

pub(super) struct World {
    pub(super) publisher: Validator,
    /// The last one has changed its signing key since the list was published.
    pub(super) validators: Vec<Validator>,
    pub(super) list: ValidatorList,
    /// With their metadata.
    pub(super) transactions: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) tree: TransactionTree,
    /// The ledger of the transactions, and some that follow.
    pub(super) headers: Vec<LedgerHeader>,
}

impl World {
    /// With so many validators on the list.
    pub(super) fn new(validators: usize) -> World {
        let publisher = Validator::new("publisher");
        let name = |n| Validator::new(&format!("validator {n}"));
        let mut validators: Vec<_> = (0..validators).map(name).collect();
        let blob = Validator::blob(7, 500, 1_500, &validators);
        let list = Publisher::new(publisher.master_key()).accept(&publisher.publish(&blob), NOW);
        let last = validators.last_mut().unwrap();
        *last = last.rotated();
        let transactions: Vec<_> = (0..3u8).map(|n| (vec![n; 40], vec![0xF0 | n; 30])).collect();
        let tree = TransactionTree::new(transactions.clone()).unwrap();
        let headers = headers(tree.root(), 4);
        World { publisher, validators, list: list.unwrap(), transactions, tree, headers }
    }

    /// A proof of the first transaction by all validators, whose signature is on ledger 7.
    pub(super) fn proof(&self) -> Proof {
        let (transaction, metadata) = &self.transactions[0];
        let header = self.headers[0];
        let validations: Vec<_> = self.validators.iter().map(|v| signed(v, &header)).collect();
        Proof::new(header, &self.tree, transaction, metadata)
            .unwrap()
            .with_validations(&validations)
            .with_list(&self.list)
            .with_manifests(&[self.newer_manifest()])
    }

    /// The same, but the signatures are on ledger 9.
    pub(super) fn proof_by_chain(&self) -> Proof {
        let signed_header = self.headers[2];
        let all = self.validators.iter().chain([&self.stranger()]).cloned().collect::<Vec<_>>();
        let validations: Vec<_> = all.iter().map(|v| signed(v, &signed_header)).collect();
        self.proof()
            .with_later(self.headers[1..=2].to_vec())
            .unwrap()
            .with_validations(&validations)
    }

    pub(super) fn newer_manifest(&self) -> Manifest {
        Manifest::verify(&self.validators.last().unwrap().manifest()).unwrap()
    }

    /// One that is on no list.
    pub(super) fn stranger(&self) -> Validator {
        Validator::new("stranger")
    }

    pub(super) fn trusted(&self) -> TrustedValidators {
        TrustedValidators::from_lists(std::slice::from_ref(&self.list)).unwrap()
    }

    pub(super) fn id(&self) -> TxHash {
        self.proof().id()
    }
}

pub(super) fn signed(validator: &Validator, header: &LedgerHeader) -> Validation {
    let bytes = validator.validation(header.ledger_index, &header.hash());
    Validation::verify(&bytes).unwrap()
}

/// Ledger 7 with this transaction tree, and so many that follow on it.
pub(super) fn headers(transaction_hash: Hash256, count: u32) -> Vec<LedgerHeader> {
    let mut parent_hash = LedgerHash::from_bytes([6; 32]);
    let header = |n: u32| {
        let header = LedgerHeader {
            ledger_index: 7 + n,
            total_drops: 99_999_999_999_000_000,
            parent_hash,
            transaction_hash,
            account_hash: Hash256::from_bytes([0xA0; 32]),
            parent_close_time: RippleTime::from_seconds(900 + 10 * n),
            close_time: RippleTime::from_seconds(910 + 10 * n),
            close_time_resolution: 10,
            close_flags: 0,
        };
        parent_hash = header.hash();
        header
    };
    (0..count).map(header).collect()
}

/// A document in which one part was changed by hand.
pub(super) fn edited(proof: &Proof, edit: impl FnOnce(&mut Value)) -> String {
    let mut document = serde_json::from_str(&proof.to_json()).unwrap();
    edit(&mut document);
    document.to_string()
}
