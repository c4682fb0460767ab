//! Ledgers of a node: in binary form, each of them whole and fitting its own hash, or as lists of hashes.

use super::node::Node;
use crate::{
    error::Failure,
    wire::{
        ledger::{HashList, HashListError, read_hash_list},
        request::Request,
        server_error::{Treatment, treatment},
        whole::{WholeError, WholeLedger, read_whole_ledger},
    },
};

impl Node {
    /// One ledger, with all its transactions when `whole`.
    ///
    /// # Errors
    ///
    /// No failure when the node does not have it, or not yet.
    pub(crate) async fn ledger(
        &self,
        index: u32,
        whole: bool,
    ) -> Result<WholeLedger, Option<Failure>> {
        self.of_ledger(index, &Request::Ledger { index, whole }, |result| {
            match read_whole_ledger(result, whole) {
                Ok(ledger) => Ok((ledger.index, ledger)),
                Err(WholeError::NotValidated) => Err(None),
                Err(error) => Err(Some(error.to_string())),
            }
        })
        .await
    }

    /// The hashes of a ledger's transactions.
    ///
    /// # Errors
    ///
    /// No failure when the node does not have it, or not yet.
    pub(crate) async fn hash_list(&self, index: u32) -> Result<HashList, Option<Failure>> {
        self.of_ledger(index, &Request::HashList { index }, |result| match read_hash_list(result) {
            Ok(list) => Ok((list.index, list)),
            Err(HashListError::NotValidated) => Err(None),
            Err(error) => Err(Some(error.to_string())),
        })
        .await
    }

    /// What `read` makes of the answer, with the ledger that it is about; no text where that is not
    /// validated yet.
    async fn of_ledger<T>(
        &self,
        index: u32,
        request: &Request,
        read: impl FnOnce(&str) -> Result<(u32, T), Option<String>>,
    ) -> Result<T, Option<Failure>> {
        let answer = self.request(request).await.map_err(Some)?;
        let result = answer.result().map_err(|error| {
            // Straight after the close a cluster's other servers may not have it yet.
            let not_yet = treatment(error) == Treatment::RetrySame || error.token == "lgrNotFound";
            let failure = self.refused(error);
            (!not_yet).then_some(failure)
        })?;
        let unreadable = |text| Some(Failure::Unreadable(text));
        match read(result) {
            Ok((found, ledger)) if found == index => Ok(ledger),
            Ok((found, _)) => Err(unreadable(format!("ledger {found} in place of {index}"))),
            Err(error) => {
                Err(error.and_then(|error| unreadable(format!("ledger {index}: {error}"))))
            }
        }
    }
}
