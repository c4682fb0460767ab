//! From an order to a signed transaction: accounts and holdings it needs, sequence or ticket, fee,
//! last ledger, signature, hash.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::{
    holdings::{Provider, account_key, number},
    orders::{Leftover, Order, When},
    state::State,
    transactions::{account, amount},
    world::{Signed, definitions},
};
use crate::{
    codec,
    testing::random::{self, Random},
    types::{AccountId, Amount, Drops, TokenValue, TxHash, hex},
};

/// What an account has when nothing else is said.
const FUNDS: Drops = Drops::new(100_000_000_000_000);
/// What a holder of a token has when nothing else is said.
const TOKENS: i64 = 1_000_000_000;
const FEE: &str = "12";
/// Wallets give their transactions so many ledgers.
const VALID_FOR: u32 = 20;
/// Networks with higher ids want them in each transaction.
const LEGACY_NETWORKS: u32 = 1024;

/// The wallets of everybody.
#[derive(Debug)]
pub(super) struct Signer {
    seed: u64,
    network_id: u32,
    first_ledger: u32,
    random: Random,
    unfunded: HashSet<AccountId>,
    sequences: HashMap<AccountId, Sequence>,
    makers: u64,
}

#[derive(Debug)]
struct Sequence {
    next: u32,
    /// The latest ledger for which a transaction of the account is scheduled.
    latest: u32,
}

impl Signer {
    pub(super) fn new(seed: u64, network_id: u32, first_ledger: u32) -> Signer {
        Signer {
            seed,
            network_id,
            first_ledger,
            random: Random::new(seed, "signatures"),
            unfunded: HashSet::new(),
            sequences: HashMap::new(),
            makers: 0,
        }
    }

    pub(super) fn fund(&mut self, state: &mut State, account: AccountId) {
        self.fund_with(state, account, FUNDS);
    }

    pub(super) fn leave_unfunded(&mut self, account: AccountId) {
        self.unfunded.insert(account);
    }

    /// The signed transaction and the ledger that shall hold it, `None` for never.
    pub(super) fn sign(
        &mut self,
        state: &mut State,
        mut order: Order,
        next_ledger: u32,
    ) -> (Signed, Option<u32>) {
        let account = account(&order.tx, "Account").expect("an order names its account");
        let ledger = match order.when {
            When::After(ledgers) => Some(next_ledger.saturating_add(ledgers)),
            When::In(ledger) => Some(ledger),
            When::Never => None,
        };
        if let Some(ledger) = ledger.filter(|ledger| *ledger < next_ledger) {
            panic!("ledger {ledger} is closed already, the next one is {next_ledger}");
        }
        self.provide(state, &mut order);
        self.number(state, &mut order.tx, account, ledger);

        let last = next_ledger.saturating_add(VALID_FOR).max(ledger.unwrap_or(0));
        let last = order.tx.entry("LastLedgerSequence").or_insert_with(|| json!(last));
        if let (Some(last), Some(ledger)) = (last.as_u64(), ledger)
            && last < u64::from(ledger)
        {
            panic!(
                "the last ledger sequence {last} is before ledger {ledger}, which shall hold it"
            );
        }
        order.tx.entry("Fee").or_insert_with(|| json!(FEE));
        order.tx.entry("Flags").or_insert_with(|| json!(0));
        if self.network_id > LEGACY_NETWORKS {
            order.tx.insert("NetworkID".to_owned(), json!(self.network_id));
        }
        let key = random::bytes(self.seed, &format!("public key of {account}"));
        order.tx.insert("SigningPubKey".to_owned(), format!("ED{}", hex::encode(&key)).into());
        let signature: Vec<u8> = (0..8).flat_map(|_| self.random.next().to_be_bytes()).collect();
        order.tx.insert("TxnSignature".to_owned(), hex::encode(&signature).into());
        (signed(order, self.network_id), ledger)
    }

    /// The sequence number; where a later ledger holds one that is numbered already, a ticket.
    fn number(
        &mut self,
        state: &mut State,
        tx: &mut Map<String, Value>,
        account: AccountId,
        ledger: Option<u32>,
    ) {
        if tx.contains_key("Sequence") {
            return;
        }
        let thread = self.thread();
        let fields = state.get(&account_key(account)).map(|entry| &entry.fields);
        let Some(fields) = fields else {
            panic!("{account} does not exist yet: close the ledger that creates it, or fund it");
        };
        let first = u32::try_from(number(fields, "Sequence")).unwrap_or(1);
        let sequence = self.sequences.entry(account).or_insert(Sequence { next: first, latest: 0 });
        let number = sequence.next;
        let out_of_turn = ledger.is_some_and(|ledger| ledger < sequence.latest);
        if let Some(ledger) = ledger {
            sequence.next += 1;
            sequence.latest = sequence.latest.max(ledger);
        }
        if out_of_turn {
            Provider { state, thread }.ticket(account, number);
            tx.insert("TicketSequence".to_owned(), json!(number));
        }
        tx.insert("Sequence".to_owned(), json!(if out_of_turn { 0 } else { number }));
    }

