//! A transaction that somebody has named, a wallet or a button: looked up until it is known what became of
//! it. Nothing is booked here; whatever a ledger holds for us the monitor tells.

use std::{sync::Arc, time::Duration};

use xrpl_txdata::{PaymentAnswer, TxHash};

use crate::{Fallible, shop::Shop};

/// How long a transaction is waited for.
const WAIT: Duration = Duration::from_secs(600);

/// Between two attempts while nodes cannot be reached.
const PAUSE: Duration = Duration::from_secs(10);

pub(crate) async fn settle(shop: Arc<Shop>, hash: TxHash, order: i64) {
    while let Err(error) = look(&shop, hash, order).await {
        eprintln!("{hash}: {error}");
        tokio::time::sleep(PAUSE).await;
    }
    shop.changed();
}

async fn look(shop: &Shop, hash: TxHash, order: i64) -> Fallible<()> {
    let Some(order) = shop.store.order(order)? else { return Ok(()) };
    let expected = order.expected(shop.account, shop.network_id)?;
    match shop.client.verify_payment(hash, &expected, WAIT.as_secs()).await? {
        PaymentAnswer::Judged { verdict, .. } => {
            // Once its ledger is booked, it is there as a payment, or has brought us nothing.
            let mut changes = shop.changes();
            while shop.store.cursor()?.is_none_or(|at| at.ledger_index() < verdict.ledger_index()) {
                changes.changed().await?;
            }
            let sentence = verdict.to_string();
            shop.store.end(&hash, sentence.lines().next().unwrap_or_default())
        }
        PaymentAnswer::Absent(absence) => shop.store.end(&hash, &absence.to_string()),
    }
}
