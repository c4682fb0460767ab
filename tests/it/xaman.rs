//! Xaman payloads: what is read, what is believed, and what never pays.

mod webhook;

use std::fmt::Write;

use serde_json::{Value, json};
use xrpl_txdata::{
    ExpectedPayment, PaymentAnswer, TxData, TxHash, XamanAnswer,
    testing::Network,
    verify::{Check, CheckCode, ExpectedPaymentBuilder, Outcome},
    xaman::{Payload, PayloadError, PayloadState, judge},
};

const SHOP: &str = "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY";
const BUYER: &str = "rLQBHVhFnaC5gLEkgr6HgBJJ3bgeZHg9cj";
/// Ledger 38129 of the main network, its only transaction.
const TXID: &str = "3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF";
const HEX: &str = "1200002200000000240000003E6140000002540BE40068400000000000000A7321034AADB09CFF4A4804073701EC53C3510CDC95917C2BB0150FB742D0C66E6CEE9E74473045022022EB32AECEF7C644C891C19F87966DF9C62B1F34BABA6BE774325E4BB8E2DD62022100A51437898C28C2B297112DF8131F2BB39EA5FE613487DDD611525F17962646398114550FC62003E785DC231A1058A05E56E3F09CF4E68314D4CC8AB5B21D86A82C3E9E8D0ECF2404B77FECBA";

/// A payload as Xaman answers it, of a user who signed; every member that is documented, and some
/// that are not.
fn signed() -> Value {
    json!({
        "meta": {"exists": true, "uuid": "f8e9b3f0-0a0e-4b3c-9b1a-2f6c0e3f1a11", "multisign": false,
            "submit": true, "pathfinding": false, "pathfinding_fallback": false,
            "force_network": "MAINNET", "destination": SHOP, "resolved_destination": "The Shop",
            "resolved": true, "signed": true, "cancelled": false, "expired": false, "pushed": true,
            "app_opened": true, "opened_by_deeplink": null, "immutable": true,
            "forceAccount": false, "return_url_app": null, "return_url_web": "https://shop.example",
            "is_xapp": false, "signers": [BUYER], "brand_new": {"deep": [1]}},
        "application": {"name": "The Shop", "description": "sells", "disabled": 0,
            "uuidv4": "aaaa", "icon_url": "https://shop.example/icon.png",
            "issued_user_token": null},
        "payload": {"tx_type": "Payment", "tx_destination": SHOP, "tx_destination_tag": 7,
            "request_json": {"TransactionType": "Payment", "Destination": SHOP,
                "Amount": "25000000"},
            "origintype": "QR", "signmethod": "LOCAL", "created_at": "2026-01-02T03:04:05Z",
            "expires_at": "2026-01-03T03:04:05Z", "expires_in_seconds": -86400,
            "computed": {"Fee": "12"}},
        "response": {"hex": HEX, "txid": TXID, "resolved_at": "2026-01-02T03:05:00Z",
            "dispatched_to": "wss://xrplcluster.com", "dispatched_nodetype": "MAINNET",
            "dispatched_result": "tesSUCCESS", "dispatched_to_node": true,
            "environment_nodeuri": "wss://xrplcluster.com", "environment_nodetype": "MAINNET",
            "environment_networkid": 0, "multisign_account": null, "account": BUYER,
            "signer": BUYER, "signer_pubkey": "02AA", "user": "uuuu", "approved_with": "PIN"},
        "custom_meta": {"identifier": "17", "blob": {"cart": 3}, "instruction": "Pay, please"},
        "also_new": 1
    })
}

/// The same with one member changed, by its path.
fn with(path: &str, value: Value) -> Value {
    let mut payload = signed();
    *payload.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
    payload
}

fn payload(json: Value) -> Payload {
    Payload::from_value(json).unwrap()
}

fn order() -> ExpectedPaymentBuilder {
    ExpectedPayment::to(SHOP).tag(7).exactly("25 XRP").order_id("17")
}

fn codes<'a>(checks: impl Iterator<Item = &'a Check>) -> Vec<CheckCode> {
    checks.map(|check| check.code).collect()
}

/// The payload alone says no, and these checks say why.
#[track_caller]
fn says_no(json: Value, expected: &[CheckCode]) {
    let verdict = judge(&payload(json), &order().build().unwrap());
    assert_eq!(codes(verdict.failures()), expected, "{}", verdict.table());
    assert_eq!(verdict.txid(), None);
}

