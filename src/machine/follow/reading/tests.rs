//! What of a ledger is handed out, in which order, and who is to blame for what cannot be.

use serde_json::Value;

use super::*;
use crate::{
    codec::{self, Definitions},
    machine::follow::stories::world::{Node, World},
    types::AccountId,
};

const LEDGER: (u32, LedgerHash) = (120, LedgerHash::from_bytes([0x11; 32]));

fn id(n: u8) -> AccountId {
    AccountId::from_bytes([n; 20])
}

fn names() -> Vec<String> {
    vec!["ws://n0.test".to_owned(), "ws://n1.test".to_owned()]
}

/// A payment to an account at a place in its ledger: as it hashes, and as a stream tells it.
fn payment(network: Option<u32>, to: AccountId, place: u32) -> (TxHash, Value) {
    let kind = if network == Some(21_337) { "Invoke" } else { "Payment" };
    let mut tx = json!({
        "TransactionType": kind, "Account": id(99), "Destination": to, "Fee": "10",
        "Sequence": place + 1, "SigningPubKey": "", "Flags": 0,
    });
    if kind == "Payment" {
        tx["Amount"] = json!("1");
        network.into_iter().for_each(|network| tx["NetworkID"] = json!(network));
    }
    let definitions = Chain::of_network(network.unwrap_or(0)).definitions();
    let blob = definitions.encode_transaction(tx.as_object().unwrap()).unwrap();
    let hash = codec::transaction_id(&blob);
    let message = json!({
        "type": "transaction", "validated": true, "hash": hash, "tx_json": tx,
        "meta": {
            "TransactionIndex": place, "TransactionResult": "tesSUCCESS",
            "AffectedNodes": [{ "ModifiedNode": {
                "LedgerEntryType": "AccountRoot", "LedgerIndex": "07".repeat(32),
                "FinalFields": { "Account": to, "Balance": "5" },
                "PreviousFields": { "Balance": "4" },
            } }],
        },
        "ledger_index": LEDGER.0, "ledger_hash": LEDGER.1,
        "close_time_iso": "2026-01-01T00:00:00Z",
    });
    (hash, message)
}

fn body(node: usize, (hash, message): &(TxHash, Value)) -> (TxHash, Body) {
    (*hash, Body { node, text: message.to_string().into() })
}

fn read(
    network_id: u32,
    filter: Filter,
    bodies: Vec<(TxHash, Body)>,
) -> Result<Vec<Item>, Trouble> {
    let (accounts, names) = (Accounts::new([id(1)]), names());
    Reader { accounts: &accounts, filter, network_id, names: &names }.streamed(LEDGER, bodies)
}

#[test]
fn what_concerns_an_account_is_handed_out_in_the_order_of_execution() {
    let payments = [payment(None, id(1), 2), payment(None, id(2), 1), payment(None, id(1), 0)];
    let bodies = payments.iter().zip([1, 0, 0]).map(|(one, node)| body(node, one)).collect();
    let items = read(0, Filter::Incoming, bodies).unwrap();
    let told: Vec<_> = items
        .iter()
        .map(|item| {
            let (source, received) = (item.transaction.source(), item.received.as_ref());
            assert_eq!(source.resolved_by, ResolvedBy::LedgerWatch);
            let received = received.map_or(0, Vec::len);
            (item.transaction.transaction_index(), source.endpoint.as_str(), received)
        })
        .collect();
    assert_eq!(told, [(0, "ws://n0.test", 1), (2, "ws://n1.test", 1)]);
}

