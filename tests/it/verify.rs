//! Is this order paid? Expectations, and the verdict on real answers of nodes that mean well or ill.

use serde_json::json;
use xrpl_txdata::{
    Amount, Drops, ExpectedPayment, PaymentAnswer, RippleTime, TxData, TxHash, Verdict,
    testing::{Fault, Network},
    verify::{
        AmountPolicy, CheckCode, ExpectedPaymentBuilder, IdempotencyKey, Mark, MemorySeen, Outcome,
        PaidBy, SeenStore, TagPolicy,
    },
};

const SHOP: &str = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY";
const ISSUER: &str = "rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B";
/// The shop's address with tag 12345, and without a tag, for the main network and for others.
const X_TAGGED: &str = "XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD28Sq49uo34VyjnmK5H";
const X_UNTAGGED: &str = "XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD2gYsjNFQLKYW33DzBm";
const T_TAGGED: &str = "TVd2rqMkYL2AyS97NdELcpeiprNBjwRRHC2utXo9wPDgUDU";

#[track_caller]
fn refused(builder: ExpectedPaymentBuilder, field: &str, part: &str) {
    let error = builder.build().unwrap_err();
    assert_eq!(error.field(), field, "{error}");
    assert!(error.reason().contains(part), "{error}");
    assert!(error.to_string().contains(field), "{error}");
}

#[test]
fn an_x_address_brings_its_tag_along() {
    let expected = ExpectedPayment::to(X_TAGGED).exactly("25 XRP").build().unwrap();
    assert_eq!(expected.destination().to_string(), SHOP);
    assert_eq!(expected.destination_tag(), TagPolicy::This(12345));
    // The same tag twice is no contradiction.
    assert_eq!(ExpectedPayment::to(X_TAGGED).tag(12345).exactly("25 XRP").build(), Ok(expected));
    let untagged = ExpectedPayment::to(X_UNTAGGED).exactly("25 XRP");
    assert_eq!(untagged.clone().build().unwrap().destination_tag(), TagPolicy::NoTag);
    assert_eq!(untagged.tag(0).build().unwrap().destination_tag(), TagPolicy::This(0));
    let test = ExpectedPayment::to(T_TAGGED).network_id(1).exactly("25 XRP").build().unwrap();
    assert_eq!(test.destination_tag(), TagPolicy::This(1));
}

#[test]
fn contradictions_are_refused_with_the_reason() {
    let order = || ExpectedPayment::to(SHOP).exactly("25 XRP");
    let tagged = || ExpectedPayment::to(X_TAGGED).exactly("25 XRP");
    refused(tagged().tag(7), "destination_tag", "the tag 12345, beside it stands 7");
    refused(tagged().tag(0), "destination_tag", "12345");
    refused(tagged().no_tag(), "destination_tag", "beside it stands no tag");
    refused(tagged().any_tag(), "destination_tag", "beside it stands any");
    refused(order().tag(7).tag(8), "destination_tag", "both 7 and 8");
    refused(order().no_tag().any_tag(), "destination_tag", "both no tag and any");
    refused(tagged().network_id(1), "destination", "starts with X is for the main network");
    refused(ExpectedPayment::to(T_TAGGED).exactly("25 XRP"), "destination", "starts with T");
    refused(ExpectedPayment::to("rX").exactly("25 XRP"), "destination", "too short");
    refused(ExpectedPayment::to(""), "destination", "empty");
    refused(ExpectedPayment::to(SHOP), "amount", "missing");
    refused(order().at_least("25 XRP"), "amount", "both exactly 25 XRP and at least 25 XRP");
    let amount = |text: &str| ExpectedPayment::to(SHOP).exactly(text);
    refused(amount(&format!("25 XRP:{ISSUER}")), "amount", "not a token");
    refused(amount("25"), "amount", "such as \"25 XRP\"");
    refused(amount("0 XRP"), "amount", "more than nothing");
    refused(amount("-25 XRP"), "amount", "more than nothing");
    refused(amount("0.0000001 XRP"), "amount", "6 decimals");
    refused(amount(&format!("0 USD:{ISSUER}")), "amount", "more than nothing");
    refused(amount(&format!("1.0000000000000001 USD:{ISSUER}")), "amount", "16 significant");
    refused(amount(&format!("1e97 USD:{ISSUER}")), "amount", "exponents from -96 to 80");
    let between = |least: &str, most: &str| ExpectedPayment::to(SHOP).between(least, most);
    refused(between("2 XRP", "1 XRP"), "amount", "less than the least");
    refused(between("1 XRP", &format!("2 USD:{ISSUER}")), "amount", "two assets");
    refused(between("0 XRP", "1 XRP"), "amount", "more than nothing");
    refused(order().ways([]), "ways", "no way left");
    refused(order().sender(SHOP), "senders", "pays itself");
    refused(order().sender(X_TAGGED), "senders", "X-address");
    refused(order().invoice_id("17"), "invoice_id", "64 hexadecimal digits");
    refused(order().first_ledger(9).last_ledger(8), "last_ledger", "8 is before first_ledger, 9");
    refused(order().order_id(""), "order_id", "empty");
    let (early, late) = (RippleTime::from_seconds(1), RippleTime::from_seconds(2));
    refused(order().not_before(late).not_after(early), "not_after", "before not_before");
    order().not_before(early).not_after(early).first_ledger(9).last_ledger(9).build().unwrap();
}