#[test]
fn every_member_is_read_and_unknown_ones_are_kept() {
    let json = signed();
    let read = Payload::from_json(json.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
    assert_eq!(serde_json::from_value::<Payload>(json).unwrap(), read);
    assert_eq!(read.state(), PayloadState::Signed);
    assert_eq!(read.txid().unwrap().to_string(), TXID);
    assert_eq!(read.meta.other["brand_new"], json!({"deep": [1]}));
    assert_eq!(read.other["also_new"], 1);
    assert_eq!(read.payload.expires_in_seconds, Some(-86400));
    assert_eq!(read.response.environment_networkid, Some(0));
    assert_eq!(read.custom_meta.identifier.as_deref(), Some("17"));
    let known = [
        read.application.other.len(),
        read.payload.other.len(),
        read.response.other.len(),
        read.custom_meta.other.len(),
    ];
    assert_eq!(known, [0; 4]);
}

#[test]
fn nearly_everything_may_be_null_or_missing() {
    let mut nulls = signed();
    for part in ["meta", "application", "payload", "response", "custom_meta"] {
        for (name, value) in nulls[part].as_object_mut().unwrap() {
            if !["exists", "resolved", "signed", "cancelled", "expired"].contains(&name.as_str()) {
                *value = Value::Null;
            }
        }
    }
    assert_eq!(payload(nulls).state(), PayloadState::Signed);
    let least = json!({"meta": {"exists": true, "resolved": false, "signed": false,
        "cancelled": false, "expired": false}, "response": null});
    assert_eq!(payload(least).state(), PayloadState::Pending);
}

#[test]
fn malformed_json_says_which_member() {
    for (json, part) in [
        (with("/meta/signed", json!("yes")), "meta.signed: expected a boolean, got a string"),
        (with("/meta/resolved", json!(null)), "meta.resolved: expected a boolean, got null"),
        (with("/meta/exists", json!(1)), "meta.exists: expected a boolean, got a number"),
        (with("/meta/multisign", json!("no")), "meta.multisign: expected a boolean"),
        (with("/meta/signers", json!(["r", 7])), "meta.signers.1: expected a string, got a number"),
        (with("/meta/signers", json!(BUYER)), "meta.signers: expected a list of strings"),
        (with("/meta", json!([])), "meta: expected an object, got a list"),
        (with("/meta", json!(null)), "meta.exists is missing, expected a boolean"),
        (with("/response/txid", json!(17)), "response.txid: expected a string, got a number"),
        (with("/response/hex", json!([])), "response.hex: expected a string, got a list"),
        (with("/response/environment_networkid", json!(-1)), "response.environment_networkid: "),
        (with("/response", json!("none")), "response: expected an object, got a string"),
        (with("/payload/tx_destination_tag", json!(4_294_967_296_u64)), "tx_destination_tag: "),
        (with("/payload/expires_in_seconds", json!(1.5)), "payload.expires_in_seconds: expected"),
        (with("/custom_meta/identifier", json!(17)), "custom_meta.identifier: expected a string"),
        (json!([]), "expected an object, got a list"),
        (json!({}), "meta.exists is missing"),
    ] {
        let error = Payload::from_value(json).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
        assert!(!error.contains(BUYER), "{error}");
    }
    let error = Payload::from_json("{\"meta\": ").unwrap_err();
    assert!(matches!(error, PayloadError::NotJson(_)), "{error}");
    let error = serde_json::from_value::<Payload>(with("/meta/signed", json!(0))).unwrap_err();
    assert!(error.to_string().contains("meta.signed"), "{error}");
}

#[test]
fn errors_of_xaman_are_no_payloads() {
    let unknown = json!({"error": {"reference": "3a04c7d3", "code": 404}});
    let fatal = json!({"error": true, "message": "Endpoint unknown", "reference": "", "code": 404,
        "req": "/v1/platform/payloads", "method": "GET"});
    for json in [unknown, fatal] {
        let error = Payload::from_value(json).unwrap_err();
        let PayloadError::Refused { code, .. } = &error else { panic!("{error}") };
        assert_eq!(*code, Some(404));
        assert!(error.to_string().contains("code 404"), "{error}");
    }
}

#[test]
fn the_state_follows_from_the_flags() {
    let state = |flags: [bool; 5], more: Value| {
        let [exists, resolved, signed, cancelled, expired] = flags;
        let mut meta = json!({"exists": exists, "resolved": resolved, "signed": signed,
            "cancelled": cancelled, "expired": expired});
        meta.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        payload(json!({ "meta": meta })).state()
    };
    let (t, f) = (true, false);
    for (flags, more, expected) in [
        ([f, f, f, f, f], json!({}), PayloadState::Unknown),
        ([f, t, t, f, f], json!({}), PayloadState::Unknown),
        ([t, f, f, f, f], json!({}), PayloadState::Pending),
        ([t, f, f, f, f], json!({"app_opened": true}), PayloadState::Opened),
        ([t, f, f, t, f], json!({}), PayloadState::Cancelled),
        ([t, f, f, t, t], json!({}), PayloadState::Cancelled),
        ([t, f, f, f, t], json!({}), PayloadState::Expired),
        ([t, t, f, f, f], json!({}), PayloadState::Rejected),
        ([t, t, f, f, t], json!({}), PayloadState::Rejected),
        ([t, t, t, f, f], json!({}), PayloadState::Signed),
        // Opened in time, signed later.
        ([t, t, t, f, t], json!({}), PayloadState::Signed),
        ([t, t, t, f, f], json!({"submit": false}), PayloadState::SignedNotSubmitted),
        ([t, t, t, f, f], json!({"multisign": true}), PayloadState::SignedNotSubmitted),
        // Signed, it says, and not decided.
        ([t, f, t, f, f], json!({}), PayloadState::Pending),
    ] {
        assert_eq!(state(flags, more), expected, "{flags:?}");
    }
}

#[test]
fn a_signed_payload_is_worth_a_look_at_the_ledger() {
    let verdict = judge(&payload(signed()), &order().build().unwrap());
    assert_eq!(codes(verdict.failures()), []);
    assert_eq!(verdict.txid().unwrap().to_string(), TXID);
    let outcomes = verdict.checks().iter().map(|check| check.outcome);
    assert!(outcomes.into_iter().all(|outcome| outcome == Outcome::Passed), "{}", verdict.table());
    assert_eq!(verdict.to_string(), "payload signed");
    // Opened in time and signed after it expired.
    let late = judge(&payload(with("/meta/expired", json!(true))), &order().build().unwrap());
    assert!(late.txid().is_some(), "{late}");
}

#[test]
fn payloads_that_nobody_signed() {
    use CheckCode::{XamanExists, XamanResolved, XamanSigned, XamanTxid};

    says_no(with("/meta/exists", json!(false)), &[XamanExists]);
    says_no(with("/meta/signed", json!(false)), &[XamanSigned]);
    says_no(with("/meta/resolved", json!(false)), &[XamanResolved]);
    let mut cancelled = with("/meta/cancelled", json!(true));
    cancelled["meta"]["resolved"] = false.into();
    says_no(cancelled.clone(), &[XamanResolved]);
    let verdict = judge(&payload(cancelled), &order().build().unwrap());
    assert!(verdict.to_string().contains("got cancelled"), "{verdict}");
    // Signed, and what was signed is not told.
    for txid in [json!(null), json!(""), json!("17"), json!(&TXID[1..]), json!(format!(" {TXID}"))]
    {
        says_no(with("/response/txid", txid), &[XamanTxid]);
    }
}

#[test]
fn payloads_of_another_network() {
    let network = &[CheckCode::XamanNetwork];
    for name in ["TESTNET", "DEVNET", "XAHAU", "XAHAUTESTNET", "CUSTOM", "testnet"] {
        says_no(with("/response/dispatched_nodetype", json!(name)), network);
        says_no(with("/response/environment_nodetype", json!(name)), network);
    }
    for id in [1, 2, 21337, u32::MAX] {
        says_no(with("/response/environment_networkid", json!(id)), network);
    }
    for (id, name) in [(1, "TESTNET"), (2, "DEVNET"), (21337, "XAHAU"), (5000, "SIDECHAIN")] {
        let expected = order().network_id(id).build().unwrap();
        let mut right = signed();
        for path in ["dispatched_nodetype", "environment_nodetype"] {
            right["response"][path] = name.into();
        }
        right["response"]["environment_networkid"] = id.into();
        let verdict = judge(&payload(right), &expected);
        assert!(!codes(verdict.failures()).contains(&CheckCode::XamanNetwork), "{verdict}");
        let verdict = judge(&payload(signed()), &expected);
        assert!(codes(verdict.failures()).contains(&CheckCode::XamanNetwork), "{verdict}");
    }
    // An old app tells nothing: the ledger will.
    let mut silent = signed();
    for name in ["dispatched_nodetype", "environment_nodetype", "environment_networkid"] {
        silent["response"][name] = Value::Null;
    }
    let verdict = judge(&payload(silent), &order().build().unwrap());
    assert!(verdict.txid().is_some(), "{verdict}");
}

#[test]
fn a_sign_in_is_no_transaction() {
    let transaction = &[CheckCode::XamanTransaction];
    for kind in ["SignIn", "signin", "PaymentChannelAuthorize"] {
        says_no(with("/payload/tx_type", json!(kind)), transaction);
        says_no(with("/payload/request_json", json!({"TransactionType": kind})), transaction);
    }
}

#[test]
fn one_signature_of_several() {
    says_no(with("/meta/multisign", json!(true)), &[CheckCode::XamanMultisign]);
}

#[test]
fn signed_bytes_that_are_another_transaction() {
    let hex = &[CheckCode::XamanHex];
    // One bit of the amount.
    let other = HEX.replacen("6140000002540BE400", "6140000002540BE401", 1);
    says_no(with("/response/hex", json!(other)), hex);
    says_no(with("/response/txid", json!("AB".repeat(32))), hex);
    for nonsense in ["00", "zz", &HEX[1..], &HEX[2..], &HEX[..300], "1200002200000000"] {
        says_no(with("/response/hex", json!(nonsense)), hex);
    }
    // No type: what a sign-in would be in the ledger's form. No signature: a template.
    says_no(with("/response/hex", json!(&HEX[6..])), hex);
    let unsigned = HEX.replacen(&HEX[HEX.find("7447").unwrap()..HEX.find("8114").unwrap()], "", 1);
    says_no(with("/response/hex", json!(unsigned)), hex);
    let lower = judge(
        &payload(with("/response/hex", json!(HEX.to_lowercase()))),
        &order().build().unwrap(),
    );
    assert!(lower.txid().is_some(), "{lower}");
    // It is compared where it is there.
    let none = judge(&payload(with("/response/hex", json!(null))), &order().build().unwrap());
    assert!(none.txid().is_some(), "{none}");
}

#[test]
fn the_payload_of_another_order() {
    let identifier = &[CheckCode::XamanIdentifier];
    for id in [json!("18"), json!("017"), json!("17 "), json!(null), json!("")] {
        says_no(with("/custom_meta/identifier", id), identifier);
    }
    let any = ExpectedPayment::to(SHOP).tag(7).exactly("25 XRP").build().unwrap();
    let verdict = judge(&payload(with("/custom_meta/identifier", json!("18"))), &any);
    assert!(verdict.txid().is_some(), "{verdict}");
}

#[test]
fn every_member_that_is_spoilt_is_named_or_survived() {
    let spoilt =
        [json!(null), json!(true), json!(-1), json!(1e300), json!(""), json!([[]]), json!({})];
    for part in signed().as_object().unwrap().keys().filter(|part| *part != "also_new") {
        for name in signed()[part].as_object().unwrap().keys() {
            for value in &spoilt {
                let path = format!("/{part}/{name}");
                match Payload::from_value(with(&path, value.clone())) {
                    Ok(payload) => {
                        let verdict = judge(&payload, &order().build().unwrap());
                        assert_eq!(verdict.txid().is_none(), verdict.failures().next().is_some());
                        assert_eq!(verdict.checks().len(), 9);
                        assert!(verdict.table().lines().count() == 12, "{}", verdict.table());
                    }
                    Err(error) => {
                        let error = error.to_string();
                        assert!(error.starts_with(&format!("{part}.{name}")), "{path}: {error}");
                    }
                }
            }
        }
    }
}

/// A network with one node, and payloads of its transactions.
struct Street {
    network: Network,
    txd: TxData,
}

impl Street {
    fn new() -> Street {
        let network = Network::builder().seed(5).traffic(0).build();
        network.node("n1.test");
        let txd = TxData::builder().endpoints(["ws://n1.test"]).connect(network.clone());
        Street { txd: txd.build().unwrap(), network }
    }

    fn pay(&self, amount: &str) -> TxHash {
        let (customer, shop) = (self.network.account("customer"), self.network.account("shop"));
        let payment = self.network.pay(customer, shop, amount.parse().unwrap());
        let hash = payment.tag(7).submit();
        self.network.close_ledger();
        hash
    }

    fn order(&self) -> ExpectedPayment {
        let shop = self.network.account("shop");
        ExpectedPayment::to(shop).tag(7).exactly("25 XRP").order_id("17").build().unwrap()
    }

    /// What Xaman says about a user who signed this.
    fn payload(&self, hash: TxHash) -> Value {
        let mut payload = with("/response/txid", hash.to_string().into());
        payload["response"]["hex"] = match self.network.truth(&hash) {
            Some(tx) => hex(&tx.blob).into(),
            None => Value::Null,
        };
        payload
    }

    async fn verify(&self, json: Value) -> XamanAnswer {
        self.txd.verify_xaman(&payload(json), &self.order(), 0).await.unwrap()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02X}").unwrap();
        text
    })
}

