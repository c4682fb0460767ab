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
/// use xrpl_txdata::Trust;
///
/// assert!(matches!(Trust::default(), Trust::Nodes));
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
