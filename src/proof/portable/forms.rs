//! The two forms in which XLS-41 writes the way through the tree: lists of sixteen within each
//! other, or the whole tree as objects. Both are read into nodes whose hashes are computed.

use std::{cell::Cell, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, json};

use crate::{
    codec::tree::{self, Leaf, MAX_DEPTH, NOTHING, inner_hash, nibble},
    proof::{InclusionPath, MAX_TRANSACTIONS, Row, TransactionTree},
    types::{Hash256, TxHash},
};

/// Most nodes of one tree that are read; a tree of the most leaves has no more.
const MAX_NODES: usize = 2 * MAX_TRANSACTIONS;

/// A node of the tree, as far as the document shows it.
#[derive(Debug)]
pub(super) struct Node {
    hash: Hash256,
    /// Those that are there, by their digit. None: a leaf, or not shown any further.
    children: Vec<(usize, Node)>,
    /// In the form of objects, the transaction that a leaf claims to be.
    key: Option<TxHash>,
}

impl Node {
    /// The rows that lead to a transaction.
    pub(super) fn path(&self, id: &TxHash) -> Result<InclusionPath, &'static str> {
        let mut rows = Vec::new();
        let mut node = self;
        while !node.children.is_empty() {
            rows.push(node.row());
            let digit = nibble(id, rows.len() - 1);
            match node.children.iter().find(|(place, _)| *place == digit) {
                Some((_, child)) => node = child,
                None => return Err("the tree does not lead to the transaction"),
            }
        }
        match node.key {
            Some(key) if key != *id => Err("the tree leads to another transaction"),
            _ => Ok(InclusionPath::new(rows)),
        }
    }

    fn inner(children: Vec<(usize, Node)>) -> Node {
        let mut node = Node { hash: NOTHING, children, key: None };
        node.hash = inner_hash(&node.row());
        node
    }

    fn row(&self) -> Row {
        let mut row = [NOTHING; 16];
        for (digit, child) in &self.children {
            if let Some(place) = row.get_mut(*digit) {
                *place = child.hash;
            }
        }
        row
    }

    /// Whether every leaf lies where its key says. (More of another transaction's key than what
    /// leads to its place cannot be checked, and is not used.)
    fn is_in_place(&self, way: &mut Vec<usize>) -> bool {
        let key_fits =
            |key: TxHash| way.iter().enumerate().all(|(depth, step)| nibble(&key, depth) == *step);
        if !self.key.is_none_or(key_fits) {
            return false;
        }
        self.children.iter().all(|(digit, child)| {
            way.push(*digit);
            let good = child.is_in_place(way);
            way.pop();
            good
        })
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        let left = Cell::new(MAX_NODES);
        let root = deserializer.deserialize_any(NodeSeed { depth: 0, form: None, left: &left })?;
        match root.is_in_place(&mut Vec::new()) {
            true => Ok(root),
            false => Err(de::Error::custom("a leaf of the tree lies where its key does not lead")),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Lists,
    Objects,
}

/// Reads one node and all below it.
#[derive(Clone, Copy)]
struct NodeSeed<'c> {
    depth: usize,
    /// That of the root; not known above it.
    form: Option<Form>,
    /// How many more nodes are read.
    left: &'c Cell<usize>,
}

impl NodeSeed<'_> {
    fn below<E: de::Error>(self, form: Form) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom("the tree is deeper than a key is long"));
        }
        let left = self.left.get().checked_sub(1);
        self.left.set(left.ok_or_else(|| E::custom("the tree has too many nodes"))?);
        Ok(NodeSeed { depth: self.depth + 1, form: Some(form), ..self })
    }
}

