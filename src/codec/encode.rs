//! From JSON to bytes.

use serde_json::{Map, Value};

use super::{
    Definitions, MAX_DEPTH, asset,
    definitions::{Field, Kind},
    error::{EncodeError, shortened, shown},
    framing, integer, number,
};
use crate::types::hex;

/// What API version 2 calls the `Amount` of a payment; version 1 prints both.
const DELIVER_MAX: &str = "DeliverMax";
const AMOUNT: &str = "Amount";

/// Closes an object, and an array.
const END_OF_OBJECT: u8 = 0xE1;
const END_OF_ARRAY: u8 = 0xF1;

impl Definitions {
    /// The bytes of the transaction that this JSON describes, those that its hash is computed from.
    ///
    /// Takes the fields as any server prints them: API version 1, where `hash`, `date`, `inLedger`,
    /// `ledger_index`, `meta`, `validated` and more stand between them, version 2 (`tx_json`), a
    /// stream's message, an element of `account_tx` or of an expanded ledger. Keys in lower case
    /// are left out, at every level: they are servers' additions. So nothing but the fields is
    /// bound to the hash; read nothing else from JSON that was checked by it.
    /// `DeliverMax` becomes the `Amount` that was signed.
    ///
    /// # Errors
    ///
    /// A name is not known, or a value is no value of its field, or has no exact binary form:
    /// nothing is ever rounded.
    pub(crate) fn encode_transaction(
        &self,
        json: &Map<String, Value>,
    ) -> Result<Vec<u8>, EncodeError> {
        self.encode(json)
    }

    /// The bytes of this metadata as they are stored in the ledger. The additions `delivered_amount`,
    /// `nftoken_id`, `nftoken_ids`, `offer_id` and `mpt_issuance_id` are left out, as all keys in
    /// lower case are; `DeliveredAmount` is stored.
    ///
    /// # Errors
    ///
    /// As for [`encode_transaction`](Definitions::encode_transaction).
    pub(crate) fn encode_metadata(
        &self,
        json: &Map<String, Value>,
    ) -> Result<Vec<u8>, EncodeError> {
        self.encode(json)
    }

    fn encode(&self, json: &Map<String, Value>) -> Result<Vec<u8>, EncodeError> {
        let mut encoder =
            Encoder { definitions: self, out: Vec::with_capacity(512), members: Vec::new() };
        encoder.object(json, 0)?;
        Ok(encoder.out)
    }
}

struct Encoder<'a> {
    definitions: &'a Definitions,
    out: Vec<u8>,
    /// Members of the objects that are being written, those of the innermost one last.
    members: Vec<(Field, &'a Value)>,
}

impl<'a> Encoder<'a> {
    /// The fields of an object in canonical order, without an end marker.
    fn object(&mut self, json: &'a Map<String, Value>, depth: usize) -> Result<(), EncodeError> {
        let first = self.members.len();
        for (key, value) in json {
            if is_field(key)
                && let Some(field) = self.field(key, value, json)?
            {
                self.members.push((field, value));
            }
        }
        self.members[first..].sort_unstable_by_key(|(field, _)| field.code());

        let last = self.members.len();
        for at in first..last {
            let (field, value) = self.members[at];
            if at > first && self.members[at - 1].0.code() == field.code() {
                return Err(EncodeError::from("the same field a second time").within(&field.key()));
            }
            framing::write_header(&mut self.out, field.kind as u8, field.number);
            self.value(field, value, depth).map_err(|error| error.within(&field.key()))?;
        }
        self.members.truncate(first);
        Ok(())
    }

    /// The field of this key; `None` where another one says the same.
    fn field(
        &self,
        key: &str,
        value: &Value,
        json: &Map<String, Value>,
    ) -> Result<Option<Field>, EncodeError> {
        let mut name = key;
        if key == DELIVER_MAX {
            match json.get(AMOUNT) {
                None => name = AMOUNT,
                Some(amount) if amount == value => return Ok(None),
                Some(_) => return Err(EncodeError::from("not the same as Amount").within(key)),
            }
        }
        match self.definitions.field_named(name) {
            Some(field) => Ok(Some(field)),
            None => Err(EncodeError::UnknownField(shortened(key))),
        }
    }

    /// Elements, each an object under the key of its own kind.
    fn array(&mut self, json: &'a [Value], depth: usize) -> Result<(), EncodeError> {
        for (at, element) in json.iter().enumerate() {
            self.element(element, depth).map_err(|error| error.within(&format!("[{at}]")))?;
        }
        Ok(())
    }