    /// Gives the parties what they must have had before, so that the transaction can succeed.
    fn provide(&mut self, state: &mut State, order: &mut Order) {
        let Ok(account) = account(&order.tx, "Account") else { return };
        let spends = ["SendMax", "Amount", "TakerGets"].map(|field| amount(&order.tx, field).ok());
        let spends = spends.into_iter().flatten().next();
        match spends {
            Some(Amount::Xrp(drops)) if drops > FUNDS => {
                self.fund_with(state, account, Drops::new(drops.as_i64().saturating_mul(2)));
            }
            _ => self.fund_with(state, account, FUNDS),
        }
        let Some(spends) = spends else { return };
        self.hold(state, account, &spends, true);
        let receiver = self::account(&order.tx, "Destination").unwrap_or(account);
        let promised = amount(&order.tx, "Amount").or_else(|_| amount(&order.tx, "TakerPays"));
        let receives = order.effect.delivers.or(promised.ok());
        let Some(receives) = receives else { return };
        self.hold(state, receiver, &receives, false);
        if let Some(leftover) = order.converts.filter(|_| spends.asset() != receives.asset()) {
            order.effect.through = Some(self.make_offer(state, &receives, &spends, leftover));
        }
    }

    /// Lets `holder` hold the asset; with `some` he has enough of it.
    fn hold(&mut self, state: &mut State, holder: AccountId, amount: &Amount, some: bool) {
        let issuer = match amount {
            Amount::Xrp(_) => return,
            Amount::Token { issuer, .. } => *issuer,
            Amount::Mpt { id, .. } => id.issuer(),
        };
        self.fund(state, issuer);
        self.fund(state, holder);
        let held = if some { enough(amount) } else { Amount::zero(amount.asset()) };
        Provider { state, thread: self.thread() }.holding(holder, &held);
    }

    /// A market maker of its own for each exchange, so that no balance ever runs out of digits.
    fn make_offer(
        &mut self,
        state: &mut State,
        gives: &Amount,
        wants: &Amount,
        leftover: Leftover,
    ) -> (AccountId, u32) {
        self.makers += 1;
        let maker = named_account(self.seed, &format!("market maker {}", self.makers));
        let size = |amount: &Amount| match leftover {
            Leftover::Half => amount.checked_add(amount).unwrap_or(*amount),
            Leftover::Nothing => *amount,
        };
        let xrp = match gives {
            Amount::Xrp(drops) => drops.as_i64().saturating_mul(2),
            _ => 0,
        };
        self.fund_with(state, maker, Drops::new(FUNDS.as_i64().saturating_add(xrp)));
        self.hold(state, maker, gives, true);
        self.hold(state, maker, wants, false);
        let sequence = 7;
        let mut provider = Provider { state, thread: self.thread() };
        provider.offer(maker, sequence, &size(gives), &size(wants));
        (maker, sequence)
    }

    fn fund_with(&mut self, state: &mut State, account: AccountId, drops: Drops) {
        if !self.unfunded.contains(&account) {
            let [a, b, ..] = random::bytes(self.seed, &format!("sequence of {account}"));
            let sequence = u32::from(u16::from_be_bytes([a, b])) + 10;
            Provider { state, thread: self.thread() }.account(account, drops, sequence);
        }
    }

    /// The transaction that is said to have created what was there before the first ledger.
    fn thread(&self) -> (TxHash, u32) {
        let hash = random::bytes(self.seed, "before the first ledger");
        (TxHash::from_bytes(hash), self.first_ledger.saturating_sub(1))
    }
}

/// The account that a name stands for.
pub(in crate::testing) fn named_account(seed: u64, name: &str) -> AccountId {
    let hash = random::bytes(seed, &format!("account {name}"));
    let mut bytes = [0; 20];
    bytes.copy_from_slice(&hash[..20]);
    AccountId::from_bytes(bytes)
}

/// A round sum where that leaves the ledger's 16 digits intact, else twice the amount.
fn enough(amount: &Amount) -> Amount {
    match *amount {
        Amount::Token { value, currency, issuer } => {
            let round = TokenValue::from(TOKENS);
            let rest = round.checked_sub(value);
            let suits = rest.is_some_and(|rest| rest.is_ledger_value() && !rest.is_negative());
            let twice = value.checked_add(value).unwrap_or(value);
            Amount::Token { value: if suits { round } else { twice }, currency, issuer }
        }
        Amount::Mpt { value, id } => Amount::Mpt { value: value.saturating_mul(2).max(TOKENS), id },
        xrp => xrp,
    }
}

fn signed(order: Order, network_id: u32) -> Signed {
    let blob = definitions(network_id)
        .encode_transaction(&order.tx)
        .unwrap_or_else(|error| panic!("this transaction cannot be encoded: {error}"));
    let hash = codec::transaction_id(&blob);
    Signed { hash, blob, json: order.tx, effect: order.effect }
}
