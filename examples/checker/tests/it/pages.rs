//! The pages on the simulated network.

use crate::process::{Service, until};

#[test]
fn an_order_is_made_paid_and_shown() {
    let service = Service::start(&[]);
    let id = service.order("25", "XRP");
    let page = format!("/orders/{id}");
    let (_, text) = service.get(&page);
    assert!(text.contains("Waiting for the payment") && text.contains("<svg"), "{text}");
    assert_eq!(service.post(&format!("{page}/play/pay"), &[], "").0, 303);
    assert!(service.get(&page).1.contains("Seen, waiting for a validated ledger"));
    until(|| service.get(&page).1.contains("<p class=\"state good\">Paid</p>").then_some(()));
    let (_, payments) = service.get("/payments");
    assert!(payments.contains("25 XRP") && payments.contains(&page), "{payments}");
    let (_, health) = service.get("/health");
    assert!(health.contains("ws://n1.test") && health.contains("Ledgers come in"), "{health}");
}

#[test]
fn nonsense_is_refused_and_never_markup() {
    let service = Service::start(&[]);
    service.order("1", "XRP");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    for body in [
        "amount=0&asset=XRP",
        "amount=-1&asset=XRP",
        "amount=1&asset=EUR",
        "amount=%3Cscript%3E&asset=XRP",
        "amount=1",
        "",
    ] {
        let (status, text) = service.post("/", &form, body);
        assert_eq!(status, 422, "{body}: {text}");
        assert!(!text.contains("<script>"), "{text}");
    }
    for path in ["/orders/2", "/orders/9999999999999999999", "/orders/x", "/nothing"] {
        let (status, _) = service.get(path);
        assert!(status == 404 || status == 400, "{path}: {status}");
    }
    for path in ["/orders/1/play/steal", "/orders/2/play/pay"] {
        assert_eq!(service.post(path, &[], "").0, 404, "{path}");
    }
    let long = format!("amount={}&asset=XRP", "1".repeat(100_000));
    assert_eq!(service.post("/", &form, &long).0, 413);
}
