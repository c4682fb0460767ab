//! The two forms of the tree in a document: what breaks them.

use serde_json::{Value, json};
use xrpl_txdata::{
    Hash256,
    proof::{Proof, ProofError, Proven, TransactionTree},
};

use super::world::{NOW, World, edited, headers};

fn check(world: &World, tree: Value) -> Result<Proven, ProofError> {
    let json = edited(&world.proof(), |document| document["transaction"]["proof"] = tree);
    Proof::from_json(&json)?.verify_published(&[world.publisher.master_key()], NOW)
}

fn malformed(world: &World, tree: Value) -> String {
    match check(world, tree) {
        Err(ProofError::Malformed(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

/// The tree as lists, and as objects.
fn trees(world: &World) -> (Value, Value) {
    let proof = world.proof();
    let read =
        |json: &str| serde_json::from_str::<Value>(json).unwrap()["transaction"]["proof"].clone();
    (read(&proof.to_json()), read(&proof.to_json_with_tree(&world.tree).unwrap()))
}

/// The digit under which the proven transaction lies in the root.
fn digit(world: &World) -> usize {
    usize::from(world.id().as_bytes()[0] >> 4)
}

#[test]
fn both_forms_lead_to_the_same_proof() {
    let world = World::new(3);
    let (lists, objects) = trees(&world);
    assert!(lists.is_array() && objects.is_object());
    assert_eq!(check(&world, lists), check(&world, objects.clone()));
    // Digits in lower case, and keys that nobody knows.
    let lower: Value =
        serde_json::from_str(&"0123456789ABCDEF".chars().filter(char::is_ascii_uppercase).fold(
            objects.to_string(),
            |text, digit| {
                text.replace(
                    &format!("\"{digit}\":"),
                    &format!("\"{}\":", digit.to_ascii_lowercase()),
                )
            },
        ))
        .unwrap();
    assert!(check(&world, lower).is_ok());
    let mut more = objects;
    more["depth"] = 0.into();
    assert!(check(&world, more).is_ok());
}

#[test]
fn a_tree_of_many_levels_reads_back_in_both_forms() {
    let transactions: Vec<_> =
        (0..300_u32).map(|n| (n.to_be_bytes().repeat(10), vec![0xF0; 30])).collect();
    let tree = TransactionTree::new(transactions.clone()).unwrap();
    let header = headers(tree.root(), 1)[0];
    for (transaction, metadata) in transactions.iter().step_by(60) {
        let proof = Proof::new(header, &tree, transaction, metadata).unwrap();
        assert_eq!(Proof::from_json(&proof.to_json()), Ok(proof.clone()));
        let whole = proof.to_json_with_tree(&tree).unwrap();
        assert_eq!(Proof::from_json(&whole), Ok(proof));
    }
}

#[test]
fn a_list_may_show_more_than_it_must() {
    let world = World::new(3);
    let (mut lists, objects) = trees(&world);
    // A neighbour is no leaf but a node of its own: then the root is another one.
    let neighbour = (0..16).find(|place| *place != digit(&world)).unwrap();
    let nothing = Value::from("0".repeat(64));
    let leaf = objects["hash"].clone();
    let mut row = vec![nothing; 16];
    row[3] = leaf;
    lists[neighbour] = row.into();
    assert!(matches!(check(&world, lists), Err(ProofError::OtherRoot { .. })));
}

#[test]
fn lists_of_the_wrong_shape_are_named() {
    let world = World::new(3);
    let (lists, _) = trees(&world);
    let with = |place: usize, value: Value| {
        let mut changed = lists.clone();
        changed[place] = value;
        changed
    };
    let mut seventeen = lists.clone();
    seventeen.as_array_mut().unwrap().push("0".repeat(64).into());
    let deep = (0..65).fold(json!("11".repeat(32)), |below, _| json!([below]));
    let deeper = (0..500).fold(json!("11".repeat(32)), |below, _| json!([below]));
    for (tree, part) in [
        (seventeen, "more than 16"),
        (json!([]), "without any branch"),
        (json!(vec!["0".repeat(64); 16]), "without any branch"),
        (with(0, json!([])), "without any branch"),
        (with(0, json!({})), "a hash or a list"),
        (with(0, json!(null)), "a hash or a list"),
        (with(0, json!("")), "64 hexadecimal"),
        (json!("00".repeat(32)), "a list or an object"),
        (json!(7), "a list or an object"),
        (deep, "deeper"),
        (deeper, "deeper"),
        (with(digit(&world), json!("0".repeat(64))), "does not lead to the transaction"),
    ] {
        let reason = malformed(&world, tree);
        assert!(reason.contains(part), "{reason}");
    }
    // The right leaf at a wrong place.
    let leaf = lists[digit(&world)].clone();
    let wrong = (digit(&world) + 1) % 16;
    let mut moved = with(wrong, leaf);
    moved[digit(&world)] = json!("22".repeat(32));
    assert!(check(&world, moved).is_err());
}

#[test]
fn objects_of_the_wrong_shape_are_named() {
    let world = World::new(3);
    let (_, objects) = trees(&world);
    let own = format!("{:X}", digit(&world));
    let with = |edit: &dyn Fn(&mut Value)| {
        let mut changed = objects.clone();
        edit(&mut changed);
        changed
    };
    let other = Hash256::from_bytes([7; 32]);
    for (tree, part) in [
        (with(&|tree| tree["hash"] = json!(other)), "not the hash of its children"),
        (
            with(&|tree| tree["children"][&own]["hash"] = json!(other)),
            "not the hash of its children",
        ),
        (with(&|tree| tree["children"][&own]["key"] = json!(other)), "key does not lead"),
        (with(&|tree| tree["children"]["G"] = json!({})), "no branch"),
        (with(&|tree| tree["children"]["10"] = json!({})), "no branch"),
        (with(&|tree| tree["children"][&own] = json!("")), "an object with children"),
        (with(&|tree| tree["children"][&own] = json!([])), "an object with children"),
        (with(&|tree| tree["children"] = json!([])), "branches"),
        (with(&|tree| tree["children"] = json!({})), "not the hash of its children"),
        (with(&|tree| tree["key"] = json!("")), "64 hexadecimal"),
        (json!({ "children": {}, "hash": other }), "missing field `key`"),
        (json!({ "children": {}, "key": other }), "missing field `hash`"),
        (json!({ "hash": other, "key": other }), "missing field `children`"),
    ] {
        let reason = malformed(&world, tree);
        assert!(reason.contains(part), "{reason}");
    }

    // Another transaction's key at the right place, as far as the place tells.
    let mut key = *world.id().as_bytes();
    key[31] ^= 1;
    let tree = with(&|tree| tree["children"][&own]["key"] = json!(Hash256::from_bytes(key)));
    assert!(malformed(&world, tree).contains("another transaction"));
}

#[test]
fn a_branch_or_a_part_twice_is_refused() {
    let world = World::new(3);
    let (_, objects) = trees(&world);
    let own = format!("{:X}", digit(&world));
    let leaf = objects["children"][&own].to_string();
    let text = objects.to_string();
    let branch = format!("\"{own}\":{leaf}");
    let json = world.proof().to_json_with_tree(&world.tree).unwrap();
    for (from, to, part) in [
        (branch.clone(), format!("{branch},{branch}"), "twice"),
        (text.clone(), text.replacen('{', "{\"hash\":\"\",", 1), "64 hexadecimal"),
        (leaf.clone(), leaf.replacen('{', "{\"children\":{},", 1), "children twice"),
    ] {
        assert!(json.contains(&from));
        let refused = Proof::from_json(&json.replacen(&from, &to, 1));
        let Err(ProofError::Malformed(reason)) = refused else { panic!("{refused:?}") };
        assert!(reason.contains(part), "{reason}");
    }
}

#[test]
fn a_tree_of_too_many_nodes_is_refused() {
    let world = World::new(3);
    // 16 by 16 by 16 by 16 by 2 leaves, and the nodes above them.
    let leaf = json!("11".repeat(32));
    let two = json!([leaf, leaf]);
    let tree = (0..4).fold(two, |below, _| json!(vec![below; 16]));
    assert!(malformed(&world, tree).contains("too many nodes"));
}
