//! The two answers of a lookup: found, or absent with all that this rests on.

use std::{fmt, time::Duration};

use serde::Serialize;

use crate::{error::Attempt, tx::ValidatedTransaction, types::TxKey, wire::ranges::LedgerRanges};

/// The answer to a lookup.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    /// It is in a validated ledger.
    Found(ValidatedTransaction),
    /// It is in none of the ledgers that were searched.
    Absent(Absence),
}

impl Lookup {
    /// The transaction, if it was found.
    pub fn found(self) -> Option<ValidatedTransaction> {
        match self {
            Lookup::Found(tx) => Some(tx),
            Lookup::Absent(_) => None,
        }
    }

    /// What "not found" rests on, if it was not found.
    pub fn absent(self) -> Option<Absence> {
        match self {
            Lookup::Found(_) => None,
            Lookup::Absent(absence) => Some(absence),
        }
    }

    /// Whether it was found.
    pub fn is_found(&self) -> bool {
        matches!(self, Lookup::Found(_))
    }
}

/// What "not found" rests on.
///
/// Unless [`is_final`](Absence::is_final) holds, the transaction may still be validated in a later
/// ledger, and what lies outside [`coverage`](Absence::coverage) was not searched at all.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Absence {
    key: String,
    coverage: LedgerRanges,
    searched: Vec<Searched>,
    is_final: bool,
    #[serde(skip)]
    attempts: Vec<Attempt>,
    #[serde(skip)]
    elapsed: Duration,
}

/// The ledgers in which one node has looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Searched {
    /// The endpoint, without credentials, path and query.
    pub endpoint: String,
    /// Its ledgers.
    pub ledgers: LedgerRanges,
}

impl Absence {
    pub(crate) fn new(
        key: TxKey,
        searched: Vec<Searched>,
        is_final: bool,
        attempts: Vec<Attempt>,
        elapsed: Duration,
    ) -> Absence {
        let mut coverage = LedgerRanges::new();
        for one in &searched {
            coverage.extend(&one.ledgers);
        }
        Absence { key: key.to_string(), coverage, searched, is_final, attempts, elapsed }
    }

    /// All ledgers in which it surely is not, as far as the nodes can be believed.
    pub fn coverage(&self) -> &LedgerRanges {
        &self.coverage
    }

    /// Who looked where.
    pub fn searched(&self) -> &[Searched] {
        &self.searched
    }

    /// Whether the transaction can never be validated any more: all ledgers in which it could have
    /// been are covered.
    pub fn is_final(&self) -> bool {
        self.is_final
    }

    /// The endpoints that could not help.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// How long it took to find out.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not in ledgers {}", self.key, self.coverage)?;
        if self.is_final {
            f.write_str(" and can never be in a later one")?;
        }
        Ok(())
    }
}
