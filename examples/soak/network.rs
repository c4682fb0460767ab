//! The process with the nodes: it does what the other one orders, line by line, and says what came of it.
//!
//! On its own it has its own memory and sockets, so that those of the other are the client's alone.

use std::{collections::HashMap, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use xrpl_txdata::{
    AccountId, Amount, TxHash,
    testing::{LedgerTransaction, Network, Node},
};

use crate::{Failed, args::Args};

/// Transactions of others in each ledger.
const TRAFFIC: u32 = 20;

/// So many of the newest ledgers are kept.
const KEPT: usize = 2_000;

/// What shall be done.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// These are to come.
    Sign(Vec<Payment>),
    Close,
    Stop(usize),
    Start(usize),
    /// Resets all connections of a node that goes on.
    Cut(usize),
    /// What clients have left open.
    Left,
}

/// A payment to the shop.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) manner: Manner,
    pub(crate) tag: u32,
    /// So many ledgers after the next one; in none without it.
    pub(crate) after: Option<u32>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Manner {
    /// So many XRP.
    Plain(u32),
    /// A thousand USD promised, so many delivered.
    Partial(u32),
    /// In a ledger, and in vain.
    Fails,
}

/// What came of an order, in the order of the orders.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// Before the first order.
    Ready {
        urls: Vec<String>,
        authority: Vec<u8>,
        shop: AccountId,
        tip: u32,
    },
    Signed(Vec<TxHash>),
    Closed {
        index: u32,
        paid: Vec<Paid>,
    },
    /// So many connections were there.
    Killed(usize),
    Left {
        connections: usize,
        subscriptions: usize,
    },
}

/// One of the ordered payments in its ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Paid {
    pub(crate) hash: TxHash,
    pub(crate) place: u32,
    pub(crate) tag: u32,
    pub(crate) result: String,
    /// Unless it failed.
    pub(crate) delivered: Option<Amount>,
}

struct World {
    network: Network,
    nodes: Vec<Node>,
    customer: AccountId,
    shop: AccountId,
    issuer: AccountId,
    /// Tag and delivered amount of what is signed and not in a ledger yet.
    signed: HashMap<TxHash, (u32, Option<Amount>)>,
}

pub(crate) async fn run(args: &Args) -> Result<(), Failed> {
    let mut world = World::new(args.seed, args.interval());
    let (mut urls, mut out) = (Vec::new(), tokio::io::stdout());
    for (number, node) in world.nodes.iter().enumerate() {
        let at = world.network.listen(node).await?;
        urls.push([at.ws_url(), at.wss_url(), at.wss_url(), at.http_url()][number].clone());
    }
    let authority = world.network.ca_certificate_der();
    let ready = Reply::Ready { urls, authority, shop: world.shop, tip: world.network.tip() };
    say(&mut out, &ready).await?;
    // It ends when nobody orders anything any more.
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    while let Some(order) = orders.next_line().await? {
        let reply = world.obey(serde_json::from_str(&order)?)?;
        say(&mut out, &reply).await?;
    }
    Ok(())
}

async fn say(out: &mut tokio::io::Stdout, reply: &Reply) -> Result<(), Failed> {
    let line = serde_json::to_string(reply)? + "\n";
    out.write_all(line.as_bytes()).await?;
    Ok(out.flush().await?)
}

impl World {
    fn new(seed: u64, interval: Duration) -> World {
        let network = Network::builder().seed(seed).interval(interval).traffic(TRAFFIC);
        let network = network.keep(KEPT).build();
        let nodes = vec![
            network.node("n1.test"),
            network.node("n2.test"),
            network.clio("n3.test"),
            network.node("n4.test"),
        ];
        let [customer, shop, issuer] = ["customer", "shop", "issuer"].map(|n| network.account(n));
        World { network, nodes, customer, shop, issuer, signed: HashMap::new() }
    }

    fn obey(&mut self, order: Order) -> Result<Reply, Failed> {
        let node = |number: usize| self.nodes.get(number).ok_or("there is no such node");
        Ok(match order {
            Order::Sign(payments) => {
                let signed: Result<_, Failed> = payments.iter().map(|one| self.sign(one)).collect();
                Reply::Signed(signed?)
            }
            Order::Close => self.close(),
            Order::Stop(number) => {
                let node = node(number)?;
                let killed = node.open_connections();
                node.stop();
                Reply::Killed(killed)
            }
            Order::Start(number) => {
                node(number)?.start();
                Reply::Killed(0)
            }
            Order::Cut(number) => {
                let node = node(number)?;
                let killed = node.open_connections();
                node.cut_connections();
                Reply::Killed(killed)
            }
            Order::Left => Reply::Left {
                connections: self.nodes.iter().map(Node::open_connections).sum(),
                subscriptions: self.nodes.iter().map(Node::subscriptions).sum(),
            },
        })
    }

    fn sign(&mut self, payment: &Payment) -> Result<TxHash, Failed> {
        let usd = |value: u32| format!("{value} USD:{}", self.issuer).parse::<Amount>();
        let pay = |amount| self.network.pay(self.customer, self.shop, amount).tag(payment.tag);
        let (pay, delivered) = match payment.manner {
            Manner::Plain(value) => {
                let amount = format!("{value} XRP").parse()?;
                (pay(amount), Some(amount))
            }
            Manner::Partial(value) => {
                let delivered = usd(value)?;
                (pay(usd(1_000)?).partial(delivered), Some(delivered))
            }
            Manner::Fails => (pay("1 XRP".parse()?).fails("tecNO_PERMISSION"), None),
        };
        let Some(after) = payment.after else { return Ok(pay.never()) };
        let hash = pay.after(after).submit();
        self.signed.insert(hash, (payment.tag, delivered));
        Ok(hash)
    }

    fn close(&mut self) -> Reply {
        let index = self.network.close_ledger();
        let ledger = self.network.ledger(index);
        let all = ledger.iter().flat_map(|ledger| &ledger.transactions);
        let paid = all.filter_map(|tx| paid(tx, self.signed.remove(&tx.hash)?)).collect();
        Reply::Closed { index, paid }
    }
}

fn paid(tx: &LedgerTransaction, (tag, delivered): (u32, Option<Amount>)) -> Option<Paid> {
    let result = tx.result().to_owned();
    Some(Paid { hash: tx.hash, place: tx.index, tag, result, delivered })
}
