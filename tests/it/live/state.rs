//! Who has what, as the state of the server's ledgers says: the truth about balance changes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use xrpl_txdata::{AccountId, Amount, Asset, BalanceChanges, Currency, TokenValue};

use super::{
    report::{Checked, Halt, skipped, wrong},
    server::Server,
};

/// XRP, in drops, or the balance of one side of a trust line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holding {
    Xrp(AccountId),
    Line { account: AccountId, currency: Currency, peer: AccountId },
}

/// By holding; without those of zero.
pub(super) type Values = BTreeMap<Holding, TokenValue>;

/// What these accounts have in the newest validated ledger; without `lines` only XRP.
pub(super) async fn holdings(
    server: &Server,
    accounts: &[AccountId],
    with_lines: bool,
) -> Checked<Values> {
    let mut values = Values::new();
    for account in accounts {
        let fields = json!({ "account": account, "ledger_index": "validated" });
        let answer = match server.line.ask("account_info", fields).await {
            Err(refused) if refused.token == "actNotFound" => continue,
            answer => answer?,
        };
        let drops = number(&answer["account_data"]["Balance"])?;
        values.insert(Holding::Xrp(*account), drops);
        if with_lines {
            lines(server, *account, &mut values).await?;
        }
    }
    values.retain(|_, value| !value.is_zero());
    Ok(values)
}

async fn lines(server: &Server, account: AccountId, values: &mut Values) -> Checked {
    let mut marker = None;
    loop {
        let mut fields = json!({ "account": account, "ledger_index": "validated" });
        if let Some(marker) = marker {
            fields["marker"] = marker;
        }
        let answer = server.line.ask("account_lines", fields).await?;
        let Some(lines) = answer["lines"].as_array() else {
            return skipped(format!("account_lines says {answer}"));
        };
        for line in lines {
            let text = |name: &str| line[name].as_str().unwrap_or_default();
            let (Ok(currency), Ok(peer)) = (text("currency").parse(), text("account").parse())
            else {
                return skipped(format!("account_lines says {line}"));
            };
            let value = number(&line["balance"])?;
            values.insert(Holding::Line { account, currency, peer }, value);
        }
        marker = answer.get("marker").cloned();
        if marker.is_none() {
            return Ok(());
        }
    }
}

fn number(value: &Value) -> Checked<TokenValue> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().map_err(|_| Halt::Skipped(format!("a balance is {value}")))
}

/// What is more and what is less than before.
pub(super) fn changes(before: &Values, after: &Values) -> Values {
    let mut changes = after.clone();
    for (holding, value) in before {
        let now = changes.remove(holding).unwrap_or(TokenValue::ZERO);
        let change = now.checked_sub(*value).expect("balances of a test are small");
        changes.insert(*holding, change);
    }
    changes.retain(|_, value| !value.is_zero());
    changes
}

/// The same out of metadata, as the library reads it.
pub(super) fn told(
    balances: &BalanceChanges,
    accounts: &[AccountId],
    with_lines: bool,
) -> Checked<Values> {
    let mut values = Values::new();
    for change in balances.iter().filter(|change| accounts.contains(&change.account)) {
        let account = change.account;
        let (holding, value) = match (change.delta, change.counterparty) {
            (Amount::Xrp(drops), _) => (Holding::Xrp(account), drops_of(drops.as_i64())),
            (Amount::Token { value, currency, .. }, Some(peer)) => {
                (Holding::Line { account, currency, peer }, value)
            }
            _ => return wrong(format!("a change of something else: {change:?}")),
        };
        if !with_lines && matches!(holding, Holding::Line { .. }) {
            continue;
        }
        if values.insert(holding, value).is_some() {
            return wrong(format!("two changes of one balance: {holding:?}"));
        }
    }
    Ok(values)
}

/// What one account received, if anything, the fee that it paid added back. Holders of tokens alone.
pub(super) fn received(changes: &Values, account: AccountId, fee: u64) -> Vec<(Asset, TokenValue)> {
    let fee = drops_of(fee.try_into().unwrap_or(i64::MAX));
    let mut received = Vec::new();
    let drops = changes.get(&Holding::Xrp(account)).copied().unwrap_or(TokenValue::ZERO);
    received.extend(drops.checked_add(fee).map(|drops| (Asset::Xrp, drops)));
    for (holding, value) in changes {
        match *holding {
            Holding::Line { account: holder, currency, peer } if holder == account => {
                received.push((Asset::Token { currency, issuer: peer }, *value));
            }
            _ => {}
        }
    }
    received.retain(|(_, value)| !value.is_zero() && !value.is_negative());
    received
}

/// An amount without its asset; XRP in drops.
pub(super) fn value_of(amount: &Amount) -> TokenValue {
    match amount {
        Amount::Xrp(drops) => drops_of(drops.as_i64()),
        Amount::Token { value, .. } => *value,
        Amount::Mpt { value, .. } => drops_of(*value),
    }
}

fn drops_of(drops: i64) -> TokenValue {
    TokenValue::new(drops.into(), 0).expect("19 digits are few")
}
