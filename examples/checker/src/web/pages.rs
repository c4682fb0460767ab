//! The pages as HTML: one column, readable without style and scripts.

use std::fmt::Write;

use qrcode::{QrCode, render::svg};

use super::text::Text;
use crate::{
    Fallible,
    book::{Outcome, Payment},
    order::Order,
    play::Trick,
    shop::Shop,
};

fn page(title: &str, head: &str, body: &str) -> String {
    let title = Text(title);
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="data:,">
{head}</head>
<body>
<header><nav aria-label="Pages"><a href="/">Orders</a> <a href="/payments">Payments</a> <a href="/health">Nodes</a></nav></header>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"#
    )
}

/// Where orders are made; with a complaint about the last attempt.
pub(super) fn front(shop: &Shop, complaint: Option<&str>) -> Fallible<String> {
    let complaint = complaint.map_or(String::new(), |complaint| {
        format!("<p class=\"bad\" role=\"alert\">{}</p>", Text(complaint))
    });
    let assets = shop.assets.iter().fold(String::new(), |mut all, asset| {
        let _ = write!(all, "<option value=\"{}\">{}</option>", Text(asset), Text(short(asset)));
        all
    });
    let mut orders = String::new();
    for (order, paid) in shop.store.orders()? {
        let (class, state) = if paid { ("good", "paid") } else { ("", "open") };
        let (id, amount) = (order.id, order.amount.to_string());
        let amount = Text(short(&amount));
        let _ = writeln!(
            orders,
            "<li><a href=\"/orders/{id}\">Order {id}</a> {amount} <span class=\"{class}\">{state}</span></li>"
        );
    }
    let orders = match orders.is_empty() {
        true => "<p>None yet.</p>".to_owned(),
        false => format!("<ul class=\"list\">{orders}</ul>"),
    };
    let play = match shop.play {
        Some(_) => "<p>The network is simulated: every order can be paid well and badly.</p>",
        None => "",
    };
    let body = format!(
        r#"{play}{complaint}
<form method="post" action="/">
<label for="amount">Amount</label>
<input id="amount" name="amount" inputmode="decimal" autocomplete="off" required maxlength="40" value="25">
<label for="asset">Asset</label>
<select id="asset" name="asset">{assets}</select>
<button>Create order</button>
</form>
<h2>Newest orders</h2>
{orders}"#
    );
    Ok(page("New order", "", &body))
}

/// How to pay an order, and what became of it.
pub(super) fn order(shop: &Shop, order: &Order) -> Fallible<String> {
    let (id, tag, account) = (order.id, order.tag(), shop.account);
    let code = QrCode::new(order.payment_link(account))?;
    // The renderer begins with a declaration that has no place inside of HTML.
    let qr = code.render::<svg::Color<'_>>().min_dimensions(180, 180).build();
    let qr = qr.split_once("?>").map_or(qr.as_str(), |(_, svg)| svg);
    let amount = order.amount.to_string();
    let issuer = match amount.split_once(':') {
        Some((_, issuer)) => format!(
            "<dt>Issuer</dt><dd><code>{}</code> <small>The same code of another issuer is worth nothing \
             here.</small></dd>",
            Text(issuer)
        ),
        None => String::new(),
    };
    let amount = Text(short(&amount));
    let mut tricks = String::new();
    for trick in Trick::ALL.into_iter().filter(|_| shop.play.is_some()) {
        let (name, label) = (trick.name(), trick.label());
        let _ = write!(
            tricks,
            "<form method=\"post\" action=\"/orders/{id}/play/{name}\"><button>{label}</button></form>"
        );
    }
    if !tricks.is_empty() {
        tricks = format!("<h2>Try it</h2><div class=\"tricks\">{tricks}</div>");
    }
    let body = format!(
        r#"<div id="state" aria-live="polite">{state}</div>
<div class="pay">
<h2>How to pay</h2>
<figure class="qr" role="img" aria-label="QR code of the address and the tag">{qr}</figure>
<dl>
<dt>Amount</dt><dd>{amount}</dd>
{issuer}
<dt>To</dt><dd><code>{account}</code></dd>
<dt>Destination tag</dt><dd><code>{tag}</code> <small>Without it the payment cannot be found.</small></dd>
</dl>
</div>
{tricks}"#,
        state = state(shop, order)?
    );
    let head = "<script src=\"/live.js\" defer></script>\n\
                <noscript><meta http-equiv=\"refresh\" content=\"3\"></noscript>\n";
    Ok(page(&format!("Order {id}"), head, &body))
}

