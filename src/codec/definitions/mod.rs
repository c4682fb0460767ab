//! What the fields, types and codes of a ledger are called: its definitions, as data.
//!
//! The tables are written by `generate.py` from published packages. For a new amendment raise the
//! version of a package there, or add the few new names to `supplement.json`, and run it again.

mod xahau;
mod xrpl;

use std::{collections::HashMap, fmt, sync::LazyLock};

/// Names and codes of everything one ledger writes. The methods that encode and decode by them are
/// in the files beside this folder.
pub(crate) struct Definitions {
    /// In canonical order, which is that of their codes.
    pub(super) fields: Vec<Field>,
    by_name: HashMap<&'static str, Field>,
    transaction_types: Words,
    ledger_entry_types: Words,
    transaction_results: Words,
    permissions: Words,
    /// How JSON writes the native asset where it stands in the place of a currency.
    pub(super) native: &'static str,
}

/// One kind of field that an object can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) kind: Kind,
    /// Its number among the fields of this kind.
    pub(super) number: u8,
    /// `None` for one that these definitions do not know.
    pub(super) name: Option<&'static str>,
    pub(super) spelling: Spelling,
}

/// How JSON spells the integer of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As the kind does: a number, or hexadecimal text when it has 64 bits.
    Plain,
    /// As decimal text, although it has 64 bits.
    Decimal,
    TransactionType,
    LedgerEntryType,
    TransactionResult,
    Permission,
}

/// The names of an enumeration.
#[derive(Debug)]
pub(super) struct Words {
    by_name: HashMap<&'static str, u32>,
    by_code: HashMap<u32, &'static str>,
}

/// What the generated files hold.
struct Table {
    fields: &'static [(Kind, &'static [(u8, &'static str)])],
    transaction_types: &'static [(u32, &'static str)],
    ledger_entry_types: &'static [(u32, &'static str)],
    transaction_results: &'static [(u32, &'static str)],
    granular_permissions: &'static [(u32, &'static str)],
}

/// The 64-bit integers that servers print in decimal: amounts of multi-purpose tokens (marked
/// `sMD_BaseTen` in rippled's `sfields.macro`).
const DECIMAL: [&str; 5] = [
    "MaximumAmount",
    "OutstandingAmount",
    "MPTAmount",
    "LockedAmount",
    "ConfidentialOutstandingAmount",
];

impl Definitions {
    /// Those of the XRP Ledger: mainnet and its test networks.
    pub(crate) fn xrpl() -> &'static Definitions {
        static XRPL: LazyLock<Definitions> =
            LazyLock::new(|| Definitions::new(&xrpl::TABLE, "XRP"));
        &XRPL
    }

    /// Those of Xahau, which shares most field codes with the XRP Ledger but not all.
    pub(crate) fn xahau() -> &'static Definitions {
        static XAHAU: LazyLock<Definitions> =
            LazyLock::new(|| Definitions::new(&xahau::TABLE, "XAH"));
        &XAHAU
    }

    fn new(table: &Table, native: &'static str) -> Definitions {
        let mut fields: Vec<Field> = table
            .fields
            .iter()
            .flat_map(|(kind, names)| names.iter().map(|(nth, name)| Field::new(*kind, *nth, name)))
            .collect();
        fields.sort_unstable_by_key(Field::code);
        // A delegate may be permitted a whole transaction type, by its code plus one (XLS-75).
        let types = table.transaction_types.iter().map(|(code, name)| (code + 1, *name));
        Definitions {
            by_name: fields.iter().filter_map(|field| Some((field.name?, *field))).collect(),
            fields,
            transaction_types: Words::new(table.transaction_types.iter().copied()),
            ledger_entry_types: Words::new(table.ledger_entry_types.iter().copied()),
            transaction_results: Words::new(table.transaction_results.iter().copied()),
            permissions: Words::new(types.chain(table.granular_permissions.iter().copied())),
            native,
        }
    }

    /// Whether those of either ledger have a name for this type of ledger entry.
    pub(crate) fn name_entry_type(code: u64) -> bool {
        let Ok(code) = u32::try_from(code) else { return false };
        let named = |one: &Definitions| one.ledger_entry_types.name(code).is_some();
        [Definitions::xrpl(), Definitions::xahau()].into_iter().any(named)
    }

    /// Whether a result code has this name.
    #[cfg(feature = "testing")]
    pub(crate) fn has_result(&self, name: &str) -> bool {
        self.transaction_results.code(name).is_some()
    }

    /// The field of this code, nameless when it is not known here.
    pub(super) fn field(&self, kind: Kind, number: u8) -> Field {
        let nameless = Field { kind, number, name: None, spelling: Spelling::Plain };
        match self.fields.binary_search_by_key(&nameless.code(), Field::code) {
            Ok(at) => self.fields[at],
            Err(_) => nameless,
        }
    }

    /// The field that JSON calls `name`; `Unknown(t,f)` is how the decoder writes a nameless one, and no
    /// second name of any other: who reads the JSON would not find it.
    pub(super) fn field_named(&self, name: &str) -> Option<Field> {
        self.by_name.get(name).copied().or_else(|| self.nameless(name))
    }

    fn nameless(&self, name: &str) -> Option<Field> {
        let (kind, number) = name.strip_prefix("Unknown(")?.strip_suffix(')')?.split_once(',')?;
        let (kind, number) = (Kind::from_code(kind.parse().ok()?)?, number.parse().ok()?);
        // Number 1 of these two closes an object and an array.
        let marker = matches!(kind, Kind::Object | Kind::Array) && number == 1;
        let field = (number != 0 && !marker).then(|| self.field(kind, number))?;
        field.name.is_none().then_some(field)
    }

    /// The names that a field of this spelling can have, if it has names.
    pub(super) fn words(&self, spelling: Spelling) -> Option<&Words> {
        match spelling {
            Spelling::Plain | Spelling::Decimal => None,
            Spelling::TransactionType => Some(&self.transaction_types),
            Spelling::LedgerEntryType => Some(&self.ledger_entry_types),
            Spelling::TransactionResult => Some(&self.transaction_results),
            Spelling::Permission => Some(&self.permissions),
        }
    }
}

