//! An order: what somebody shall pay, and under which tag.

use xrpl_txdata::{AccountId, Amount, ExpectedPayment, verify::ExpectationError};

/// The tag of the first order. Each one has its own: that is how a payment finds its order.
const FIRST_TAG: i64 = 1_000;

/// The longest amount that is read, in characters.
const LONGEST: usize = 40;

/// What somebody shall pay.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) id: i64,
    pub(crate) amount: Amount,
}

impl Order {
    /// Its destination tag.
    pub(crate) fn tag(&self) -> u32 {
        // The store makes no id beyond that.
        u32::try_from(FIRST_TAG + self.id).unwrap_or(u32::MAX)
    }

    /// The order that a destination tag belongs to.
    pub(crate) fn id_of(tag: u32) -> i64 {
        i64::from(tag) - FIRST_TAG
    }

    /// What a payment must be to pay it.
    pub(crate) fn expected(
        &self,
        account: AccountId,
        network_id: u32,
    ) -> Result<ExpectedPayment, ExpectationError> {
        ExpectedPayment::to(account)
            .network_id(network_id)
            .tag(self.tag())
            .at_least(self.amount)
            .order_id(self.id.to_string())
            .build()
    }

    /// What wallets read from a QR code.
    pub(crate) fn payment_link(&self, account: AccountId) -> String {
        let amount = match &self.amount {
            Amount::Xrp(drops) => format!("&amount={}", drops.xrp()),
            // There is no common way to name a token; the wallet asks for it.
            _ => String::new(),
        };
        format!("{account}?dt={}{amount}", self.tag())
    }
}

/// The amount of a new order, from what a visitor has typed.
pub(crate) fn read_amount(value: &str, asset: &str) -> Result<Amount, String> {
    let value = value.trim();
    let refused = |reason: String| Err(format!("“{value}” is no amount to pay: {reason}"));
    if value.len() > LONGEST {
        return Err("That is no amount to pay: it is too long".to_owned());
    }
    match format!("{value} {asset}").parse::<Amount>() {
        Ok(amount) => match ExpectedPayment::to(AccountId::from_bytes([1; 20]))
            .any_tag()
            .at_least(amount)
            .build()
        {
            Ok(_) => Ok(amount),
            Err(error) => refused(error.to_string()),
        },
        Err(error) => refused(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_paid_is_an_amount() {
        assert_eq!(read_amount(" 25.5 ", "XRP").unwrap().to_string(), "25.5 XRP");
        let usd = "USD:rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe";
        assert!(read_amount("0.01", usd).is_ok());
        for value in ["", "0", "-5", "five", "1e3x", "0.0000001", "1 2", "9".repeat(60).as_str()] {
            assert!(read_amount(value, "XRP").is_err(), "{value}");
        }
        assert!(read_amount("5", "DROP TABLE").is_err());
    }

    #[test]
    fn a_tag_leads_back_to_its_order() {
        let order = Order { id: 7, amount: "25 XRP".parse().unwrap() };
        assert_eq!((order.tag(), Order::id_of(order.tag())), (1007, 7));
        let shop = AccountId::from_bytes([1; 20]);
        assert_eq!(order.payment_link(shop), format!("{shop}?dt=1007&amount=25"));
        assert!(order.expected(shop, 0).is_ok());
    }
}