/// What became of an order so far.
pub(super) fn state(shop: &Shop, order: &Order) -> Fallible<String> {
    let payments = shop.store.payments_of(order.id)?;
    let named = shop.store.named(order.id)?;
    let booked = |hash: &str| payments.iter().any(|payment| payment.key.ends_with(hash));
    let (mut open, mut ended) = (String::new(), String::new());
    for one in named.iter().filter(|one| !booked(&one.hash)) {
        let hash = Text(&one.hash);
        let _ = match &one.ended {
            None => write!(open, "<li><code>{hash}</code></li>"),
            Some(why) => write!(ended, "<li><code>{hash}</code>: {}</li>", Text(why)),
        };
    }
    let headline = if payments.iter().any(|payment| payment.outcome == Outcome::Paid) {
        "<p class=\"state good\">Paid</p>"
    } else if !open.is_empty() {
        "<p class=\"state\">Seen, waiting for a validated ledger</p>"
    } else if !payments.is_empty() {
        "<p class=\"state bad\">Not paid</p>"
    } else {
        "<p class=\"state\">Waiting for the payment</p>"
    };
    let mut html = headline.to_owned();
    if !open.is_empty() {
        let _ = write!(html, "<p>Named, and in no validated ledger yet:</p><ul>{open}</ul>");
    }
    for payment in payments.iter().rev() {
        html.push_str(&card(payment));
    }
    if !ended.is_empty() {
        let _ = write!(html, "<p>These brought nothing to this order:</p><ul>{ended}</ul>");
    }
    Ok(html)
}

/// One payment to an order, with every check.
fn card(payment: &Payment) -> String {
    let (class, word) = word(payment.outcome);
    let hash = payment.key.rsplit(':').next().unwrap_or_default();
    let checks = payment.verdict["checks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let (mut wrong, mut rows) = (String::new(), String::new());
    // What was not asked is of no interest to anybody.
    for check in checks.iter().filter(|check| check["outcome"] != "not_applicable") {
        let text = |name: &str| Text(check[name].as_str().unwrap_or_default().to_owned());
        let (name, expected, found) = (text("name"), text("expected"), text("actual"));
        let (class, outcome) = match check["outcome"].as_str() {
            Some("passed") => ("good", "passed"),
            _ => ("bad", "failed"),
        };
        if class == "bad" {
            let _ = write!(
                wrong,
                "<li><strong>{name}</strong>: expected {expected}, found {found}</li>"
            );
        }
        let _ = writeln!(
            rows,
            "<tr class=\"{class}\"><th scope=\"row\">{name}</th>\
             <td data-label=\"Outcome\">{outcome}</td><td data-label=\"Expected\">{expected}</td>\
             <td data-label=\"Found\">{found}</td></tr>"
        );
    }
    let why = match payment.outcome {
        Outcome::Surplus => "<p>It would pay this order, which is paid already.</p>".to_owned(),
        _ if wrong.is_empty() => String::new(),
        _ => format!("<ul>{wrong}</ul>"),
    };
    format!(
        r#"<section class="card {class}">
<h3>{word}: {delivered}</h3>
{why}<p><small>Ledger {ledger}, <code>{hash}</code></small></p>
<details><summary>All {count} checks</summary>
<table><thead><tr><th scope="col">Check</th><th scope="col">Outcome</th><th scope="col">Expected</th><th scope="col">Found</th></tr></thead>
<tbody>
{rows}</tbody></table>
</details>
</section>
"#,
        delivered = Text(short(&payment.delivered)),
        ledger = payment.ledger,
        hash = Text(hash),
        count = rows.lines().count(),
    )
}

fn word(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Paid => ("good", "Paid"),
        Outcome::Refused => ("bad", "Refused"),
        Outcome::Surplus => ("bad", "Paid again, to be sent back"),
        Outcome::Stray => ("bad", "For no order"),
    }
}

