//! The same ledger in other JSON: nodes that agree with each other by its bytes must not differ by what is
//! made of it.

use serde_json::{Value, json};

use super::*;
use crate::verify::PaidBy;

/// The buyer's escrow pays the shop; its tag is written like this.
fn escrow_with_tag(tag: Value) -> ValidatedTransaction {
    escrow_with("DestinationTag", tag)
}

fn escrow_with(name: &str, tag: Value) -> ValidatedTransaction {
    let transaction = json!({"TransactionType": "EscrowFinish", "Owner": BUYER, "OfferSequence": 3,
        "Destination": null, "DestinationTag": null, "Amount": null});
    let escrow = json!({"DeletedNode": {"LedgerEntryType": "Escrow", "LedgerIndex": "0".repeat(64),
        "FinalFields": {"Account": BUYER, "Destination": SHOP, "Amount": "25000000",
            name: tag}}});
    let nodes = [escrow, xrp(SHOP, 50_000_000, 75_000_000)];
    validated(&super::transaction(transaction), &metadata(&nodes))
}

#[test]
fn a_tag_is_no_missing_tag_however_it_is_written() {
    let builder = || ExpectedPayment::to(SHOP).exactly("25 XRP").ways([PaidBy::EscrowFinish]);
    let (tagged, untagged) = (builder().tag(7).build().unwrap(), builder().build().unwrap());
    let (honest, odd) = (escrow_with_tag(json!(7)), escrow_with_tag(json!("7")));
    assert!(honest.tells_the_same_as(&odd), "the bytes are the same");
    for tx in [honest, odd] {
        paid(&payment(&tx, &tagged));
        fails(&payment(&tx, &untagged), &[CheckCode::DestinationTag]);
    }
    // What is no tag at all is not the same as none either.
    for tag in [json!("seven"), json!(-1), json!(7.5), json!(4_294_967_296_u64), json!({})] {
        for expected in [&tagged, &untagged] {
            assert!(!payment(&escrow_with_tag(tag.clone()), expected).is_paid(), "{tag}");
        }
    }
}

#[test]
fn a_tag_under_another_name_is_not_the_same() {
    let (honest, hidden) = (escrow_with_tag(json!(7)), escrow_with("Unknown(2,14)", json!(7)));
    assert!(!honest.tells_the_same_as(&hidden) && !hidden.tells_the_same_as(&honest));
}

/// Names of values that have a number, and fields that have a code, in the ledger's binary form.
const WORDS: [(&str, u32); 8] = [
    ("AccountRoot", 97),
    ("Check", 67),
    ("Escrow", 117),
    ("MPToken", 127),
    ("Offer", 111),
    ("PayChannel", 120),
    ("RippleState", 114),
    ("tesSUCCESS", 0),
];
const CODES: [(&str, u8, u8); 11] = [
    ("SourceTag", 2, 3),
    ("DestinationTag", 2, 14),
    ("MPTAmount", 3, 26),
    ("Amount", 6, 1),
    ("Balance", 6, 2),
    ("TakerGets", 6, 5),
    ("DeliveredAmount", 6, 18),
    ("Account", 8, 1),
    ("Destination", 8, 3),
    ("PreviousFields", 14, 6),
    ("FinalFields", 14, 7),
];

/// All JSON that differs from this in the spelling of one thing; not all of it means the same.
fn respelled(value: &Value) -> Vec<Value> {
    match value {
        Value::Number(number) => vec![
            json!(number.to_string()),
            json!(format!("0{number}")),
            json!(format!("+{number}")),
            json!(number.as_f64()),
        ],
        Value::String(text) => {
            let mut all: Vec<Value> = [
                text.to_lowercase(),
                text.to_uppercase(),
                format!("0{text}"),
                format!("-{text}"),
                format!("{text}.0"),
                format!("{text}e0"),
                format!("{text} "),
                String::new(),
                "0000000000000000000000005553440000000000".to_owned(),
            ]
            .map(Value::from)
            .to_vec();
            all.extend(text.parse::<i64>().map(Value::from));
            let word = WORDS.iter().filter(|(word, _)| word == text);
            all.extend(word.map(|(_, number)| json!(number)));
            all
        }
        Value::Array(elements) => (0..elements.len())
            .flat_map(|at| respelled(&elements[at]).into_iter().map(move |other| (at, other)))
            .map(|(at, other)| {
                let mut elements = elements.clone();
                elements[at] = other;
                elements.into()
            })
            .collect(),
        Value::Object(members) => {
            let with = |name: &str, new: &str, other: Value| {
                let mut members = members.clone();
                members.remove(name);
                members.insert(new.to_owned(), other);
                Value::from(members)
            };
            let mut all = vec![with("", "added", json!(1))];
            if members.is_empty() {
                all.push(json!([]));
            }
            for (name, value) in members {
                all.extend(respelled(value).into_iter().map(|other| with(name, name, other)));
                let code = CODES.iter().filter(|(field, ..)| field == name);
                let unknown = code.map(|(_, kind, field)| format!("Unknown({kind},{field})"));
                let names = [format!("x{name}"), "DeliverMax".to_owned(), "Amount".to_owned()];
                all.extend(
                    names.into_iter().chain(unknown).map(|new| with(name, &new, value.clone())),
                );
            }
            all
        }
        _ => vec![],
    }
}

