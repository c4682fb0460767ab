//! The fields of a validation or a manifest, sliced out of the bytes they came in. What is signed
//! are those bytes, so nothing is ever decoded and encoded again.

use crate::codec::{framing, reader::Reader};

/// Kind and number of a field, as in rippled's `sfields.macro`.
pub(super) type Code = (u8, u8);

/// An object without objects inside, its fields in canonical order.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<Field<'a>>);

#[derive(Debug)]
struct Field<'a> {
    code: Code,
    /// Header, length and value.
    whole: &'a [u8],
    value: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Cuts `bytes` into fields. Unknown ones are welcome where their kind tells their length: the
    /// signature covers them too. The order must be canonical, because the ledger puts the fields
    /// in that order before it checks a signature.
    pub(super) fn read(bytes: &'a [u8], limit: usize) -> Result<Fields<'a>, String> {
        if bytes.len() > limit {
            return Err(format!("{} bytes are more than {limit}", bytes.len()));
        }
        let mut reader = Reader::new(bytes);
        let mut fields = Fields(Vec::new());
        while !reader.is_empty() {
            let start = reader.offset();
            let code = framing::read_header(&mut reader).map_err(|e| e.to_string())?;
            if fields.0.last().is_some_and(|last| last.code >= code) {
                return Err(format!("byte {start}: {} out of order", name(code)));
            }
            let value = value(&mut reader, code)?;
            let whole = bytes.get(start..reader.offset()).unwrap_or_default();
            fields.0.push(Field { code, whole, value });
        }
        Ok(fields)
    }

    /// The value of a field, without its length.
    pub(super) fn get(&self, code: Code) -> Option<&'a [u8]> {
        self.0.iter().find(|field| field.code == code).map(|field| field.value)
    }

    /// The value of a field that must be there and have exactly this many bytes.
    pub(super) fn array<const N: usize>(&self, code: Code) -> Result<[u8; N], String> {
        self.need(code)?
            .try_into()
            .map_err(|_| format!("{} has not the {N} bytes it should have", name(code)))
    }

    /// The value of a field that must be there.
    pub(super) fn need(&self, code: Code) -> Result<&'a [u8], String> {
        self.get(code).ok_or_else(|| format!("{} is missing", name(code)))
    }

    /// What a signature is made of: `prefix`, then all fields but some, as they came.
    pub(super) fn message(&self, prefix: &[u8; 4], without: &[Code]) -> Vec<u8> {
        let signed = self.0.iter().filter(|field| !without.contains(&field.code));
        prefix.iter().copied().chain(signed.flat_map(|field| field.whole.iter().copied())).collect()
    }
}

fn value<'a>(reader: &mut Reader<'a>, code: Code) -> Result<&'a [u8], String> {
    let length = match code.0 {
        1 => 2,
        2 => 4,
        // The only amounts in these objects are fees, in drops.
        3 | 6 => 8,
        4 => 16,
        5 => 32,
        7 | 19 => framing::read_length(reader).map_err(|e| e.to_string())?,
        16 => 1,
        17 => 20,
        21 => 24,
        22 => 48,
        23 => 64,
        _ => return Err(format!("byte {}: {} has no place here", reader.offset(), name(code))),
    };
    reader.take(length).map_err(|e| e.to_string())
}

fn name((kind, number): Code) -> String {
    format!("field {number} of type {kind}")
}