#[test]
fn an_order_keeps_its_expectation_as_json() {
    let full = ExpectedPayment::to(SHOP)
        .network_id(21337)
        .tag(0)
        .between("1 XRP", Amount::Xrp(Drops::new(2_000_000)))
        .ways([PaidBy::EscrowFinish, PaidBy::Payment])
        .sender(ISSUER)
        .invoice_id("A".repeat(64))
        .source_tag(3)
        .not_before("2026-01-02T03:04:05Z".parse().unwrap())
        .not_after("2026-01-03T03:04:05Z".parse().unwrap())
        .first_ledger(1)
        .last_ledger(2)
        .order_id("17")
        .build()
        .unwrap();
    let json = serde_json::to_value(&full).unwrap();
    assert_eq!(
        json,
        json!({"network_id": 21337, "destination": SHOP, "destination_tag": 0,
            "amount": {"between": ["1000000", "2000000"]}, "ways": ["Payment", "EscrowFinish"],
            "senders": [ISSUER], "invoice_id": "A".repeat(64), "source_tag": 3,
            "not_before": "2026-01-02T03:04:05Z", "not_after": "2026-01-03T03:04:05Z",
            "first_ledger": 1, "last_ledger": 2, "order_id": "17"})
    );
    assert_eq!(serde_json::from_value::<ExpectedPayment>(json).unwrap(), full);

    // The shortest form, with an X-address.
    let short = json!({"destination": X_TAGGED, "amount": {"exactly": "25000000"}});
    let short: ExpectedPayment = serde_json::from_value(short).unwrap();
    assert_eq!(short, ExpectedPayment::to(X_TAGGED).exactly("25 XRP").build().unwrap());
    let written = serde_json::to_value(&short).unwrap();
    assert_eq!(
        (&written["destination"], &written["destination_tag"]),
        (&json!(SHOP), &json!(12345))
    );
    let token = json!({"currency": "USD", "issuer": ISSUER, "value": "9.95"});
    let token =
        json!({"destination": SHOP, "destination_tag": "any", "amount": {"at_least": token}});
    let token: ExpectedPayment = serde_json::from_value(token).unwrap();
    assert!(matches!(token.amount(), AmountPolicy::AtLeast(Amount::Token { .. })));
}

