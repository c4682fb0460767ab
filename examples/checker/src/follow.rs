//! Follows the account through the ledgers, and books what it is paid.

use xrpl_txdata::{Event, IncomingPayment, MonitorSource};

use crate::{
    Fallible,
    book::{self, Payment},
    order::Order,
    shop::Shop,
};

/// Whether an order is paid, payments of the same ledger included.
pub(crate) type IsPaid<'a> = &'a dyn Fn(i64) -> Fallible<bool>;

/// Runs until the network turns out to be another one, or lacks ledgers for ever.
pub(crate) async fn run(shop: &Shop) -> Fallible<()> {
    // Every ledger is fetched and hashed: no node can leave a payment out, or alter one.
    let monitor = shop.client.monitor([shop.account]).source(MonitorSource::Ledgers);
    let mut monitor = match shop.store.cursor()? {
        Some(cursor) => monitor.from(cursor).start()?,
        None => monitor.from_now().start()?,
    };
    let handle = monitor.handle();
    // Of one ledger. Until it is done nothing is stored, and after a crash all of it is told again.
    let mut payments: Vec<IncomingPayment> = Vec::new();
    while let Some(event) = monitor.next().await {
        match event? {
            Event::Incoming(payment) => payments.push(payment),
            Event::LedgerDone(cursor) => {
                let told = std::mem::take(&mut payments);
                let told = told.iter().map(|payment| Ok((payment, order_of(shop, payment)?)));
                let told = told.collect::<Fallible<Vec<_>>>()?;
                let judged = |(payment, order): &(&IncomingPayment, Option<Order>),
                              paid: IsPaid| {
                    judge(shop, payment, order.as_ref(), paid)
                };
                shop.store.book(&told, judged, &cursor)?;
                shop.health().outage = None;
            }
            Event::Outage { failures, .. } => {
                let failures = failures.iter().map(ToString::to_string).collect();
                shop.health().outage = Some(failures);
            }
            Event::GapNotFillable { from, to } => {
                return Err(format!("no node has ledgers {from} to {to} any more").into());
            }
            _ => {}
        }
        shop.health().status = handle.status();
        shop.changed();
    }
    Err("the ledger is not followed any more".into())
}

/// The order that a payment is for: the one of its tag, which its sender has signed, or else the one that
/// somebody has named it for.
fn order_of(shop: &Shop, payment: &IncomingPayment) -> Fallible<Option<Order>> {
    if let Some(tag) = payment.destination_tag()
        && let Some(order) = shop.store.order(Order::id_of(tag))?
    {
        return Ok(Some(order));
    }
    match shop.store.named_for(&payment.hash())? {
        Some(order) => shop.store.order(order),
        None => Ok(None),
    }
}

fn judge(
    shop: &Shop,
    payment: &IncomingPayment,
    order: Option<&Order>,
    is_paid: IsPaid,
) -> Fallible<Payment> {
    let Some(order) = order else { return Ok(book::stray(payment)) };
    let expected = order.expected(shop.account, shop.network_id)?;
    Ok(book::payment(payment, order.id, &expected, is_paid(order.id)?))
}
