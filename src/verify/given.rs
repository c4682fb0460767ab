//! What a builder is given: values or texts of them, and whom a payment is for.

use std::str::FromStr;

use crate::types::{AccountId, Amount, Hash256, ParseError, XAddress};

/// Whom a payment is for, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Destination {
    /// An account; the tag is told apart from it.
    Account(AccountId),
    /// An account, its tag and its kind of network in one (XLS-5).
    X(XAddress),
}

impl Destination {
    /// The account.
    pub const fn account(&self) -> AccountId {
        match self {
            Destination::Account(account) => *account,
            Destination::X(address) => address.account,
        }
    }
}

impl FromStr for Destination {
    type Err = ParseError;

    /// A classic address (`r…`) or an X-address (`X…`, `T…`), nothing around it.
    fn from_str(text: &str) -> Result<Destination, ParseError> {
        if text.starts_with(['X', 'T']) {
            text.parse().map(Destination::X)
        } else {
            text.parse().map(Destination::Account)
        }
    }
}

/// What the builder takes for a `T`: the value itself, or a text of it. A text that is not one is
/// refused when the expectation is built.
pub trait OrText<T> {
    /// Parses, unless it is the value already.
    #[doc(hidden)]
    fn value(self) -> Result<T, ParseError>;
}

macro_rules! or_text {
    ($($type:ty $(, $from:ty)*;)*) => {$(
        impl OrText<$type> for $type {
            fn value(self) -> Result<$type, ParseError> {
                Ok(self)
            }
        }
        $(impl OrText<$type> for $from {
            fn value(self) -> Result<$type, ParseError> {
                Ok(self.into())
            }
        })*
        impl OrText<$type> for &str {
            fn value(self) -> Result<$type, ParseError> {
                self.parse()
            }
        }
        impl OrText<$type> for String {
            fn value(self) -> Result<$type, ParseError> {
                self.parse()
            }
        }
        impl OrText<$type> for &String {
            fn value(self) -> Result<$type, ParseError> {
                self.parse()
            }
        }
    )*};
}

or_text! {
    AccountId;
    Amount;
    Destination, AccountId, XAddress;
    Hash256;
}

impl From<AccountId> for Destination {
    fn from(account: AccountId) -> Destination {
        Destination::Account(account)
    }
}

impl From<XAddress> for Destination {
    fn from(address: XAddress) -> Destination {
        Destination::X(address)
    }
}