#[test]
fn json_is_checked_on_the_way_in() {
    let order = |more: serde_json::Value| {
        let mut order = json!({"destination": SHOP, "amount": {"exactly": "25000000"}});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value::<ExpectedPayment>(order).map_err(|error| error.to_string())
    };
    order(json!({})).unwrap();
    for (more, part) in [
        (json!({"destination": X_TAGGED, "destination_tag": 7}), "beside it stands 7"),
        (json!({"destination": T_TAGGED}), "destination: an X-address that starts with T"),
        (json!({"destination": 7}), "expected a string"),
        (json!({"destination_tag": "7"}), "\"none\" or \"any\""),
        (json!({"destination_tag": 4_294_967_296_u64}), "32 bits"),
        (json!({"destination_tag": -1}), "\"none\" or \"any\""),
        (json!({"destination_tag": 7.0}), "\"none\" or \"any\""),
        (json!({"amount": {"exactly": 25}}), "expected a string of drops or an object"),
        (json!({"amount": {"exactly": "25.0"}}), "not a digit"),
        (json!({"amount": {"exactly": "0"}}), "more than nothing"),
        (
            json!({"amount": {"exactly": {"currency": "XRP", "issuer": ISSUER, "value": "1"}}}),
            "not a token",
        ),
        (json!({"amount": {"about": "25000000"}}), "about"),
        (json!({"amount": null}), "amount: it is missing"),
        (json!({"ways": ["Trade"]}), "Trade"),
        (json!({"ways": []}), "no way left"),
        (json!({"senders": [SHOP]}), "pays itself"),
        (json!({"first_ledger": 2, "last_ledger": 1}), "before first_ledger"),
        // A condition that nobody checks is worse than none.
        (json!({"memo": "order 17"}), "unknown field `memo`"),
    ] {
        let error = order(more.clone()).unwrap_err();
        assert!(error.contains(part), "{more}: {error}");
    }
    assert!(
        serde_json::from_value::<ExpectedPayment>(json!({"amount": {"exactly": "1"}})).is_err()
    );
}