/// The newest payments, whatever became of them.
pub(super) fn payments(shop: &Shop) -> Fallible<String> {
    let mut rows = String::new();
    for payment in shop.store.recent_payments()? {
        let (class, word) = word(payment.outcome);
        let order = payment
            .order
            .map_or("none".to_owned(), |id| format!("<a href=\"/orders/{id}\">Order {id}</a>"));
        let hash = payment.key.rsplit(':').next().unwrap_or_default();
        let why = match (payment.outcome, payment.verdict["sentence"].as_str()) {
            (Outcome::Surplus, _) => "The order is paid already.",
            (Outcome::Stray, _) | (_, None) => "It has no tag of an order.",
            (_, Some(sentence)) => sentence,
        };
        // What nobody has judged is shown whole.
        let delivered = match payment.outcome {
            Outcome::Stray => payment.delivered.as_str(),
            _ => short(&payment.delivered),
        };
        let _ = writeln!(
            rows,
            "<li class=\"card {class}\"><strong>{word}</strong> {} <span>{order}</span>\
             <p>{}</p><small>Ledger {}, <code>{}</code></small></li>",
            Text(delivered),
            Text(why),
            payment.ledger,
            Text(hash)
        );
    }
    let body = match rows.is_empty() {
        true => "<p>None yet.</p>".to_owned(),
        false => format!("<ul class=\"list\">{rows}</ul>"),
    };
    Ok(page("Recent payments", "", &body))
}

/// The nodes that are followed, and how far they are.
pub(super) fn health(shop: &Shop) -> String {
    let health = shop.health().clone();
    let number =
        |index: Option<u32>| index.map_or("none yet".to_owned(), |index| index.to_string());
    let nodes = health.status.nodes.iter().fold(String::new(), |mut all, node| {
        let _ = write!(all, "<li><code>{}</code></li>", Text(node));
        all
    });
    let outage = health.outage.map_or("<p class=\"good\">Ledgers come in.</p>".to_owned(), |all| {
        let failures = all.iter().fold(String::new(), |mut text, failure| {
            let _ = write!(text, "<li>{}</li>", Text(failure));
            text
        });
        format!("<p class=\"bad\">No new ledger can be had at the moment.</p><ul>{failures}</ul>")
    });
    let lag = health.status.lag().map_or("unknown".to_owned(), |lag| format!("{lag} ledgers"));
    let body = format!(
        "{outage}<dl><dt>Booked up to ledger</dt><dd>{}</dd><dt>Newest ledger</dt><dd>{}</dd>\
         <dt>Behind by</dt><dd>{lag}</dd><dt>Nodes that are followed</dt><dd><ul>{nodes}</ul></dd></dl>",
        number(health.status.last_ledger),
        number(health.status.newest_ledger)
    );
    page("Nodes", "<meta http-equiv=\"refresh\" content=\"5\">\n", &body)
}

pub(super) fn not_found() -> String {
    page("Not found", "", "<p>There is nothing under this address.</p>")
}

pub(super) fn broken() -> String {
    page("Something is wrong", "", "<p>It was noted. No payment is lost.</p>")
}

/// Without the issuer, for headings and lists.
fn short(amount: &str) -> &str {
    amount.split(":r").next().unwrap_or(amount)
}