    fn element(&mut self, json: &'a Value, depth: usize) -> Result<(), EncodeError> {
        let members = json.as_object().ok_or_else(|| format!("{} is no element", shown(json)))?;
        let mut members = members.iter().filter(|(key, _)| is_field(key));
        let (Some((key, object)), None) = (members.next(), members.next()) else {
            return Err("an element has one key, which names its kind".into());
        };
        let field = self.definitions.field_named(key);
        let field = field.ok_or_else(|| EncodeError::UnknownField(shortened(key)))?;
        if field.kind != Kind::Object {
            return Err(EncodeError::from("not the kind of an element").within(key));
        }
        framing::write_header(&mut self.out, field.kind as u8, field.number);
        self.nested_object(object, depth).map_err(|error| error.within(key))
    }

    fn value(&mut self, field: Field, value: &'a Value, depth: usize) -> Result<(), EncodeError> {
        let (definitions, out) = (self.definitions, &mut self.out);
        match field.kind {
            Kind::UInt8 | Kind::UInt16 | Kind::UInt32 | Kind::Int32 => {
                definitions.write_integer(out, field, value)
            }
            Kind::UInt64 => integer::write_long(out, field.spelling, value),
            Kind::Int64 => integer::write_signed_long(out, value),
            Kind::Amount => definitions.write_amount(out, value),
            Kind::Blob => blob(out, value),
            Kind::AccountId => asset::write_account(out, value),
            Kind::Number => number::write(out, value),
            Kind::Object => self.nested_object(value, depth),
            Kind::Array => self.nested_array(value, depth),
            Kind::PathSet => definitions.write_paths(out, value),
            Kind::Vector256 => hashes(out, value),
            Kind::Issue => definitions.write_issue(out, value),
            Kind::XChainBridge => definitions.write_bridge(out, value),
            Kind::Currency => {
                out.extend(definitions.currency_bytes(value)?);
                Ok(())
            }
            Kind::UInt96 => hash::<12>(out, value),
            Kind::Hash128 => hash::<16>(out, value),
            Kind::Hash160 => hash::<20>(out, value),
            Kind::Hash192 => hash::<24>(out, value),
            Kind::Hash256 => hash::<32>(out, value),
            Kind::Hash384 => hash::<48>(out, value),
            Kind::Hash512 => hash::<64>(out, value),
        }
    }

    fn nested_object(&mut self, value: &'a Value, depth: usize) -> Result<(), EncodeError> {
        let object = value.as_object().ok_or_else(|| format!("{} is no object", shown(value)))?;
        self.object(object, deeper(depth)?)?;
        self.out.push(END_OF_OBJECT);
        Ok(())
    }

    fn nested_array(&mut self, value: &'a Value, depth: usize) -> Result<(), EncodeError> {
        let array = value.as_array().ok_or_else(|| format!("{} is no array", shown(value)))?;
        self.array(array, deeper(depth)?)?;
        self.out.push(END_OF_ARRAY);
        Ok(())
    }
}

/// Whether a key is that of a field, and not a server's addition.
fn is_field(key: &str) -> bool {
    !key.starts_with(|first: char| first.is_ascii_lowercase())
}

fn deeper(depth: usize) -> Result<usize, EncodeError> {
    if depth == MAX_DEPTH {
        return Err(format!("objects lie deeper in each other than {MAX_DEPTH}").into());
    }
    Ok(depth + 1)
}

fn blob(out: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
    let text = hex_text(value)?;
    framing::write_length(out, text.len() / 2)?;
    if hex::decode_into(text, out) { Ok(()) } else { Err(not_hex(value)) }
}

/// An empty text stands for zeros, as rippled reads it.
fn hash<const N: usize>(out: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
    out.extend(match hex_text(value)? {
        "" => [0; N],
        text => hex::decode_array(text)
            .ok_or_else(|| format!("{} is not {} hexadecimal digits", shown(value), 2 * N))?,
    });
    Ok(())
}

fn hashes(out: &mut Vec<u8>, value: &Value) -> Result<(), EncodeError> {
    let list = value.as_array().ok_or_else(|| format!("{} is not a list", shown(value)))?;
    framing::write_length(out, list.len().saturating_mul(32))?;
    list.iter().enumerate().try_for_each(|(at, value)| {
        hash::<32>(out, value).map_err(|error| error.within(&format!("[{at}]")))
    })
}

fn hex_text(value: &Value) -> Result<&str, EncodeError> {
    value.as_str().ok_or_else(|| not_hex(value))
}

fn not_hex(value: &Value) -> EncodeError {
    format!("{} is not hexadecimal text", shown(value)).into()
}