/// Transactions that pay, and such that nearly do.
fn stories() -> Vec<(Value, Value)> {
    let gone = |kind: &str, tag: Value, amount: Value| {
        let mut fields = json!({"Account": BUYER, "Destination": SHOP, "Amount": amount});
        if !tag.is_null() {
            fields["DestinationTag"] = tag;
        }
        json!({"DeletedNode": {"LedgerEntryType": kind, "LedgerIndex": "0".repeat(64),
            "FinalFields": fields}})
    };
    let bare = |kind: &str, more: Value| {
        let mut transaction = transaction(json!({"TransactionType": kind, "Account": OTHER,
            "Destination": null, "DestinationTag": null, "Amount": null}));
        for (name, value) in more.as_object().unwrap() {
            transaction[name] = value.clone();
        }
        transaction
    };
    let finish = bare("EscrowFinish", json!({"Owner": BUYER, "OfferSequence": 3}));
    let (xrp_line, usd_line) =
        (xrp(SHOP, 50_000_000, 75_000_000), line("USD", SHOP, ISSUER, "10", "35"));
    let mut stories = vec![honest()];
    for tag in [json!(7), json!(0), Value::Null] {
        let escrow = gone("Escrow", tag.clone(), json!("25000000"));
        stories.push((finish.clone(), metadata(&[escrow, xrp_line.clone()])));
        let escrow = gone("Escrow", tag.clone(), token("25", ISSUER));
        stories.push((finish.clone(), metadata(&[escrow, usd_line.clone()])));
        let mut channel = gone("PayChannel", tag.clone(), json!("90000000"));
        channel["DeletedNode"]["FinalFields"]["Balance"] = json!("40000000");
        channel["DeletedNode"]["PreviousFields"] = json!({"Balance": "15000000"});
        let claim = bare("PaymentChannelClaim", json!({"Channel": "0".repeat(64)}));
        stories.push((claim, metadata(&[channel, xrp_line.clone()])));
        let cash = json!({"Account": SHOP, "CheckID": "0".repeat(64), "Amount": "25000000"});
        let cashed = [gone("Check", tag, json!("25000000")), xrp(SHOP, 50_000_000, 74_999_988)];
        stories.push((bare("CheckCash", cash), metadata(&cashed)));
    }
    // One that was delivered in part, one in part of which an own offer was taken, a failed one.
    let partial = transaction(json!({"Amount": token("25", ISSUER), "Flags": 0x0002_0000}));
    let mut part = metadata(&[line("USD", SHOP, ISSUER, "10", "11")]);
    part["DeliveredAmount"] = token("1", ISSUER);
    part["delivered_amount"] = token("1", ISSUER);
    stories.push((partial, part));
    let offer = json!({"ModifiedNode": {"LedgerEntryType": "Offer", "LedgerIndex": "0".repeat(64),
        "FinalFields": {"Account": SHOP, "TakerGets": "1", "TakerPays": token("0", ISSUER)},
        "PreviousFields": {"TakerGets": "2", "TakerPays": token("24", ISSUER)}}});
    let full = transaction(json!({"Amount": token("25", ISSUER)}));
    stories.push((full.clone(), metadata(&[usd_line.clone(), offer])));
    let mut failed = metadata(&[usd_line]);
    failed["TransactionResult"] = json!("tecPATH_DRY");
    stories.push((full, failed));
    stories
}

/// Nodes agree when their metadata are the same bytes. Whatever one of them writes that is the same, no order
/// is paid by it that is not paid by the ledger.
#[test]
fn no_spelling_pays_what_the_ledger_does_not() {
    let amounts = ["25 XRP".to_owned(), format!("25 USD:{ISSUER}"), format!("24 USD:{ISSUER}")];
    let orders: Vec<ExpectedPayment> = amounts
        .iter()
        .flat_map(|amount| {
            let order = || ExpectedPayment::to(SHOP).at_least(amount).ways(PaidBy::ALL);
            [order(), order().tag(7), order().tag(0)].map(|order| order.build().unwrap())
        })
        .collect();
    let (mut same, mut paying) = (0, 0);
    for (transaction, metadata) in stories() {
        let truth = validated(&transaction, &metadata);
        let verdicts: Vec<Verdict> = orders.iter().map(|order| payment(&truth, order)).collect();
        paying += verdicts.iter().filter(|verdict| verdict.is_paid()).count();
        for other in respelled(&metadata) {
            let reply = json!({"tx_json": transaction, "meta": other, "validated": true,
                "ledger_index": LEDGER, "close_time_iso": CLOSED});
            let record = TxRecord::from_value(reply, &Around::default());
            let Ok(record) = record.map(|record| record.bind(truth.hash()).unwrap()) else {
                continue;
            };
            let told = ValidatedTransaction::new(record, 0, Source::of("wss://odd.test")).unwrap();
            if !told.tells_the_same_as(&truth) {
                continue;
            }
            same += 1;
            for (order, verdict) in orders.iter().zip(&verdicts) {
                let odd = payment(&told, order);
                assert!(verdict.is_paid() || !odd.is_paid(), "{other:#}\n{}", odd.table());
                assert!(
                    odd.amount_received().is_none()
                        || odd.amount_received() == verdict.amount_received()
                );
            }
        }
    }
    assert!(same > 300 && paying > 10, "{same} spellings, {paying} payments");
}