#[test]
fn a_key_names_network_and_transaction() {
    let text = format!("21337:{}", "3B".repeat(32));
    let key: IdempotencyKey = text.parse().unwrap();
    assert_eq!((key.network_id, key.to_string()), (21337, text.clone()));
    let json = serde_json::to_string(&key).unwrap();
    assert_eq!(serde_json::from_str::<IdempotencyKey>(&json).unwrap(), key);
    for (text, part) in [
        ("3B".repeat(32), "a colon"),
        (format!(":{}", "3B".repeat(32)), "a network id before the colon"),
        (format!("+1:{}", "3B".repeat(32)), "got \"+1\""),
        (format!("4294967296:{}", "3B".repeat(32)), "a network id"),
        ("0:3B".to_owned(), "64 hexadecimal digits"),
    ] {
        let error = text.parse::<IdempotencyKey>().unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

fn client(network: &Network, nodes: &[&str]) -> TxData {
    let urls = nodes.iter().map(|name| format!("ws://{name}"));
    TxData::builder().endpoints(urls).connect(network.clone()).seed(1).build().unwrap()
}

/// A network with one node, a payment of 25 XRP with tag 7 to the shop, and who pays.
struct Street {
    network: Network,
    txd: TxData,
}

impl Street {
    fn new() -> Street {
        let network = Network::builder().seed(3).traffic(0).build();
        network.node("n1.test");
        let txd = client(&network, &["n1.test"]);
        Street { network, txd }
    }

    fn pay(&self, amount: &str) -> TxHash {
        let (customer, shop) = (self.network.account("customer"), self.network.account("shop"));
        let hash = self.network.pay(customer, shop, amount.parse().unwrap()).tag(7).submit();
        self.network.close_ledger();
        hash
    }

    fn order(&self) -> ExpectedPaymentBuilder {
        ExpectedPayment::to(self.network.account("shop")).tag(7)
    }

    async fn judge(&self, hash: TxHash, expected: ExpectedPaymentBuilder) -> Verdict {
        let expected = expected.build().unwrap();
        match self.txd.verify_payment(hash, &expected, 0).await.unwrap() {
            PaymentAnswer::Judged { verdict, transaction } => {
                assert_eq!(transaction.hash(), verdict.idempotency_key().hash);
                verdict
            }
            PaymentAnswer::Absent(absence) => panic!("{absence}"),
        }
    }
}

fn failed(verdict: &Verdict) -> Vec<CheckCode> {
    verdict.failures().map(|check| check.code).collect()
}

#[tokio::test(start_paused = true)]
async fn a_lookup_ends_in_a_verdict() {
    let street = Street::new();
    let hash = street.pay("25 XRP");
    let verdict = street.judge(hash, street.order().exactly("25 XRP")).await;
    assert!(verdict.is_paid(), "{}", verdict.table());
    assert_eq!(verdict.amount_received(), Some("25 XRP".parse().unwrap()));
    assert!(verdict.table().contains("told by ws://n1.test"));
    let verdict = street.judge(hash, street.order().exactly("26 XRP")).await;
    assert_eq!(failed(&verdict), [CheckCode::Amount]);
    let table = verdict.table();
    let line = table.lines().find(|line| line.starts_with("FAILED")).unwrap();
    let parts: Vec<&str> = line.split("   ").filter(|part| !part.is_empty()).collect();
    assert_eq!(parts.len(), 4, "{table}");
    assert_eq!(parts[1].trim(), "amount");
}

#[tokio::test(start_paused = true)]
async fn what_no_ledger_holds_is_absent_and_not_paid() {
    let street = Street::new();
    let (customer, shop) = (street.network.account("customer"), street.network.account("shop"));
    let never = street.network.pay(customer, shop, "25 XRP".parse().unwrap()).never();
    let expected = street.order().exactly("25 XRP").build().unwrap();
    let answer = street.txd.verify_payment(never, &expected, 0).await.unwrap();
    assert!(!answer.is_paid() && answer.verdict().is_none());
    assert!(answer.to_string().starts_with("not paid: "), "{answer}");
    assert!(serde_json::to_value(&answer).unwrap()["absent"].is_object());
    let error = street.txd.verify_payment("no hash", &expected, 0).await.unwrap_err();
    assert_eq!(error.blame(), xrpl_txdata::Blame::You);
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_comes_while_the_shop_waits() {
    let street = Street::new();
    street.network.run_clock();
    let (customer, shop) = (street.network.account("customer"), street.network.account("shop"));
    let payment = street.network.pay(customer, shop, "25 XRP".parse().unwrap()).tag(7);
    let hash = payment.after(2).submit();
    let expected = street.order().exactly("25 XRP").build().unwrap();
    let answer = street.txd.verify_payment(hash, &expected, 60).await.unwrap();
    assert!(answer.is_paid(), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_partial_payment_of_a_cent_for_a_hundred() {
    let street = Street::new();
    let issuer = street.network.account("issuer");
    let usd = |value: &str| format!("{value} USD:{issuer}").parse::<Amount>().unwrap();
    let (customer, shop) = (street.network.account("customer"), street.network.account("shop"));
    let payment = street.network.pay(customer, shop, usd("100")).partial(usd("0.01")).tag(7);
    let hash = payment.submit();
    street.network.close_ledger();
    let verdict = street.judge(hash, street.order().exactly(usd("100"))).await;
    assert_eq!(failed(&verdict), [CheckCode::Amount]);
    assert_eq!(verdict.amount_received(), Some(usd("0.01")));
    assert_eq!(verdict.underpaid(), Some(usd("99.99")));
}

#[tokio::test(start_paused = true)]
async fn a_failed_payment_that_is_in_the_ledger() {
    let street = Street::new();
    let (customer, shop) = (street.network.account("customer"), street.network.account("shop"));
    let payment = street.network.pay(customer, shop, "25 XRP".parse().unwrap()).tag(7);
    let hash = payment.fails("tecPATH_DRY").submit();
    street.network.close_ledger();
    let verdict = street.judge(hash, street.order().exactly("25 XRP")).await;
    assert_eq!(failed(&verdict), [CheckCode::Result, CheckCode::DeliveredAmount]);
}

#[tokio::test(start_paused = true)]
async fn nodes_that_lie_about_a_payment() {
    for fault in [
        Fault::Unvalidated,
        Fault::NoValidatedFlag,
        Fault::ValidatedText,
        Fault::OtherContent,
        Fault::AlteredContent,
        Fault::AlteredMetadata,
        Fault::OtherTransaction,
        Fault::WrongNetwork(1),
    ] {
        let network = Network::builder().seed(3).traffic(0).build();
        let node = network.node("n1.test");
        let street = Street { txd: client(&network, &["n1.test"]), network };
        // Something else that a node could show.
        street.pay("24 XRP");
        let hash = street.pay("25 XRP");
        node.set_faults([fault]);
        let expected = street.order().exactly("25 XRP").build().unwrap();
        match street.txd.verify_payment(hash, &expected, 0).await {
            Ok(answer) => assert!(!answer.is_paid(), "{fault:?}: {answer}"),
            Err(error) => assert!(!error.attempts().is_empty(), "{fault:?}: {error}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_payment_that_a_node_calls_a_success() {
    let network = Network::builder().seed(3).traffic(0).build();
    let node = network.node("n1.test");
    let street = Street { txd: client(&network, &["n1.test"]), network };
    let (customer, shop) = (street.network.account("customer"), street.network.account("shop"));
    let payment = street.network.pay(customer, shop, "25 XRP".parse().unwrap()).tag(7);
    let hash = payment.fails("tecPATH_DRY").submit();
    street.network.close_ledger();
    node.set_faults([Fault::AlteredMetadata]);
    let verdict = street.judge(hash, street.order().exactly("25 XRP")).await;
    assert_eq!(failed(&verdict), [CheckCode::BalanceChange]);
}

#[tokio::test(start_paused = true)]
async fn the_money_of_a_test_network() {
    let network = Network::builder().seed(3).network_id(1).traffic(0).build();
    network.node("n1.test");
    let txd = TxData::builder().endpoints(["ws://n1.test"]).connect(network.clone());
    let txd = txd.network_id(1).first_ledger(32570).build().unwrap();
    let street = Street { txd, network };
    let hash = street.pay("25 XRP");
    let verdict = street.judge(hash, street.order().exactly("25 XRP")).await;
    assert_eq!(failed(&verdict), [CheckCode::Network]);
    assert_eq!(verdict.amount_received(), None);
    assert!(street.judge(hash, street.order().network_id(1).exactly("25 XRP")).await.is_paid());
}

#[tokio::test(start_paused = true)]
async fn the_same_hash_twice_at_once_pays_exactly_one_order() {
    let street = Street::new();
    let hash = street.pay("25 XRP");
    let seen = MemorySeen::default();
    let claims = (0..16).map(|_| {
        let (txd, mut seen) = (street.txd.clone(), seen.clone());
        let expected = street.order().exactly("25 XRP").build().unwrap();
        tokio::spawn(async move {
            match txd.verify_payment(hash, &expected, 0).await.unwrap() {
                PaymentAnswer::Judged { verdict, .. } => verdict.claim(&mut seen).await.unwrap(),
                PaymentAnswer::Absent(absence) => panic!("{absence}"),
            }
        })
    });
    let mut paid = 0;
    for claim in claims.collect::<Vec<_>>() {
        let verdict = claim.await.unwrap();
        match verdict.is_paid() {
            true => paid += 1,
            false => assert_eq!(failed(&verdict), [CheckCode::FirstUse]),
        }
    }
    assert_eq!(paid, 1);
}

/// A store that cannot be reached.
struct Broken;

impl SeenStore for Broken {
    type Error = &'static str;

    async fn mark(&mut self, _: IdempotencyKey) -> Result<Mark, &'static str> {
        Err("no connection")
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_asked_makes_nothing_paid() {
    let street = Street::new();
    let hash = street.pay("25 XRP");
    let verdict = street.judge(hash, street.order().exactly("25 XRP")).await;
    assert_eq!(verdict.claim(&mut Broken).await, Err("no connection"));
    // It is not even asked about what is not paid.
    let unpaid = street.judge(hash, street.order().exactly("26 XRP")).await;
    let unpaid = unpaid.claim(&mut Broken).await.unwrap();
    assert_eq!(unpaid.check(CheckCode::FirstUse).unwrap().outcome, Outcome::NotApplicable);
}
