//! What stands before a value: the field header, and the length where the kind has no fixed one.

use super::{
    error::{DecodeError, EncodeError},
    reader::Reader,
};

/// Lengths up to this take one byte.
const ONE: usize = 192;
/// Up to this, two bytes.
const TWO: usize = 12_480;
/// Up to this, three bytes, and there is no longer form.
pub(crate) const MAX_LENGTH: usize = 918_744;

/// Kind and number of the next field: four bits each where they fit, a byte of its own otherwise.
pub(crate) fn read_header(reader: &mut Reader<'_>) -> Result<(u8, u8), DecodeError> {
    let start = reader.clone();
    let first = reader.byte()?;
    let mut part = |nibble: u8| match nibble {
        0 => match reader.byte()? {
            0..16 => Err(start.malformed("a field header longer than it need be")),
            byte => Ok(byte),
        },
        nibble => Ok(nibble),
    };
    let kind = part(first >> 4)?;
    Ok((kind, part(first & 15)?))
}

pub(crate) fn write_header(out: &mut Vec<u8>, kind: u8, number: u8) {
    match (kind < 16, number < 16) {
        (true, true) => out.push(kind << 4 | number),
        (true, false) => out.extend([kind << 4, number]),
        (false, true) => out.extend([number, kind]),
        (false, false) => out.extend([0, kind, number]),
    }
}

/// Length of the value that follows.
pub(crate) fn read_length(reader: &mut Reader<'_>) -> Result<usize, DecodeError> {
    let start = reader.clone();
    let length = match reader.byte()? {
        first @ 0..=192 => first.into(),
        first @ 193..=240 => {
            let [second] = reader.array()?.map(usize::from);
            ONE + 1 + usize::from(first - 193) * 256 + second
        }
        first @ 241..=254 => {
            let [second, third] = reader.array()?.map(usize::from);
            TWO + 1 + usize::from(first - 241) * 65_536 + second * 256 + third
        }
        255 => return Err(start.malformed("255 begins no length")),
    };
    if length > MAX_LENGTH {
        return Err(start.malformed("a length beyond that of any value"));
    }
    Ok(length)
}

pub(crate) fn write_length(out: &mut Vec<u8>, length: usize) -> Result<(), EncodeError> {
    let low = |value: usize| value as u8;
    if length <= ONE {
        out.push(low(length));
    } else if length <= TWO {
        let over = length - ONE - 1;
        out.extend([193 + low(over >> 8), low(over)]);
    } else if length <= MAX_LENGTH {
        let over = length - TWO - 1;
        out.extend([241 + low(over >> 16), low(over >> 8), low(over)]);
    } else {
        return Err(format!("{length} bytes are more than {MAX_LENGTH}").into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_change_form_where_the_ledger_does() {
        for (length, bytes) in [
            (0, &[0x00][..]),
            (192, &[0xC0]),
            (193, &[0xC1, 0x00]),
            (12_480, &[0xF0, 0xFF]),
            (12_481, &[0xF1, 0x00, 0x00]),
            (918_744, &[0xFE, 0xD4, 0x17]),
        ] {
            let mut out = Vec::new();
            write_length(&mut out, length).unwrap();
            assert_eq!(out, bytes, "{length}");
            assert_eq!(read_length(&mut Reader::new(bytes)), Ok(length));
        }
    }

    #[test]
    fn every_length_reads_back() {
        let mut out = Vec::new();
        for length in (0..MAX_LENGTH).step_by(7).chain([MAX_LENGTH]) {
            out.clear();
            write_length(&mut out, length).unwrap();
            assert_eq!(read_length(&mut Reader::new(&out)), Ok(length));
        }
    }

    #[test]
    fn a_length_that_nobody_can_write_is_refused() {
        assert!(write_length(&mut Vec::new(), MAX_LENGTH + 1).is_err());
        for bytes in [&[0xFE, 0xD4, 0x18][..], &[0xFE, 0xFF, 0xFF], &[0xFF, 0, 0], &[0xC1], &[]] {
            assert!(read_length(&mut Reader::new(bytes)).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn headers_take_no_more_bytes_than_needed() {
        for (kind, number, bytes) in [
            (1, 2, &[0x12][..]),
            (2, 27, &[0x20, 27]),
            (16, 3, &[0x03, 16]),
            (16, 17, &[0x00, 16, 17]),
        ] {
            let mut out = Vec::new();
            write_header(&mut out, kind, number);
            assert_eq!(out, bytes);
            assert_eq!(read_header(&mut Reader::new(bytes)), Ok((kind, number)));
        }
        for bytes in [&[0x20, 15][..], &[0x03, 15], &[0x00, 15, 16], &[0x00, 16, 15], &[0x00]] {
            assert!(read_header(&mut Reader::new(bytes)).is_err(), "{bytes:?}");
        }
    }
}
