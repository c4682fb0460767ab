//! Keys and what they sign.

use k256::ecdsa::Signature;

use xrpl_txdata::{
    proof::{PublicKey, SignatureError},
    testing::signing::SecretKey,
};

use super::bytes;

const MESSAGE: &[u8] = b"so it was";

fn both() -> [SecretKey; 2] {
    [SecretKey::secp256k1("a"), SecretKey::ed25519("a")]
}

#[test]
fn a_key_knows_its_own_signatures() {
    for key in both() {
        let (public, signature) = (key.public_key(), key.sign(MESSAGE));
        assert_eq!(public.verify(MESSAGE, &signature), Ok(()));
        assert_eq!(public.verify(b"so it was not", &signature), Err(SignatureError::OtherContent));
    }
    let [one, other] = both().map(|key| key.public_key());
    assert!(!one.is_ed25519() && other.is_ed25519());
}

#[test]
fn a_signature_of_another_key_is_refused() {
    for (key, other) in [
        (SecretKey::secp256k1("a"), SecretKey::secp256k1("b")),
        (SecretKey::ed25519("a"), SecretKey::ed25519("b")),
    ] {
        let signature = other.sign(MESSAGE);
        assert_eq!(key.public_key().verify(MESSAGE, &signature), Err(SignatureError::OtherContent));
    }
}

#[test]
fn no_bit_of_a_signature_can_be_changed() {
    for key in both() {
        let (public, good) = (key.public_key(), key.sign(MESSAGE));
        for bit in 0..good.len() * 8 {
            let mut signature = good.clone();
            signature[bit / 8] ^= 1 << (bit % 8);
            assert!(public.verify(MESSAGE, &signature).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn the_high_form_of_a_signature_is_refused() {
    let key = SecretKey::secp256k1("a");
    let low = Signature::from_der(&key.sign(MESSAGE)).unwrap();
    let (r, s) = low.split_scalars();
    let high = Signature::from_scalars(r, -s).unwrap().to_der();
    assert_eq!(
        key.public_key().verify(MESSAGE, high.as_bytes()),
        Err(SignatureError::NotCanonical)
    );
}

#[test]
fn an_ed25519_s_beyond_the_order_is_refused() {
    let key = SecretKey::ed25519("a");
    let order = bytes("EDD3F55C1A631258D69CF7A2DEF9DE1400000000000000000000000000000010");
    let mut signature = key.sign(MESSAGE);
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    assert_eq!(key.public_key().verify(MESSAGE, &signature), Err(SignatureError::NotCanonical));
}

#[test]
fn a_signature_in_another_form_is_refused() {
    let [secp, ed] = both();
    let der = secp.sign(MESSAGE);
    let longer = [&der[..], &[0]].concat();
    // The same numbers, with a length or a zero more than needed.
    let long_length = [&[0x30, 0x81, der[1]], &der[2..]].concat();
    let padded = [&[0x30, der[1] + 1, 2, der[3] + 1, 0], &der[4..]].concat();
    for form in [&[][..], &der[1..], &der[..der.len() - 1], &longer, &long_length, &padded] {
        assert_eq!(secp.public_key().verify(MESSAGE, form), Err(SignatureError::Malformed));
    }
    // Nor is one key's form the other's.
    assert_eq!(ed.public_key().verify(MESSAGE, &der), Err(SignatureError::Malformed));
    assert_eq!(
        secp.public_key().verify(MESSAGE, &ed.sign(MESSAGE)),
        Err(SignatureError::Malformed)
    );
    assert_eq!(ed.public_key().verify(MESSAGE, &[0; 63]), Err(SignatureError::Malformed));
}

#[test]
fn everybodys_key_is_refused() {
    // The point of order one: under it, R = S·B is a signature of every message.
    let weak = format!("ED01{}", "00".repeat(31)).parse::<PublicKey>().unwrap();
    let mut signature = [0; 64];
    signature[0] = 1;
    assert_eq!(weak.verify(MESSAGE, &signature), Err(SignatureError::NoPoint));
}

#[test]
fn a_key_off_its_curve_is_refused() {
    let [secp, ed] = both();
    for (start, key) in [("02", &secp), ("ED", &ed)] {
        let refused = (0..=255u8).any(|end| {
            let text = format!("{start}{}{end:02X}", "00".repeat(31));
            let off = text.parse::<PublicKey>().unwrap();
            off.verify(MESSAGE, &key.sign(MESSAGE)) == Err(SignatureError::NoPoint)
        });
        assert!(refused);
    }
}

#[test]
fn keys_read_and_print() {
    let hex = "ED2D22E63AFFD70E3FF6C4E413C50C441E2200971D73975AFB17753223F929A714";
    let base58 = "nHB6KGx8YNddfLwTKhLyqytFLyhjmh9vvv8LpUfBg53S8BZbYyQn";
    let key: PublicKey = base58.parse().unwrap();
    assert_eq!(key.to_string(), hex);
    assert_eq!(key.to_base58(), base58);
    assert_eq!(hex.to_lowercase().parse(), Ok(key));
    let json = serde_json::to_string(&key).unwrap();
    assert_eq!(serde_json::from_str::<PublicKey>(&json).unwrap(), key);
    let all: [u8; 33] = bytes(hex).try_into().unwrap();
    assert_eq!(PublicKey::from_bytes(all), Some(key));
    assert_eq!(key.as_bytes(), &all);
}

#[test]
fn an_error_says_what_is_wrong_with_a_key() {
    for (text, part) in [
        ("", "66 hexadecimal digits"),
        ("ED2D22", "66 hexadecimal digits"),
        (&format!("04{}", "00".repeat(32)), "starts neither with"),
        ("nHB6KGx8YNddfLwTKhLyqytFLyhjmh9vvv8LpUfBg53S8BZbYyQm", "checksum"),
        ("nHB6KGx8YNddfLwTKhLyqytFLyhjmh9vvv8LpUfBg53S8BZbYyQ", "length"),
        ("n0", "base58 alphabet"),
        ("sn3nxiW7v8KXzPzAqzyHXbSSKNuN9", "66 hexadecimal digits"),
    ] {
        let error = text.parse::<PublicKey>().unwrap_err();
        assert!(error.reason().contains(part), "{error}");
        assert!(!error.to_string().contains("3nxiW7v8"), "a seed is a secret: {error}");
    }
}
