//! The JSON document, read and written.

use std::{collections::BTreeMap, fmt, marker::PhantomData, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};
use serde_json::{Value, json};

use super::{MAX_VALIDATIONS, Proof, ProofError, forms};
use crate::{
    codec::transaction_id,
    proof::{
        HeaderError, LedgerHeader, ListError, MAX_CHAIN, MAX_VALIDATORS, PublicKey, SignedList,
        TransactionTree,
    },
    types::{Hash256, LedgerHash, RippleTime, hex},
};

/// Largest document that is read, in bytes.
pub const MAX_DOCUMENT: usize = 16 << 20;

#[derive(Deserialize)]
struct Document {
    ledger: Ledger,
    transaction: Transaction,
    validation: Validation,
    /// What goes beyond XLS-41.
    #[serde(default)]
    xrpl_txdata: Extension,
}

#[derive(Deserialize)]
struct Ledger {
    index: Number<u32>,
    coins: Number<u64>,
    phash: LedgerHash,
    txroot: Hash256,
    acroot: Hash256,
    pclose: Number<u32>,
    close: Number<u32>,
    cres: Number<u8>,
    flags: Number<u8>,
}

#[derive(Deserialize)]
struct Transaction {
    blob: Hex,
    meta: Hex,
    proof: forms::Node,
}

#[derive(Deserialize)]
struct Validation {
    data: Data,
    unl: Option<List>,
}

#[derive(Deserialize)]
struct List {
    version: Option<Number<u32>>,
    public_key: PublicKey,
    manifest: String,
    blob: String,
    signature: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Extension {
    headers: Vec<Hex>,
    manifests: Vec<Hex>,
}

impl Proof {
    /// Reads a document: an XPOP of any program, with either form of the tree.
    ///
    /// # Errors
    ///
    /// [`ProofError`] when it is not one. Nothing is verified yet, except that a tree which is given
    /// as a whole is one.
    pub fn from_json(json: &str) -> Result<Proof, ProofError> {
        if json.len() > MAX_DOCUMENT {
            return Err(ProofError::TooLarge(json.len()));
        }
        let malformed = |reason: &dyn fmt::Display| ProofError::Malformed(reason.to_string());
        let document: Document = serde_json::from_str(json).map_err(|e| malformed(&e))?;
        let Document { ledger, transaction, validation, xrpl_txdata: extension } = document;

        let id = transaction_id(&transaction.blob.0);
        if validation.data.0.len() > MAX_VALIDATIONS {
            return Err(ProofError::TooManyValidations);
        }
        if extension.headers.len() > MAX_CHAIN {
            return Err(HeaderError::ChainTooLong(extension.headers.len()).into());
        }
        if extension.manifests.len() > MAX_VALIDATORS {
            return Err(malformed(&format!("more than {MAX_VALIDATORS} manifests")));
        }
        let headers = extension.headers.iter().map(|bytes| LedgerHeader::from_bytes(&bytes.0));
        Ok(Proof {
            path: transaction.proof.path(&id).map_err(|e| malformed(&e))?,
            header: ledger.header(),
            transaction: transaction.blob.0,
            metadata: transaction.meta.0,
            later: headers.collect::<Result<_, _>>()?,
            validations: validation.data.0,
            list: validation.unl.map(List::signed).transpose()?,
            manifests: extension.manifests.into_iter().map(|bytes| bytes.0).collect(),
        })
    }

    /// The document, with the tree in the form of lists: no more of it than the proof needs.
    pub fn to_json(&self) -> String {
        self.write(forms::lists(&self.path, &self.id()))
    }

    /// The document with the whole tree, for programs that want this form. `transactions` are all
    /// that the ledger has.
    ///
    /// # Errors
    ///
    /// [`ProofError::OtherRoot`] when they are not those of this ledger.
    pub fn to_json_with_tree(&self, transactions: &TransactionTree) -> Result<String, ProofError> {
        let (computed, header) = (transactions.root(), self.header.transaction_hash);
        if computed != header {
            return Err(ProofError::OtherRoot { computed, header });
        }
        Ok(self.write(forms::objects(transactions)))
    }