#[tokio::test(start_paused = true)]
async fn the_ledger_has_the_last_word() {
    let street = Street::new();
    let answer = street.verify(street.payload(street.pay("25 XRP"))).await;
    assert!(answer.is_paid(), "{answer}");
    assert_eq!(answer.verdict().unwrap().amount_received(), Some("25 XRP".parse().unwrap()));
    assert!(answer.to_string().starts_with("paid: received 25 XRP"), "{answer}");
    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(json["payment"]["judged"]["verdict"]["paid"], true);
    assert_eq!(json["payload"]["state"], "signed");
}

#[tokio::test(start_paused = true)]
async fn the_txid_of_another_payment() {
    let street = Street::new();
    let (right, other) = (street.pay("25 XRP"), street.pay("24 XRP"));
    // The bytes of the right one, the name of another one.
    let mut swapped = street.payload(right);
    swapped["response"]["txid"] = other.to_string().into();
    let answer = street.verify(swapped).await;
    assert_eq!(codes(answer.failures()), [CheckCode::XamanHex]);
    assert!(!answer.is_paid() && answer.payment.is_none());
    // All of another one: the ledger says what it was.
    let answer = street.verify(street.payload(other)).await;
    assert_eq!(codes(answer.failures()), [CheckCode::Amount]);
    assert!(!answer.is_paid());
}

