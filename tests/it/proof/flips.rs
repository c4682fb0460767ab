//! No bit of a proof document can be changed.
//!
//! Two readings of that sentence, both tested. Of the text: after any flip the document is refused,
//! or it says the same as before (a letter of a hexadecimal number in lower case, the name of a key
//! that nobody asks for). Of what the text says: after a flip in any of the bytes and numbers the
//! document is refused.
//!
//! Two things in a document are not looked at, so that a flip there goes unnoticed and unused: the
//! name under which somebody's validation stands who is on no list, and, where the whole tree is
//! given, the keys of other transactions beyond the digits that lead to their place.

use data_encoding::{BASE64, HEXUPPER};
use serde_json::Value;
use xrpl_txdata::proof::{Proof, PublicKey};

use super::world::{NOW, World};

/// Every document that differs from this one in a single bit of what it says below `part`, and
/// where it differs.
fn changed(json: &str, part: &str, mut meet: impl FnMut(&str, &str)) {
    const MARK: &str = "here";
    let mut document: Value = serde_json::from_str(json).unwrap();
    let mut ways = Vec::new();
    find(part, document.pointer(part).unwrap(), &mut ways);
    for way in ways {
        let original = std::mem::replace(document.pointer_mut(&way).unwrap(), MARK.into());
        let text = document.to_string();
        let (before, after) = text.split_once(&format!("{MARK:?}")).unwrap();
        for value in neighbours(&way, &original) {
            meet(&way, &format!("{before}{value}{after}"));
        }
        *document.pointer_mut(&way).unwrap() = original;
    }
}

/// Where all values are that are neither lists nor objects.
fn find(way: &str, value: &Value, ways: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(key, value)| find(&format!("{way}/{key}"), value, ways));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, value)| find(&format!("{way}/{n}"), value, ways));
        }
        _ => ways.push(way.to_owned()),
    }
}

/// The values of one bit's difference.
fn neighbours(way: &str, value: &Value) -> Vec<Value> {
    let number = |number: u64, bits: u32| (0..bits).map(move |bit| number ^ (1 << bit));
    match value {
        Value::String(text) if way.ends_with("/coins") => {
            number(text.parse().unwrap(), 64).map(|number| number.to_string().into()).collect()
        }
        Value::String(text) if way.ends_with("/blob") && way.contains("unl") => {
            bytes(text, &BASE64)
        }
        Value::String(text) if way.ends_with("unl/manifest") => bytes(text, &BASE64),
        Value::String(text) => bytes(text, &HEXUPPER),
        Value::Number(small) if way.ends_with("cres") || way.ends_with("flags") => {
            number(small.as_u64().unwrap(), 8).map(Value::from).collect()
        }
        Value::Number(other) => number(other.as_u64().unwrap(), 32).map(Value::from).collect(),
        other => panic!("{way}: {other}"),
    }
}

fn bytes(text: &str, encoding: &data_encoding::Encoding) -> Vec<Value> {
    let bytes = encoding.decode(text.as_bytes()).unwrap();
    let flip = |bit: usize| {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        encoding.encode(&bytes).into()
    };
    (0..bytes.len() * 8).map(flip).collect()
}

#[test]
fn no_bit_of_what_a_document_says_can_be_changed() {
    let world = World::new(1);
    let publishers = [world.publisher.master_key()];
    let trusted = world.trusted();
    let proof = world.proof_by_chain();
    assert!(proof.verify_published(&publishers, NOW).is_ok());
    let mut count = 0;
    changed(&proof.to_json(), "", |way, json| {
        count += 1;
        let Ok(read) = Proof::from_json(json) else { return };
        assert!(read.verify_published(&publishers, NOW).is_err(), "{way}: {json}");
        // Half the work is the same, so a part of them is enough here.
        if count % 16 == 0 {
            assert!(read.verify(&trusted, NOW).is_err(), "{way}: {json}");
        }
    });
    println!("{count} changed documents refused");
}

#[test]
fn no_bit_of_a_whole_tree_can_be_changed() {
    let world = World::new(1);
    let publishers = [world.publisher.master_key()];
    let json = world.proof().to_json_with_tree(&world.tree).unwrap();
    changed(&json, "/transaction/proof", |way, json| {
        let read = Proof::from_json(json);
        let holds = read.is_ok_and(|read| read.verify_published(&publishers, NOW).is_ok());
        // The root's key means nothing, those of other leaves no more than their place.
        assert!(!holds || way.ends_with("/key"), "{way}: {json}");
    });
}

#[test]
fn no_name_of_a_validator_can_be_changed() {
    let world = World::new(1);
    let publishers = [world.publisher.master_key()];
    let document: Value = serde_json::from_str(&world.proof().to_json()).unwrap();
    let data = document["validation"]["data"].as_object().unwrap();
    for (name, validation) in data {
        let key: PublicKey = name.parse().unwrap();
        for bit in 0..33 * 8 {
            let mut bytes = *key.as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Some(other) = PublicKey::from_bytes(bytes) else { continue };
            let mut renamed = document.clone();
            let data = renamed["validation"]["data"].as_object_mut().unwrap();
            data.remove(name);
            data.insert(other.to_base58(), validation.clone());
            let read = Proof::from_json(&renamed.to_string()).unwrap();
            assert!(read.verify_published(&publishers, NOW).is_err(), "{name}, bit {bit}");
        }
    }
}

#[test]
fn no_bit_of_the_text_can_be_changed_to_say_something_else() {
    let world = World::new(1);
    let publishers = [world.publisher.master_key()];
    let proof = world.proof_by_chain();
    let text = proof.to_json().into_bytes();
    let mut same = 0;
    for bit in 0..text.len() * 8 {
        let mut text = text.clone();
        text[bit / 8] ^= 1 << (bit % 8);
        let Ok(text) = String::from_utf8(text) else { continue };
        match Proof::from_json(&text) {
            Ok(read) if read == proof => same += 1,
            Ok(read) => {
                assert!(read.verify_published(&publishers, NOW).is_err(), "bit {bit}: {text}")
            }
            Err(_) => {}
        }
    }
    println!("{same} of {} flips leave the document the same", text.len() * 8);
}

#[test]
fn a_big_document_is_no_softer() {
    let world = World::new(35);
    let publishers = [world.publisher.master_key()];
    let proof = world.proof();
    assert!(proof.verify_published(&publishers, NOW).is_ok());
    let text = proof.to_json().into_bytes();
    for bit in (0..text.len() * 8).step_by(1_009) {
        let mut text = text.clone();
        text[bit / 8] ^= 1 << (bit % 8);
        let Ok(text) = String::from_utf8(text) else { continue };
        if let Ok(read) = Proof::from_json(&text) {
            assert!(read == proof || read.verify_published(&publishers, NOW).is_err(), "bit {bit}");
        }
    }
}