impl<'de> DeserializeSeed<'de> for NodeSeed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeSeed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.form {
            None => "a list or an object",
            Some(Form::Lists) => "a hash or a list of 16",
            Some(Form::Objects) => "an object with children, hash and key",
        })
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        if self.form != Some(Form::Lists) {
            return Err(E::invalid_type(de::Unexpected::Str(text), &self));
        }
        let hash = text.parse().map_err(E::custom)?;
        Ok(Node { hash, children: Vec::new(), key: None })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        if self.form == Some(Form::Objects) {
            return Err(de::Error::invalid_type(de::Unexpected::Seq, &self));
        }
        let mut children = Vec::new();
        let mut digit = 0;
        while let Some(child) = list.next_element_seed(self.below(Form::Lists)?)? {
            if digit == 16 {
                return Err(de::Error::custom("a list of more than 16 branches"));
            }
            if child.hash != NOTHING {
                children.push((digit, child));
            }
            digit += 1;
        }
        match children.is_empty() {
            true => Err(de::Error::custom("a list without any branch")),
            false => Ok(Node::inner(children)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Node, A::Error> {
        if self.form == Some(Form::Lists) {
            return Err(de::Error::invalid_type(de::Unexpected::Map, &self));
        }
        let (mut children, mut hash, mut key) = (None, None, None);
        let mut map = map;
        while let Some(name) = map.next_key::<String>()? {
            let again = match name.as_str() {
                "children" => children.replace(map.next_value_seed(ChildrenSeed(self))?).is_some(),
                "hash" => hash.replace(map.next_value::<Hash256>()?).is_some(),
                "key" => key.replace(map.next_value::<TxHash>()?).is_some(),
                _ => map.next_value::<de::IgnoredAny>().map(|_| false)?,
            };
            if again {
                return Err(de::Error::custom(format!("{name} twice in one node")));
            }
        }
        let children = children.ok_or_else(|| de::Error::missing_field("children"))?;
        let hash = hash.ok_or_else(|| de::Error::missing_field("hash"))?;
        let key = key.ok_or_else(|| de::Error::missing_field("key"))?;
        if children.is_empty() && self.depth > 0 {
            return Ok(Node { hash, children, key: Some(key) });
        }
        let node = Node::inner(children);
        match node.hash == hash {
            true => Ok(node),
            false => Err(de::Error::custom(format!("{hash} is not the hash of its children"))),
        }
    }
}

/// Reads the children of a node, each under its digit.
struct ChildrenSeed<'c>(NodeSeed<'c>);

impl<'de> DeserializeSeed<'de> for ChildrenSeed<'_> {
    type Value = Vec<(usize, Node)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ChildrenSeed<'_> {
    type Value = Vec<(usize, Node)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of branches, each under its hexadecimal digit")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut children = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let digit = match name.as_bytes() {
                [digit] => char::from(*digit).to_digit(16).map(|digit| digit as usize),
                _ => None,
            };
            let digit = digit.ok_or_else(|| de::Error::custom(format!("{name:?} is no branch")))?;
            if children.iter().any(|(other, _)| *other == digit) {
                return Err(de::Error::custom(format!("branch {name} twice")));
            }
            children.push((digit, map.next_value_seed(self.0.below(Form::Objects)?)?));
        }
        Ok(children)
    }
}

/// The form of lists.
pub(super) fn lists(path: &InclusionPath, id: &TxHash) -> Value {
    let rows = path.rows().iter().enumerate().rev();
    let list = rows.fold(None, |below, (depth, row)| {
        let mut list: Vec<Value> = row.iter().map(|hash| hash.to_string().into()).collect();
        if let (Some(below), Some(place)) = (below, list.get_mut(nibble(id, depth))) {
            *place = below;
        }
        Some(list.into())
    });
    list.unwrap_or_default()
}

/// The form of objects: the whole tree.
pub(super) fn objects(tree: &TransactionTree) -> Value {
    object(&tree.leaves, 0)
}

fn object(leaves: &[Leaf], depth: usize) -> Value {
    let mut row = [NOTHING; 16];
    let mut children = Map::new();
    for (digit, place) in row.iter_mut().enumerate() {
        let child = match tree::child(leaves, depth, digit) {
            [] => continue,
            [leaf] => {
                *place = leaf.hash;
                json!({ "children": {}, "hash": leaf.hash, "key": leaf.id })
            }
            // Ends, because no two keys are equal.
            several => {
                let child = object(several, depth + 1);
                *place = tree::subtree_hash(several, depth + 1);
                child
            }
        };
        children.insert(format!("{digit:X}"), child);
    }
    json!({ "children": children, "hash": inner_hash(&row), "key": NOTHING })
}