impl fmt::Debug for Definitions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Definitions({}, {} fields)", self.native, self.fields.len())
    }
}

impl Field {
    fn new(kind: Kind, number: u8, name: &'static str) -> Field {
        let spelling = match name {
            "TransactionType" => Spelling::TransactionType,
            "LedgerEntryType" => Spelling::LedgerEntryType,
            "TransactionResult" => Spelling::TransactionResult,
            "PermissionValue" => Spelling::Permission,
            _ if DECIMAL.contains(&name) => Spelling::Decimal,
            _ => Spelling::Plain,
        };
        Field { kind, number, name: Some(name), spelling }
    }

    /// Where it stands among the fields of an object: by kind, then by number.
    pub(super) fn code(&self) -> u16 {
        u16::from_be_bytes([self.kind as u8, self.number])
    }

    /// Its key in JSON.
    pub(super) fn key(&self) -> String {
        match self.name {
            Some(name) => name.to_owned(),
            None => format!("Unknown({},{})", self.kind as u8, self.number),
        }
    }
}

impl Words {
    fn new(names: impl Iterator<Item = (u32, &'static str)> + Clone) -> Words {
        let by_name = names.clone().map(|(code, name)| (name, code)).collect();
        Words { by_name, by_code: names.collect() }
    }

    pub(super) fn code(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    pub(super) fn name(&self, code: u32) -> Option<&'static str> {
        self.by_code.get(&code).copied()
    }
}

macro_rules! kinds {
    ($($kind:ident = $code:literal),* $(,)?) => {
        /// The kinds of value of the binary format, by their codes (rippled's `SerializedTypeID`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Kind {
            $($kind = $code),*
        }

        impl Kind {
            pub(super) fn from_code(code: u8) -> Option<Kind> {
                match code {
                    $($code => Some(Kind::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    UInt16 = 1, UInt32 = 2, UInt64 = 3, Hash128 = 4, Hash256 = 5, Amount = 6, Blob = 7,
    AccountId = 8, Number = 9, Int32 = 10, Int64 = 11, Object = 14, Array = 15, UInt8 = 16,
    Hash160 = 17, PathSet = 18, Vector256 = 19, UInt96 = 20, Hash192 = 21, Hash384 = 22,
    Hash512 = 23, Issue = 24, XChainBridge = 25, Currency = 26,
}

#[cfg(test)]
mod tests;
