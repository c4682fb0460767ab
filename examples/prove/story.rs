//! The whole circle inside this program: nodes that lie, validators that sign, a proof, and what a
//! flipped bit in each of its parts meets.

use std::{error::Error, time::Duration};

use serde_json::Value;
use xrpl_txdata::{
    TxData, ValidatedTransaction,
    proof::{Proof, Publisher, TrustedValidators},
    testing::{Fault, Network},
};

use crate::{
    NOT_PROVEN, PROVEN,
    args::now,
    report::{self, BOLD},
};

/// A ledger closes this often here; on the main network it is every four seconds.
const INTERVAL: Duration = Duration::from_millis(500);

/// Each part of a document, where it stands, and in which of its characters a bit is flipped.
const PARTS: [(&str, &str, usize); 10] = [
    ("the transaction", "/transaction/blob", 40),
    ("the metadata, which say what was delivered", "/transaction/meta", 40),
    ("a hash beside the way to the root", "/transaction/proof/0", 7),
    ("the header's root of transactions", "/ledger/txroot", 7),
    ("the header's parent", "/ledger/phash", 7),
    ("a validation", "/validation/data/*", 100),
    ("the validator list", "/validation/unl/blob", 100),
    ("its signature", "/validation/unl/signature", 40),
    ("the publisher's manifest", "/validation/unl/manifest", 100),
    ("a header on the way to the signed one", "/xrpl_txdata/headers/0", 40),
];

/// Tells it; well told is a proof of the truth, and the refusal of every lie.
pub(crate) async fn tell() -> Result<u8, Box<dyn Error>> {
    let network = Network::builder().seed(2026).interval(INTERVAL).build();
    let (forger, silent, honest) =
        (network.node("forger"), network.node("silent"), network.node("honest"));
    forger.set_faults([Fault::ForgedChain]);
    silent.set_faults([Fault::HidesValidations]);
    let (customer, shop) = (network.account("customer"), network.account("shop"));
    let usd = |value: u32| format!("{value} USD:{}", network.account("issuer")).parse();
    let hash = network.pay(customer, shop, usd(1_000)?).partial(usd(1)?).tag(7).submit();
    network.close_ledger();
    network.run_clock();

    let mut list = Publisher::new(network.publisher().master_key());
    let trusted =
        TrustedValidators::from_lists(&[list.accept(&network.validator_list(), now()?)?])?;
    say("A network inside this program: five validators, a published list of them, three nodes.");
    anstream::println!(
        "  forger tells of another chain, in which every payment delivers ten times as much"
    );
    anstream::println!("  silent keeps to itself what validators sign");
    anstream::println!("  honest is as it should be");

    let builder = || {
        let endpoints = [forger.url(), silent.url(), honest.url()];
        TxData::builder().endpoints(endpoints).connect(network.clone())
    };
    say("\n1. Who believes nodes is told by the first one what a payment delivered.");
    let believer = builder().build()?;
    let told = found(believer.get_one(hash, 0).await?.found())?;
    anstream::println!("  delivered    {}", told.delivered());

    say("\n2. Who believes the validators alone.");
    let txd = builder().trust(trusted).build()?;
    let tx = found(txd.get_one(hash, 0).await?.found())?;
    let proof = tx.proof().ok_or("an answer without its proof")?;
    let (publishers, at) = ([network.publisher().master_key()], now()?);
    let outcome = proof.verify_published(&publishers, at);
    anstream::println!("{}", report::outcome(&outcome));
    let mut as_it_should = outcome.is_ok() && tx.delivered() != told.delivered();

    let document = proof.to_json();
    say(&format!(
        "\n3. Its document has {} characters. With one bit flipped in each of its parts:",
        document.len()
    ));
    let check = |json: &str| Proof::from_json(json)?.verify_published(&publishers, at);
    for (what, place, character) in PARTS {
        let outcome = check(&flipped(&document, place, character)?);
        anstream::println!("- {what}\n  {}", report::outcome(&outcome));
        as_it_should &= outcome.is_err();
    }
    let outcome = check(&with_few_signatures(&document)?);
    anstream::println!(
        "- nothing flipped, but two of the signatures left out\n  {}",
        report::outcome(&outcome)
    );
    as_it_should &= outcome.is_err();

    say("\nNow with a hash of yours:");
    anstream::println!("  curl https://vl.ripple.com > list.json");
    anstream::println!("  cargo run --example prove -- HASH --list list.json > proof.json");
    anstream::println!("  cargo run --example prove -- --check proof.json");
    txd.close().await;
    believer.close().await;
    Ok(if as_it_should { PROVEN } else { NOT_PROVEN })
}

fn say(line: &str) {
    anstream::println!("{BOLD}{line}{BOLD:#}");
}

fn found(tx: Option<ValidatedTransaction>) -> Result<ValidatedTransaction, &'static str> {
    tx.ok_or("a payment that a ledger holds is found")
}

/// The document with the lowest bit of one character flipped, which is another digit then.
fn flipped(document: &str, place: &str, at: usize) -> Result<String, Box<dyn Error>> {
    let mut document: Value = serde_json::from_str(document)?;
    let part = match place.strip_suffix("/*") {
        Some(object) => document
            .pointer_mut(object)
            .and_then(Value::as_object_mut)
            .and_then(|object| object.values_mut().next()),
        None => document.pointer_mut(place),
    };
    let part = part.ok_or_else(|| format!("the document has no {place}"))?;
    let mut bytes = part.as_str().ok_or("it is text")?.as_bytes().to_vec();
    // Of the sixteen digits and of all letters some have no neighbour that is one too.
    let neighbour =
        |byte: u8| (byte ^ 1).is_ascii_alphanumeric() && !b"fF@G`g".contains(&(byte ^ 1));
    let byte = bytes.iter_mut().skip(at).find(|byte| neighbour(**byte)).ok_or("it is long")?;
    *byte ^= 1;
    *part = String::from_utf8(bytes)?.into();
    Ok(document.to_string())
}

fn with_few_signatures(document: &str) -> Result<String, Box<dyn Error>> {
    let mut document: Value = serde_json::from_str(document)?;
    let data = document.pointer_mut("/validation/data").and_then(Value::as_object_mut);
    let data = data.ok_or("the document has validations")?;
    let some: Vec<String> = data.keys().take(2).cloned().collect();
    some.iter().for_each(|key| drop(data.remove(key)));
    Ok(document.to_string())
}
