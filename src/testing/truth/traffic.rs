//! The transactions of everybody else, so that a ledger looks like a real one.

use super::{
    orders::{Leftover, Order},
    sign::named_account,
};
use crate::{
    testing::random::Random,
    types::{AccountId, Amount, Currency, Drops, TokenValue},
};

const PEOPLE: usize = 12;
const CURRENCIES: [&str; 3] = ["USD", "EUR", "BTC"];

/// Decides what others do.
#[derive(Debug)]
pub(super) struct Traffic {
    seed: u64,
    random: Random,
    people: Vec<AccountId>,
    issuer: AccountId,
    newcomers: u64,
}

impl Traffic {
    pub(super) fn new(seed: u64) -> Traffic {
        Traffic {
            seed,
            random: Random::new(seed, "traffic"),
            people: (0..PEOPLE).map(|n| named_account(seed, &format!("person {n}"))).collect(),
            issuer: named_account(seed, "issuer"),
            newcomers: 0,
        }
    }

    /// Those who pay each other; they exist from the start.
    pub(super) fn people(&self) -> &[AccountId] {
        &self.people
    }

    /// About so many transactions, from half of it to one and a half.
    pub(super) fn orders(&mut self, about: u32) -> Vec<Order> {
        let about = u64::from(about);
        let count = self.random.between(about.div_ceil(2), about + about / 2);
        (0..count).map(|_| self.order()).collect()
    }

    /// Both in one sequence, each in its own order.
    pub(super) fn mix<T>(&mut self, some: Vec<T>, others: Vec<T>) -> Vec<T> {
        let mut rest = (some.len() + others.len()) as u64;
        let (mut some, mut others) = (some.into_iter(), others.into_iter());
        let mut mixed = Vec::new();
        while rest > 0 {
            let first = self.random.between(1, rest) <= some.len() as u64;
            mixed.extend(if first { some.next() } else { others.next() });
            rest -= 1;
        }
        mixed
    }

    fn order(&mut self) -> Order {
        let mut pair = self.people.clone();
        self.random.shuffle(&mut pair);
        let (from, to) = (pair[0], pair[1]);
        let (xrp, token) = (self.xrp(), self.token());
        match self.random.between(1, 100) {
            1..=28 => Order::payment(from, to, xrp).with("DestinationTag", self.tag()),
            29..=34 => {
                self.newcomers += 1;
                let newcomer = named_account(self.seed, &format!("newcomer {}", self.newcomers));
                Order::payment(from, newcomer, Amount::Xrp(Drops::new(20_000_000)))
            }
            35..=48 => Order::payment(from, to, token),
            49..=54 => {
                Order::payment(from, to, token).with("SendMax", token).partial(self.part_of(&token))
            }
            55..=60 => Order::payment(from, to, xrp)
                .with("SendMax", token)
                .through(*self.random.pick(&[Leftover::Half, Leftover::Nothing])),
            61..=66 => Order::payment(from, to, xrp)
                .with("SendMax", token)
                .partial(Amount::Xrp(Drops::new(1)))
                .through(Leftover::Half),
            67..=76 => self.offer(from, token, xrp),
            77..=84 => self.offer(from, xrp, token).through(Leftover::Half),
            85..=88 => self.offer(from, token, xrp).through(Leftover::Nothing),
            89..=91 => Order::new("AccountSet", from)
                .with("Domain", *self.random.pick(&["6578616D706C652E636F6D", "78727023"])),
            92..=94 => {
                let code = format!("X{:02}", self.random.between(0, 99));
                let value = TokenValue::from(1_000_000);
                let limit = code.parse().map_or(token, |currency| Amount::Token {
                    value,
                    currency,
                    issuer: self.issuer,
                });
                Order::new("TrustSet", from).with("LimitAmount", limit)
            }
            95..=97 => Order::payment(from, to, token).fails("tecPATH_DRY"),
            _ => Order::payment(from, to, xrp).fails("tecUNFUNDED_PAYMENT"),
        }
    }

    fn offer(&self, account: AccountId, gives: Amount, wants: Amount) -> Order {
        Order::new("OfferCreate", account).with("TakerGets", gives).with("TakerPays", wants)
    }

    fn xrp(&mut self) -> Amount {
        Amount::Xrp(Drops::new(self.random.between(1, 40_000_000) as i64))
    }

    fn token(&mut self) -> Amount {
        let currency: Currency =
            self.random.pick(&CURRENCIES).parse().expect("a currency code of three letters");
        let units = i128::from(self.random.between(1, 9_000_000));
        let value = TokenValue::new(units, -4).unwrap_or_default();
        Amount::Token { value, currency, issuer: self.issuer }
    }

    fn part_of(&mut self, whole: &Amount) -> Amount {
        match *whole {
            Amount::Token { value, currency, issuer } => {
                let part = value.mantissa() * i128::from(self.random.between(1, 99));
                let value = TokenValue::new(part, value.exponent() - 2).unwrap_or(value);
                Amount::Token { value, currency, issuer }
            }
            other => other,
        }
    }

    fn tag(&mut self) -> u32 {
        self.random.next() as u32
    }
}
