//! From bytes to JSON.

use serde_json::{Map, Value};

use super::{
    Definitions, MAX_BLOB, MAX_DEPTH, MAX_FIELDS, asset,
    definitions::{Field, Kind},
    error::{DecodeError, DecodeFault},
    framing, integer, number,
    reader::Reader,
};
use crate::types::hex;

/// Number of the field that closes an object or an array.
const END_MARKER: u8 = 1;

impl Definitions {
    /// The object of these bytes, a transaction's or any other, in the JSON forms of today's
    /// rippled. A field that the definitions do not know is kept under the key `Unknown(t,f)` (its
    /// type and field code), a number without a name as a number; both encode again.
    ///
    /// Takes any bytes, in linear time. Bytes that it takes are canonical: fields in ascending
    /// order, none twice. The ledger serialises so, whoever signed what, and the hash is one of
    /// these bytes; only numbers (`STNumber`) of earlier days have another form today.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says at which byte and why. An unknown type code is one of the reasons,
    /// because nothing tells where its value ends; such bytes can still be hashed.
    pub(crate) fn decode(&self, blob: &[u8]) -> Result<Map<String, Value>, DecodeError> {
        let reader = Reader::new(blob);
        if blob.len() > MAX_BLOB {
            return Err(reader.fail(DecodeFault::TooLarge(blob.len())));
        }
        let mut decoder = Decoder { definitions: self, reader, budget: Budget(MAX_FIELDS) };
        let mut object = Map::new();
        let mut last = 0;
        while !decoder.reader.is_empty() {
            let start = decoder.reader.clone();
            let field = decoder.header()?;
            if is_end(field) {
                return Err(start.malformed("an end marker outside of all objects"));
            }
            decoder.member(&start, field, &mut last, 0, &mut object)?;
        }
        Ok(object)
    }
}

/// How many more fields, elements and steps are decoded.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn spend(&mut self, at: &Reader<'_>) -> Result<(), DecodeError> {
        self.0 = self.0.checked_sub(1).ok_or_else(|| at.fail(DecodeFault::TooManyFields))?;
        Ok(())
    }
}

struct Decoder<'a> {
    definitions: &'a Definitions,
    reader: Reader<'a>,
    budget: Budget,
}

impl<'a> Decoder<'a> {
    fn header(&mut self) -> Result<Field, DecodeError> {
        let start = self.reader.clone();
        self.budget.spend(&start)?;
        let (kind, number) = framing::read_header(&mut self.reader)?;
        match Kind::from_code(kind) {
            Some(kind) => Ok(self.definitions.field(kind, number)),
            None => Err(start.fail(DecodeFault::UnknownKind(kind))),
        }
    }

    /// One field of an object whose last one was `last`.
    fn member(
        &mut self,
        start: &Reader<'a>,
        field: Field,
        last: &mut u16,
        depth: usize,
        object: &mut Map<String, Value>,
    ) -> Result<(), DecodeError> {
        let code = field.code();
        if code <= *last {
            return Err(start.fail(match code == *last {
                true => DecodeFault::Repeated(field.key()),
                false => DecodeFault::Misplaced(field.key()),
            }));
        }
        *last = code;
        let value = self.value(field, depth)?;
        object.insert(field.key(), value);
        Ok(())
    }

    /// An object inside of another one, up to its end marker.
    fn object(&mut self, depth: usize) -> Result<Map<String, Value>, DecodeError> {
        let mut object = Map::new();
        let mut last = 0;
        loop {
            let start = self.reader.clone();
            let field = self.header()?;
            if !is_end(field) {
                self.member(&start, field, &mut last, depth, &mut object)?;
            } else if field.kind == Kind::Object {
                return Ok(object);
            } else {
                return Err(start.malformed("the end of an array within an object"));
            }
        }
    }

    /// Elements that are objects, each under the key of its own kind.
    fn array(&mut self, depth: usize) -> Result<Vec<Value>, DecodeError> {
        let mut array = Vec::new();
        loop {
            let start = self.reader.clone();
            let field = self.header()?;
            match (field.kind, is_end(field)) {
                (Kind::Array, true) => return Ok(array),
                (Kind::Object, false) => {
                    let element = self.nested(depth, |decoder, depth| decoder.object(depth))?;
                    let mut named = Map::new();
                    named.insert(field.key(), element.into());
                    array.push(named.into());
                }
                _ => return Err(start.malformed("an array holds nothing but objects")),
            }
        }
    }

    /// One level further down, unless that is too deep.
    fn nested<T>(
        &mut self,
        depth: usize,
        read: impl FnOnce(&mut Self, usize) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        if depth == MAX_DEPTH {
            return Err(self.reader.fail(DecodeFault::TooDeep));
        }
        read(self, depth + 1)
    }

    fn value(&mut self, field: Field, depth: usize) -> Result<Value, DecodeError> {
        let (definitions, reader) = (self.definitions, &mut self.reader);
        match field.kind {
            Kind::UInt8 | Kind::UInt16 | Kind::UInt32 | Kind::Int32 => {
                definitions.read_integer(reader, field)
            }
            Kind::UInt64 => integer::read_long(reader, field.spelling),
            Kind::Int64 => integer::read_signed_long(reader),
            Kind::Amount => definitions.read_amount(reader),
            Kind::Blob => {
                let length = framing::read_length(reader)?;
                bytes(reader, length)
            }
            Kind::AccountId => asset::read_account(reader),
            Kind::Number => number::read(reader),
            Kind::Object => {
                self.nested(depth, |decoder, depth| decoder.object(depth)).map(Value::Object)
            }
            Kind::Array => {
                self.nested(depth, |decoder, depth| decoder.array(depth)).map(Value::Array)
            }
            Kind::PathSet => definitions.read_paths(reader, &mut self.budget),
            Kind::Vector256 => {
                let start = reader.clone();
                let length = framing::read_length(reader)?;
                let (hashes, rest) = reader.take(length)?.as_chunks::<32>();
                if !rest.is_empty() {
                    return Err(start.malformed("a list of hashes is a multiple of 32 bytes"));
                }
                Ok(hashes.iter().map(|hash| hex::encode(hash)).collect::<Vec<_>>().into())
            }
            Kind::Issue => definitions.read_issue(reader),
            Kind::XChainBridge => definitions.read_bridge(reader),
            Kind::Currency => Ok(definitions.currency_text(reader.array()?).into()),
            Kind::UInt96 => bytes(reader, 12),
            Kind::Hash128 => bytes(reader, 16),
            Kind::Hash160 => bytes(reader, 20),
            Kind::Hash192 => bytes(reader, 24),
            Kind::Hash256 => bytes(reader, 32),
            Kind::Hash384 => bytes(reader, 48),
            Kind::Hash512 => bytes(reader, 64),
        }
    }
}

/// Bytes that are nothing but bytes.
fn bytes(reader: &mut Reader<'_>, length: usize) -> Result<Value, DecodeError> {
    Ok(hex::encode(reader.take(length)?).into())
}

fn is_end(field: Field) -> bool {
    matches!(field.kind, Kind::Object | Kind::Array) && field.number == END_MARKER
}
