//! Xaman tells that a user has signed. That is no payment yet: the transaction is named for its order, and
//! the ledger decides.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use xrpl_txdata::{TxHash, xaman::Webhook};

use super::Shared;
use crate::named;

pub(super) async fn xaman(
    State(shop): Shared,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let Some(secret) = &shop.xaman_secret else {
        return (StatusCode::NOT_FOUND, "no secret of Xaman is configured\n");
    };
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let Ok(webhook) = Webhook::verify(headers, &body, secret) else {
        return (StatusCode::FORBIDDEN, "the signature does not hold\n");
    };
    let signed = webhook.payload_response.txid.filter(|_| webhook.payload_response.signed);
    let hash = signed.and_then(|txid| txid.parse::<TxHash>().ok());
    let order = webhook.custom_meta.identifier.and_then(|id| id.parse::<i64>().ok());
    let (Some(hash), Some(order)) = (hash, order) else {
        return (StatusCode::OK, "nothing to do\n");
    };
    let named = || match shop.store.order(order)? {
        Some(_) => shop.store.name(&hash, order),
        None => Ok(false),
    };
    match named() {
        Ok(new) => {
            if new {
                tokio::spawn(named::settle(shop.clone(), hash, order));
                shop.changed();
            }
            (StatusCode::OK, "noted\n")
        }
        // Xaman sends it again.
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "try again\n"),
    }
}
