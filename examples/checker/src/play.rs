//! The network inside the process, and those who pay on it: well, and in every bad way.

use std::time::Duration;

use xrpl_txdata::{
    AccountId, Amount, Builder, Error, TxData, TxHash,
    testing::{Network, Node},
};

use crate::{Fallible, order::Order};

/// Between two ledgers: shorter than on the real network, for the impatient.
const INTERVAL: Duration = Duration::from_secs(2);

/// Ledgers that are remembered.
const KEPT: usize = 5_000;

/// The simulated network.
#[derive(Clone, Debug)]
pub(crate) struct Play {
    network: Network,
    nodes: [Node; 2],
}

/// A way to pay an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trick {
    Pay,
    Partially,
    FakeToken,
    WithoutTag,
    Twice,
}

impl Trick {
    pub(crate) const ALL: [Trick; 5] =
        [Trick::Pay, Trick::Partially, Trick::FakeToken, Trick::WithoutTag, Trick::Twice];

    /// Its name in addresses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Trick::Pay => "pay",
            Trick::Partially => "partially",
            Trick::FakeToken => "fake-token",
            Trick::WithoutTag => "without-tag",
            Trick::Twice => "twice",
        }
    }

    /// What its button says.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Trick::Pay => "Pay",
            Trick::Partially => "Pay partially",
            Trick::FakeToken => "Pay in fake token",
            Trick::WithoutTag => "Pay without tag",
            Trick::Twice => "Pay twice",
        }
    }

    pub(crate) fn read(name: &str) -> Option<Trick> {
        Trick::ALL.into_iter().find(|trick| trick.name() == name)
    }
}

impl Play {
    /// Two nodes and a clock that closes ledgers.
    pub(crate) fn start(network_id: u32) -> Play {
        let network =
            Network::builder().seed(1).network_id(network_id).interval(INTERVAL).keep(KEPT).build();
        let nodes = ["n1.test", "n2.test"].map(|name| network.node(name));
        network.run_clock();
        Play { network, nodes }
    }

    /// A client of its nodes, which forget the oldest ledgers.
    pub(crate) fn client(&self, builder: Builder) -> Result<TxData, Error> {
        let urls = self.nodes.each_ref().map(Node::url);
        builder.endpoints(urls).connect(self.network.clone()).allow_partial_history().build()
    }

    /// The account that is paid.
    pub(crate) fn shop(&self) -> AccountId {
        self.network.account("shop")
    }

    /// The token that is accepted.
    pub(crate) fn token(&self) -> String {
        format!("USD:{}", self.network.account("issuer"))
    }

    /// Pays an order in this way; gives the transactions.
    pub(crate) fn pay(&self, order: &Order, trick: Trick) -> Fallible<Vec<TxHash>> {
        let (customer, shop) = (self.network.account("customer"), self.shop());
        let well = || self.network.pay(customer, shop, order.amount).tag(order.tag());
        Ok(match trick {
            Trick::Pay => vec![well().submit()],
            Trick::Twice => vec![well().submit(), well().memo("again").submit()],
            Trick::WithoutTag => {
                vec![self.network.pay(customer, shop, order.amount).submit()]
            }
            Trick::Partially => {
                let order = match &order.amount {
                    Amount::Xrp(_) => well().partial("0.000001 XRP".parse()?).send_max(
                        // As on the real network, XRP can be paid partially out of a token only.
                        format!("1 {}", self.token()).parse()?,
                    ),
                    _ => well().partial(self.of_the_same(&order.amount, "0.01")?),
                };
                vec![order.submit()]
            }
            Trick::FakeToken => {
                // The same code, or what looks like one, of an issuer whom nobody knows.
                let thief = self.network.account("thief");
                let text = order.amount.to_string();
                let (value, asset) = text.split_once(' ').unwrap_or((&text, "XRP"));
                let code = match asset.split_once(':') {
                    Some((code, _)) => code,
                    None => "Xrp",
                };
                let fake: Amount = format!("{value} {code}:{thief}").parse()?;
                vec![self.network.pay(customer, shop, fake).tag(order.tag()).submit()]
            }
        })
    }

    fn of_the_same(&self, amount: &Amount, value: &str) -> Fallible<Amount> {
        let text = amount.to_string();
        let asset = text.split_once(' ').map_or("XRP", |(_, asset)| asset);
        Ok(format!("{value} {asset}").parse()?)
    }
}
