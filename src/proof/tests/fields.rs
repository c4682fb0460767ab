//! Which fields a validation or a manifest may have, and how they are cut.

use crate::proof::fields::Fields;

/// Field 9 of a kind.
fn header(kind: u8) -> Vec<u8> {
    if kind < 16 { vec![kind << 4 | 9] } else { vec![9, kind] }
}

#[test]
fn fields_that_nobody_knows_are_cut_where_their_kind_ends() {
    for (kind, length) in [
        (1, 2),
        (2, 4),
        (3, 8),
        (4, 16),
        (5, 32),
        (6, 8),
        (16, 1),
        (17, 20),
        (21, 24),
        (22, 48),
        (23, 64),
    ] {
        let value: Vec<u8> = (1..=length).collect();
        let bytes = &[header(kind), value.clone()].concat();
        let fields = Fields::read(bytes, bytes.len()).unwrap();
        assert_eq!(fields.get((kind, 9)), Some(value.as_slice()), "{kind}");
        assert_eq!(fields.message(b"VAL\0", &[]), [b"VAL\0", bytes.as_slice()].concat());
        assert!(Fields::read(&bytes[..bytes.len() - 1], 100).is_err(), "{kind}");
        let error = Fields::read(bytes, bytes.len() - 1).unwrap_err();
        assert!(error.contains("bytes are more than"), "{error}");
    }
}

#[test]
fn what_is_wrong_with_a_field_is_told_with_its_name() {
    for (bytes, reason) in [
        (header(8), "byte 1: field 9 of type 8 has no place here"),
        (header(18), "byte 2: field 9 of type 18 has no place here"),
        ([header(1), vec![1, 2], header(1)].concat(), "byte 3: field 9 of type 1 out of order"),
    ] {
        assert_eq!(Fields::read(&bytes, 100).unwrap_err(), reason);
    }
    let fields = Fields::read(&[], 0).unwrap();
    assert_eq!(fields.need((7, 3)).unwrap_err(), "field 3 of type 7 is missing");
    let fields = Fields::read(&[0x19, 1, 2], 3).unwrap();
    let error = fields.array::<4>((1, 9)).unwrap_err();
    assert_eq!(error, "field 9 of type 1 has not the 4 bytes it should have");
}