    fn write(&self, tree: Value) -> String {
        let header = &self.header;
        let validations = self.validations.iter();
        let data: BTreeMap<_, _> =
            validations.map(|(key, bytes)| (key.to_base58(), hex::encode(bytes))).collect();
        let mut document = json!({
            "ledger": {
                "index": header.ledger_index,
                "coins": header.total_drops.to_string(),
                "phash": header.parent_hash,
                "txroot": header.transaction_hash,
                "acroot": header.account_hash,
                "pclose": header.parent_close_time.seconds(),
                "close": header.close_time.seconds(),
                "cres": header.close_time_resolution,
                "flags": header.close_flags,
            },
            "transaction": {
                "blob": hex::encode(&self.transaction),
                "meta": hex::encode(&self.metadata),
                "proof": tree,
            },
            "validation": { "data": data },
        });
        if let Some(list) = &self.list {
            let base64 = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
            document["validation"]["unl"] = json!({
                "version": 1,
                "public_key": list.public_key,
                "manifest": base64(&list.manifest),
                "blob": base64(&list.blob),
                "signature": hex::encode(&list.signature),
            });
        }
        if !self.later.is_empty() || !self.manifests.is_empty() {
            let headers = self.later.iter().map(|header| hex::encode(&header.to_bytes()));
            let manifests = self.manifests.iter().map(|bytes| hex::encode(bytes));
            document["xrpl_txdata"] = json!({
                "headers": headers.collect::<Vec<_>>(),
                "manifests": manifests.collect::<Vec<_>>(),
            });
        }
        document.to_string()
    }
}

impl Ledger {
    fn header(&self) -> LedgerHeader {
        LedgerHeader {
            ledger_index: self.index.0,
            total_drops: self.coins.0,
            parent_hash: self.phash,
            transaction_hash: self.txroot,
            account_hash: self.acroot,
            parent_close_time: RippleTime::from_seconds(self.pclose.0),
            close_time: RippleTime::from_seconds(self.close.0),
            close_time_resolution: self.cres.0,
            close_flags: self.flags.0,
        }
    }
}

impl List {
    fn signed(self) -> Result<SignedList, ListError> {
        match self.version {
            None | Some(Number(1)) => {}
            Some(Number(version)) => return Err(ListError::UnknownVersion(version)),
        }
        SignedList::from_text(Some(self.public_key), &self.manifest, &self.blob, &self.signature)
    }
}

/// Bytes as hexadecimal text.
struct Hex(Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hex, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        hex::decode(&text).map(Hex).ok_or_else(|| de::Error::custom("not hexadecimal"))
    }
}

/// A number as JSON number or as text of decimal digits, as programs differ.
struct Number<T>(T);

impl<'de, T: TryFrom<u64> + FromStr + fmt::Display> Deserialize<'de> for Number<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number<T>, D::Error> {
        deserializer.deserialize_any(NumberVisitor(PhantomData))
    }
}

struct NumberVisitor<T>(PhantomData<T>);

impl<T: TryFrom<u64> + FromStr + fmt::Display> Visitor<'_> for NumberVisitor<T> {
    type Value = Number<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number within its field's range")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number<T>, E> {
        let unexpected = de::Unexpected::Unsigned(number);
        T::try_from(number).map(Number).map_err(|_| E::invalid_value(unexpected, &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Number<T>, E> {
        // The one text of each number: no sign, no zeros before it.
        let number = text.parse().ok().filter(|number: &T| number.to_string() == text);
        number.map(Number).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// The validations by the keys under which they stand, none of them twice.
struct Data(BTreeMap<PublicKey, Vec<u8>>);

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Data, D::Error> {
        deserializer.deserialize_map(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of validations")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
        let mut data = BTreeMap::new();
        while let Some((key, Hex(bytes))) = map.next_entry::<PublicKey, Hex>()? {
            if data.insert(key, bytes).is_some() {
                return Err(de::Error::custom(format!("{key} has two validations")));
            }
        }
        Ok(Data(data))
    }
}
