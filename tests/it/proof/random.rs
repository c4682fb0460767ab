//! Bytes and text that anybody may send: nothing panics, and what is taken is taken for good reason.

use proptest::{prelude::*, sample::Index};
use xrpl_txdata::{
    LedgerHash,
    proof::{
        LedgerHeader, Manifest, Proof, PublicKey, Publisher, SignedList, TransactionTree,
        Validation,
    },
    testing::signing::Validator,
};

use super::world::{NOW, World};

/// What a good object becomes when some bytes are changed, cut off, doubled or put in.
fn damaged(good: &[u8], damage: &[(Index, u8, u8)]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for (place, kind, value) in damage {
        if bytes.is_empty() {
            break;
        }
        let at = place.index(bytes.len());
        match kind % 4 {
            0 => bytes[at] = *value,
            1 => bytes.truncate(at),
            2 => bytes.insert(at, *value),
            _ => bytes.extend_from_within(at..),
        }
    }
    bytes
}

fn damage() -> impl Strategy<Value = Vec<(Index, u8, u8)>> {
    prop::collection::vec(any::<(Index, u8, u8)>(), 1..6)
}

proptest! {
    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Manifest::verify(&bytes).is_err());
        prop_assert!(Validation::verify(&bytes).is_err());
        prop_assert_eq!(LedgerHeader::from_bytes(&bytes).is_ok(), bytes.len() == 118);
        if let Some(key) = bytes.first_chunk().and_then(|key| PublicKey::from_bytes(*key)) {
            prop_assert!(key.verify(&bytes, &bytes[33..]).is_err());
        }
    }

    #[test]
    fn damaged_objects_never_panic_nor_pass(damage in damage()) {
        let validator = Validator::new("v");
        let (manifest, validation) =
            (validator.manifest(), validator.validation(7, &LedgerHash::from_bytes([7; 32])));
        let bad = damaged(&manifest, &damage);
        prop_assert_eq!(Manifest::verify(&bad).is_ok(), bad == manifest);
        let bad = damaged(&validation, &damage);
        prop_assert_eq!(Validation::verify(&bad).is_ok(), bad == validation);
    }

    #[test]
    fn text_never_panics(text in ".{0,300}") {
        prop_assert!(SignedList::read_all(&text).is_err());
        prop_assert!(Proof::from_json(&text).is_err());
        prop_assert!(text.parse::<PublicKey>().is_err());
        prop_assert!(Manifest::from_text(&text).is_err());
    }

    #[test]
    fn damaged_documents_never_panic_nor_prove_anything_else(damage in damage()) {
        let world = World::new(2);
        let publishers = [world.publisher.master_key()];
        let proof = world.proof_by_chain();
        for json in [proof.to_json(), proof.to_json_with_tree(&world.tree).unwrap()] {
            let text = damaged(json.as_bytes(), &damage);
            let Ok(text) = String::from_utf8(text) else { continue };
            if let Ok(Ok(proven)) =
                Proof::from_json(&text).map(|read| read.verify_published(&publishers, NOW))
            {
                prop_assert_eq!(*proven.id(), world.id());
                prop_assert_eq!(proven.metadata(), &world.transactions[0].1[..]);
                prop_assert_eq!(*proven.header(), world.headers[0]);
            }
        }
        let blob = Validator::blob(7, 500, 1_500, &world.validators);
        let list = world.publisher.publish(&blob);
        if let Ok(text) = String::from_utf8(damaged(list.as_bytes(), &damage)) {
            let mut publisher = Publisher::new(world.publisher.master_key());
            if let Ok(list) = publisher.accept(&text, NOW) {
                prop_assert_eq!(&list.signed().blob, blob.as_bytes());
            }
        }
    }

    #[test]
    fn any_ledger_has_a_path_for_each_of_its_transactions(
        sizes in prop::collection::vec((0usize..300, 0usize..300), 0..40),
    ) {
        let transactions: Vec<_> = sizes
            .iter()
            .enumerate()
            .map(|(n, (transaction, metadata))| {
                let mut transaction = vec![0; *transaction];
                transaction.extend(n.to_be_bytes());
                (transaction, vec![n as u8; *metadata])
            })
            .collect();
        let tree = TransactionTree::new(transactions.clone()).unwrap();
        prop_assert_eq!(tree.len(), sizes.len());
        let (first, last) = (tree.ids().next().copied(), tree.ids().last().copied());
        prop_assert!(first <= last);
        for (transaction, metadata) in &transactions {
            let one = TransactionTree::new([(transaction, metadata)]).unwrap();
            let id = *one.ids().next().unwrap();
            let path = tree.path(&id).unwrap();
            prop_assert_eq!(path.root(&id, transaction, metadata), Ok(tree.root()));
        }
    }
}