#[tokio::test(start_paused = true)]
async fn what_a_node_said_at_once_never_pays() {
    let street = Street::new();
    let (customer, shop) = (street.network.account("customer"), street.network.account("shop"));
    let payment = || street.network.pay(customer, shop, "25 XRP".parse().unwrap()).tag(7);
    // Dispatched with tesSUCCESS, and in no ledger.
    let never = street.payload(payment().never());
    assert_eq!(never["response"]["dispatched_result"], "tesSUCCESS");
    let answer = street.verify(never).await;
    assert!(matches!(answer.payment, Some(PaymentAnswer::Absent(_))));
    assert!(!answer.is_paid() && answer.to_string().starts_with("not paid: "), "{answer}");
    // Dispatched with tesSUCCESS, and failed in the ledger.
    let failed = payment().fails("tecPATH_DRY").submit();
    street.network.close_ledger();
    let answer = street.verify(street.payload(failed)).await;
    assert_eq!(codes(answer.failures()), [CheckCode::Result, CheckCode::DeliveredAmount]);
    assert!(!answer.is_paid());
    // Not dispatched by Xaman at all, and paid all the same.
    let mut offline = street.payload(street.pay("25 XRP"));
    offline["meta"]["submit"] = false.into();
    for name in ["dispatched_to", "dispatched_nodetype", "dispatched_result"] {
        offline["response"][name] = Value::Null;
    }
    let answer = street.verify(offline).await;
    assert!(answer.is_paid(), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_says_no_asks_no_node() {
    let street = Street::new();
    let mut rejected = street.payload(street.pay("25 XRP"));
    rejected["meta"]["signed"] = false.into();
    let answer = street.verify(rejected).await;
    assert_eq!(codes(answer.failures()), [CheckCode::XamanSigned]);
    assert!(!answer.is_paid() && answer.verdict().is_none());
    assert!(answer.to_string().starts_with("not paid: payload rejected\n- payload signed: "));
    assert_eq!(street.network.connections(), 0);
}