#[test]
fn a_balance_that_cannot_be_read_is_handed_out_whosever_it_is() {
    let limit = |account: u8| json!({"currency": "USD", "issuer": id(account), "value": "0"});
    let balance = |value: &str| json!({"currency": "USD", "issuer": id(0), "value": value});
    for (value, handed_out) in [("0x5", true), ("4", false), ("5", true)] {
        let mut paid = payment(None, id(1), 0);
        paid.1["meta"]["AffectedNodes"] = json!([{ "ModifiedNode": {
            "LedgerEntryType": "RippleState", "LedgerIndex": "07".repeat(32),
            "FinalFields": {
                "Balance": balance(value), "LowLimit": limit(1), "HighLimit": limit(2),
            },
            "PreviousFields": { "Balance": balance("4") },
        } }]);
        let items = read(0, Filter::Incoming, vec![body(0, &paid)]).unwrap();
        assert_eq!(items.len(), usize::from(handed_out), "{value}");
    }
}

#[test]
fn a_transaction_of_xahau_is_read_in_its_own_words() {
    let invoke = payment(Some(21_337), id(1), 0);
    let items = read(21_337, Filter::Touching, vec![body(0, &invoke)]).unwrap();
    assert_eq!(items[0].transaction.hash(), invoke.0);
    let trouble = read(0, Filter::Touching, vec![body(1, &invoke)]).unwrap_err();
    assert!(matches!(trouble, Trouble::Unreadable(1, _)), "{trouble:?}");
}

#[test]
fn who_sends_what_cannot_be_is_named() {
    let good = payment(None, id(1), 0);
    let changed = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed.1[name] = value;
        vec![body(1, &changed)]
    };
    let other_name = vec![(payment(None, id(1), 1).0, body(1, &good).1)];
    let twice = vec![body(1, &good), body(1, &payment(None, id(1), 0))];
    for (bodies, reason) in [
        (changed("ledger_index", json!(121)), "two places"),
        (changed("ledger_hash", json!("22".repeat(32))), "two places"),
        (changed("tx_json", json!(5)), ""),
        (other_name, ""),
        (twice, "two transactions in one place"),
    ] {
        match read(0, Filter::Touching, bodies) {
            Err(Trouble::Unreadable(1, Failure::Unreadable(text))) => {
                assert!(text.contains(reason), "{text}");
            }
            other => panic!("{reason}: {other:?}"),
        }
    }
    let elsewhere = payment(Some(21_000), id(1), 0);
    match read(0, Filter::Touching, vec![body(1, &elsewhere)]) {
        Err(Trouble::Lie(1, Failure::Unfit(unfit))) => {
            assert_eq!(unfit, Unfit::OtherNetwork { expected: 0, found: 21_000 });
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn of_a_whole_ledger_is_read_what_names_an_account_in_either_part() {
    // Who sends it, who is to be paid, and whose entry changes.
    for (sender, to, changed, concerns) in
        [(99, 1, 1, true), (99, 2, 1, true), (1, 2, 2, true), (99, 1, 2, false), (99, 2, 2, false)]
    {
        let (_, mut message) = payment(None, id(to), 0);
        message["tx_json"]["Account"] = json!(id(sender));
        message["meta"]["AffectedNodes"][0]["ModifiedNode"]["FinalFields"]["Account"] =
            json!(id(changed));
        let part = |name: &str| message[name].as_object().unwrap();
        let blob = Definitions::xrpl().encode_transaction(part("tx_json")).unwrap();
        let meta = Definitions::xrpl().encode_metadata(part("meta")).unwrap();
        let hash = codec::transaction_id(&blob);
        let mut ledger = Node::new(false, false).ledger(&World::new(), 130, true).unwrap();
        ledger.transactions = Some(vec![Entry { hash, blob, meta }]);
        let (accounts, names) = (Accounts::new([id(1)]), names());
        let filter = Filter::Touching;
        let reader = Reader { accounts: &accounts, filter, network_id: 0, names: &names };
        let items = reader.whole(1, &ledger).unwrap();
        let hashes: Vec<_> = items.iter().map(|item| item.transaction.hash()).collect();
        let expected: Vec<_> = concerns.then_some(hash).into_iter().collect();
        assert_eq!(hashes, expected, "{sender} {to} {changed}");
    }
}
