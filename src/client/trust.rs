//! Whom a lookup believes: nodes, or nobody but validators.

#[cfg(feature = "proof")]
use std::sync::Arc;

#[cfg(feature = "proof")]
use crate::proof::TrustedValidators;

/// Whom a lookup believes that a transaction was validated, and what it did.
///
/// The manual tells [what each of them protects from](crate::manual::trust).
///
/// ```
/// use xrpl_txdata::{RippleTime, Trust, TxData};
/// use xrpl_txdata::proof::{Publisher, TrustedValidators};
/// use xrpl_txdata::testing::{Fault, Network};
///
/// #[tokio::main(flavor = "current_thread", start_paused = true)]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let network = Network::new(1);
///     let (customer, shop) = (network.account("customer"), network.account("shop"));
///     let hash = network.pay(customer, shop, "25 XRP".parse()?).submit();
///     network.close_ledger();
///     network.run_clock();
///     let (liar, honest) = (network.node("n1.test"), network.node("n2.test"));
///     liar.set_faults([Fault::ForgedChain]);
///
///     let mut publisher = Publisher::new(network.publisher().master_key());
///     let list = publisher.accept(&network.validator_list(), RippleTime::from_seconds(1))?;
///     let txd = TxData::builder()
///         .endpoints([liar.url(), honest.url()])
///         .connect(network.clone())
///         .trust(TrustedValidators::from_lists(&[list])?)
///         .build()?;
///     let tx = txd.get_one(hash, 0).await?.found().expect("one node is honest");
///     assert_eq!(tx.delivered().to_string(), "25 XRP");
///     assert!(tx.source().proven.is_some() && tx.proof().is_some());
///
///     let told = txd.lookup(hash).trust(Trust::Nodes).await?.found().expect("the first one says so");
///     assert_ne!(told.ledger_hash(), tx.ledger_hash(), "it is believed");
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Trust {
    /// Nodes that are fit: as many as [`agreement`](crate::Builder::agreement) says.
    #[default]
    Nodes,
    /// Nobody but these validators. A transaction is found when its whole ledger hashes to what a
    /// quorum of them signed, or to what a ledger that they signed stands on; all that it tells, its
    /// metadata too, is read from those bytes, however many nodes lie. Absence is still the nodes' word.
    #[cfg(feature = "proof")]
    Validators(Arc<TrustedValidators>),
}

#[cfg(feature = "proof")]
impl From<TrustedValidators> for Trust {
    fn from(validators: TrustedValidators) -> Trust {
        Trust::Validators(Arc::new(validators))
    }
}

/// How a lookup that believes validators comes to believe: without that feature there is none.
#[cfg(not(feature = "proof"))]
pub(super) mod proving {
    use super::super::ask::Whereabouts;
    use crate::{machine::race::Reply, net::node::Node, tx::ValidatedTransaction};

    #[derive(Debug)]
    pub(in crate::client) enum Prover {}

    impl Prover {
        pub(in crate::client) async fn prove(
            &self,
            _: &Node,
            _: ValidatedTransaction,
            _: &Whereabouts,
        ) -> Reply<ValidatedTransaction> {
            match *self {}
        }
    }
}
