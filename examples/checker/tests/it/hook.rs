//! Xaman's webhook: believed only with its signature, and then only as far as the ledger agrees.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::process::{Service, until};

const SECRET: &str = "0123-secret";
const TIME: &str = "1700000000";

fn body(order: i64, txid: &str) -> String {
    format!(
        r#"{{"meta":{{"url":"https://shop.example/xaman","application_uuidv4":"aaaa","payload_uuidv4":"bbbb","opened_by_deeplink":false}},"custom_meta":{{"identifier":"{order}","blob":null,"instruction":null}},"payloadResponse":{{"payload_uuidv4":"bbbb","reference_call_uuidv4":"cccc","signed":true,"user_token":false,"return_url":{{"app":null,"web":null}},"txid":"{txid}"}},"userToken":null}}"#
    )
}

fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.replacen('-', "", 1).as_bytes()).unwrap();
    mac.update(TIME.as_bytes());
    mac.update(body.as_bytes());
    data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
}

fn send(service: &Service, body: &str, signature: &str) -> u16 {
    let headers = [("x-xumm-request-signature", signature), ("x-xumm-request-timestamp", TIME)];
    service.post("/xaman", &headers, body).0
}

#[test]
fn only_what_xaman_has_signed_names_a_transaction() {
    let service = Service::start(&["--xaman-secret", SECRET]);
    let id = service.order("25", "XRP");
    let page = format!("/orders/{id}");
    let txid = "3B1A4E1C9BB6A7208EB146BCDB86ECEA6068ED01466D933528CA2B4C64F753EF";
    let body = body(id, txid);
    assert_eq!(send(&service, &body, &signature("another-secret", &body)), 403);
    assert_eq!(send(&service, &body.replace("true", "false"), &signature(SECRET, &body)), 403);
    assert_eq!(service.post("/xaman", &[], &body).0, 403);
    assert!(!service.get(&page).1.contains(txid), "nobody has named it");
    // Xaman sends things twice.
    for _ in 0..2 {
        assert_eq!(send(&service, &body, &signature(SECRET, &body)), 200);
    }
    let (_, text) = service.get(&page);
    assert!(text.contains(txid) && text.contains("Seen"), "{text}");
    assert!(!text.contains(">Paid<"), "a wallet's word is no payment");
    // Of an order that is not there nothing comes.
    let other = self::body(999, txid);
    assert_eq!(send(&service, &other, &signature(SECRET, &other)), 200);
    // The order itself is paid as ever.
    assert_eq!(service.post(&format!("{page}/play/pay"), &[], "").0, 303);
    until(|| service.get(&page).1.contains(">Paid<").then_some(()));
}

#[test]
fn without_a_secret_there_is_no_such_address() {
    let service = Service::start(&[]);
    assert_eq!(send(&service, "{}", &signature(SECRET, "{}")), 404);
}
