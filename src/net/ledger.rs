//! Ledgers of a node in binary form, each of them whole and fitting its own hash.

use super::node::{Node, unreadable};
use crate::{
    error::Failure,
    wire::{
        frame::Answer,
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
        let text = self.request(&Request::Ledger { index, whole }).await.map_err(Some)?;
        let answer = Answer::read(&text).ok_or_else(|| Some(unreadable(&text)))?;
        let result = answer.result.map_err(|error| {
            // Straight after the close a cluster's other servers may not have it yet.
            let not_yet = treatment(&error) == Treatment::RetrySame || error.token == "lgrNotFound";
            self.refused(&error);
            (!not_yet).then_some(Failure::Server(error))
        })?;
        let failed = |error: &dyn std::fmt::Display| Some(Failure::Unreadable(error.to_string()));
        match read_whole_ledger(result.get(), whole) {
            Ok(ledger) if ledger.index == index => Ok(ledger),
            Ok(ledger) => Err(failed(&format!("ledger {} in place of {index}", ledger.index))),
            Err(WholeError::NotValidated) => Err(None),
            Err(error) => Err(failed(&format!("ledger {index}: {error}"))),
        }
    }
}
