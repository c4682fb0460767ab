//! What a file names of its own crate, in whichever way it spells it.

use super::tokens::{Token, starts_with};

/// One path into this crate, from its root, and the line on which it starts.
#[derive(Debug)]
pub(super) struct Import<'a> {
    pub(super) path: Vec<&'a str>,
    pub(super) line: usize,
}

/// Every path that starts at the crate, at this module, or above it; `own` is the file's module.
pub(super) fn imports<'a>(own: &[&'a str], tokens: &[Token<'a>]) -> Vec<Import<'a>> {
    let mut found = Vec::new();
    // The module that holds the present token, and for each inline module the depth of its block.
    let mut module = if own == ["lib"] { Vec::new() } else { own.to_vec() };
    let (mut depth, mut blocks) = (0, Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "{" => depth += 1,
            "}" => {
                if blocks.last() == Some(&depth) {
                    blocks.pop();
                    module.pop();
                }
                depth -= 1;
            }
            "mod" if tokens.get(at + 2).is_some_and(|after| after.text == "{") => {
                module.push(tokens[at + 1].text);
                blocks.push(depth + 1);
            }
            _ => {}
        }
        let continued = at > 0 && tokens[at - 1].text == "::";
        if continued || !starts_with(&tokens[at + 1..], &["::"]) {
            continue;
        }
        let base = match token.text {
            "crate" | "xrpl_txdata" => Vec::new(),
            "self" | "super" => module.clone(),
            _ => continue,
        };
        let mut cursor = at;
        let paths = leaves(tokens, &mut cursor, Vec::new());
        found.extend(paths.into_iter().map(|path| absolute(base.clone(), path)));
    }
    found
}

/// The paths of the tree that starts at the cursor: several when it has groups in braces.
fn leaves<'a>(
    tokens: &[Token<'a>],
    cursor: &mut usize,
    mut path: Vec<Token<'a>>,
) -> Vec<Vec<Token<'a>>> {
    while let Some(token) = tokens.get(*cursor) {
        *cursor += 1;
        if token.text == "{" {
            let mut all = Vec::new();
            while tokens.get(*cursor).is_some_and(|next| next.text != "}") {
                all.extend(leaves(tokens, cursor, path.clone()));
                // What follows a path in a group: `as name`, and the comma.
                while tokens.get(*cursor).is_some_and(|next| !matches!(next.text, "," | "}")) {
                    *cursor += 1;
                }
                *cursor += usize::from(starts_with(&tokens[*cursor..], &[","]));
            }
            *cursor += 1;
            return all;
        }
        path.push(*token);
        if !starts_with(&tokens[*cursor..], &["::"]) {
            break;
        }
        *cursor += 1;
    }
    vec![path]
}

fn absolute<'a>(base: Vec<&'a str>, path: Vec<Token<'a>>) -> Import<'a> {
    let line = path.last().map_or(0, |token| token.line);
    let mut absolute = base;
    for token in path {
        match token.text {
            "crate" | "xrpl_txdata" | "self" | "*" => {}
            "super" => drop(absolute.pop()),
            name => absolute.push(name),
        }
    }
    Import { path: absolute, line }
}
