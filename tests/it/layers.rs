//! The order of the house: a file imports only from layers below its own, and files stay short.

mod paths;
mod tokens;

use std::{
    fs,
    path::{Path, PathBuf},
};

use paths::{Import, imports};
use tokens::{Token, closing, starts_with, tokens};

/// From the bottom up; what stands on one line is one layer. The last one is the entrance.
const LAYERS: [&[&str]; 9] = [
    &["types"],
    &["error", "config"],
    &["codec"],
    &["wire"],
    &["proof"],
    &["tx"],
    &["machine"],
    &["net"],
    &["client", "monitor", "verify", "xaman", "manual", "lib"],
];

/// What has no I/O waits for nothing, starts nothing and logs nothing; what decides is told the time.
const PURE: [&str; 7] = ["types", "codec", "wire", "proof", "tx", "machine", "verify"];
const IO: [&[&str]; 2] = [&["tokio", "::"], &["tracing", "::"]];
const DECIDING: [&str; 4] = ["proof", "tx", "machine", "verify"];
const CLOCKS: [&[&str]; 2] = [&["Instant", "::", "now"], &["SystemTime", "::", "now"]];

/// The simulated network stands beside the tower. Nothing but `lib.rs` names it, and it sees all that
/// is plain data, and of the contact with nodes only the seam it plugs into.
const TESTING: &str = "testing";
const TESTING_SEES: [&[&str]; 8] = [
    &["types"],
    &["error"],
    &["config"],
    &["codec"],
    &["wire"],
    &["proof"],
    &["tx"],
    &["net", "connect"],
];

const MAX_LINES: usize = 500;
/// The second line of a file that a program wrote: its length is nobody's fault.
const GENERATED: &str = "//! @generated";

#[test]
fn every_source_file_keeps_the_order_of_the_house() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    find(&root, &mut files);
    files.sort();
    assert!(files.contains(&root.join("lib.rs")), "no sources in {}", root.display());
    let mut complaints = Vec::new();
    for path in &files {
        let name = path.strip_prefix(&root).expect("it was found below").to_string_lossy();
        let source = fs::read_to_string(path).expect("sources are readable text");
        complaints.extend(complaints_about(&name.replace('\\', "/"), &source));
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("folders of sources are readable") {
        let path = entry.expect("folders of sources are readable").path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// What is wrong with one file, which is named by its path below `src`: `src/file:line: rule` each.
fn complaints_about(name: &str, source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let own = module_of(name);
    let mut found = shape(source);
    found.extend(attributes(&tokens));
    found.extend(guards(&tokens));
    if own[0] != TESTING && rank(own[0]).is_none() {
        found.push((1, format!("{} has no place in the order of layers", own[0])));
    } else {
        // Unit tests in files of their own may be told by the simulated network.
        let told =
            |import: &&Import| own.contains(&"tests") && import.path.first() == Some(&TESTING);
        let imports = imports(&own, &tokens);
        let judged = imports.iter().filter(|import| !told(import));
        found.extend(judged.filter_map(|import| judge(own[0], import)));
        found.extend(impurities(&own, &tokens));
    }
    found.sort();
    found.iter().map(|(line, rule)| format!("src/{name}:{line}: {rule}")).collect()
}

/// `net/connect.rs` is the module `net::connect`, `net/mod.rs` is `net`, and `lib.rs` is `lib`.
fn module_of(name: &str) -> Vec<&str> {
    let stem = name.trim_end_matches(".rs").trim_end_matches("/mod");
    stem.split('/').collect()
}

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn shape(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    if !source.starts_with("//!") {
        found.push((1, "the first line says in a //! comment what the file holds".to_owned()));
    }
    let count = source.lines().count();
    let generated = source.lines().nth(1).is_some_and(|line| line.starts_with(GENERATED));
    if count > MAX_LINES && !generated {
        found.push((count, format!("{count} lines, at most {MAX_LINES}: split the file")));
    }
    found
}

/// Whether this file may name that; what is none of the modules is an item of `lib.rs`.
fn judge(own: &str, import: &Import) -> Option<(usize, String)> {
    let target = match import.path.first() {
        Some(&first) if first == TESTING || rank(first).is_some() => first,
        _ => "lib",
    };
    let allowed = match (own, target) {
        (TESTING, TESTING) | ("lib", TESTING) => true,
        (TESTING, _) => TESTING_SEES.iter().any(|seen| import.path.starts_with(seen)),
        (_, TESTING) => false,
        _ => rank(target) <= rank(own),
    };
    let path = format!("crate::{}", import.path.join("::"));
    (!allowed).then(|| (import.line, format!("{own} may not import from {target}: {path}")))
}

/// Waiting and logging in what has no I/O, and clocks in what decides. Unit tests may do both.
fn impurities(own: &[&str], tokens: &[Token]) -> Vec<(usize, String)> {
    if own.contains(&"tests") {
        return Vec::new();
    }
    let tests = (0..tokens.len()).find(|&at| starts_with(&tokens[at..], &["mod", "tests", "{"]));
    let code = &tokens[..tests.unwrap_or(tokens.len())];
    let mut found = Vec::new();
    for (at, token) in code.iter().enumerate() {
        let named = |what: &&&[&str]| starts_with(&code[at..], what);
        let io = IO.iter().filter(|_| PURE.contains(&own[0])).find(named);
        let clock = CLOCKS.iter().filter(|_| DECIDING.contains(&own[0])).find(named);
        if let Some(what) = io.or(clock) {
            found.push((token.line, format!("no {} in {}", what.concat(), own[0])));
        }
    }
    found
}

/// `#[allow(..)]` hides for ever; `#[expect(..)]` tells when it is no longer needed. Both need a reason.
fn attributes(tokens: &[Token]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let rest = &tokens[at..];
        let start = match rest {
            _ if starts_with(rest, &["#", "["]) => 1,
            _ if starts_with(rest, &["#", "!", "["]) => 2,
            _ => continue,
        };
        let attribute = &rest[start..closing(rest, start)];
        for at in 0..attribute.len() {
            let lint = &attribute[at..];
            let expected = starts_with(lint, &["expect", "("]);
            if !expected && !starts_with(lint, &["allow", "("]) {
                continue;
            }
            let reasoned = lint[..closing(lint, 1)].iter().any(|token| token.text == "reason");
            if !expected || !reasoned {
                let rule = "write #[expect(.., reason = \"..\")]";
                found.push((lint[0].line, format!("#[{}(..)]: {rule}", lint[0].text)));
            }
        }
    }
    found
}

/// A guard `pattern if let .. =>` compiles since Rust 1.95, the crate promises an older one, and no
/// lint notices.
fn guards(tokens: &[Token]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if !starts_with(&tokens[at..], &["if", "let"]) {
            continue;
        }
        let (mut position, mut bound) = (at + 2, false);
        while let Some(token) = tokens.get(position) {
            if starts_with(&tokens[position..], &["=", ">"]) {
                found.push((tokens[at].line, "no if let guards: they need Rust 1.95".to_owned()));
                break;
            }
            match token.text {
                // Behind the pattern a block can only be the body.
                "{" if bound => break,
                "(" | "[" | "{" => position = closing(tokens, position),
                "=" => bound = true,
                _ => {}
            }
            position += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "//! What it holds.\n";

    #[track_caller]
    fn good(name: &str, body: &str) {
        assert_eq!(complaints_about(name, &format!("{HEAD}{body}")), Vec::<String>::new());
    }

    #[track_caller]
    fn bad(name: &str, body: &str, complaint: &str) {
        let complaints = complaints_about(name, &format!("{HEAD}{body}"));
        assert!(complaints.len() == 1, "{complaints:?}");
        assert!(complaints[0].starts_with(&format!("src/{name}:")), "{complaints:?}");
        assert!(complaints[0].contains(complaint), "{complaints:?}");
    }

    #[test]
    fn imports_go_down() {
        good("net/node.rs", "use crate::{error::{Error, Kind}, machine::race::Race, types};");
        good("client.rs", "use crate::{Lookup, monitor, net::pool::Pool};");
        good("client/lookup.rs", "use super::{TxData, ask::ask}; use crate::Lookup;");
        good("machine/race.rs", "mod tests { use super::*; mod deep { use super::super::Race; } }");
        good("lib.rs", "pub mod testing; pub use testing::Network; mod a { use crate::codec; }");
        good("testing/network.rs", "use crate::{net::connect::Connect, types::TxHash, tx};");
        good("wire/mod.rs", "pub(crate) mod frame; fn f() { self::frame::read(); }");
    }

    #[test]
    fn imports_do_not_go_up_in_any_spelling() {
        bad("types/hash.rs", "\nuse crate::error::Error;", ":3: types may not import from error");
        bad("wire/frame.rs", "use crate::{types::TxHash, net::{self}};", "wire may not import");
        bad("wire/mod.rs", "use super::net;", "crate::net");
        bad("wire/frame.rs", "use super::super::machine::race;", "crate::machine::race");
        bad("error.rs", "use super::client::TxData;", "crate::client::TxData");
        bad("machine/race.rs", "fn f() { crate::net::node::ask() }", "crate::net::node::ask");
        bad("machine/race.rs", "fn f(n: &xrpl_txdata::net::Node) {}", "crate::net::Node");
        bad("tx/mod.rs", "macro_rules! m { () => { $crate::machine::x } }", "crate::machine::x");
        bad("machine/race.rs", "mod tests { use super::super::super::net::X; }", "crate::net::X");
        bad("codec/mod.rs", "use crate::*;", "codec may not import from lib");
        bad("net/tls.rs", "use crate::Endpoint;", "net may not import from lib: crate::Endpoint");
    }

    #[test]
    fn the_simulated_network_stands_aside() {
        bad("testing/network.rs", "use crate::net::node::Node;", "crate::net::node::Node");
        bad("testing/network.rs", "use crate::machine::race;", "crate::machine::race");
        bad("testing/network.rs", "use crate::TxHash;", "crate::TxHash");
        bad("client.rs", "use crate::testing::Network;", "client may not import from testing");
        bad("unheard/of.rs", "", "unheard has no place");
    }

    #[test]
    fn layers_without_io_stay_so() {
        bad("machine/watch.rs", "async fn f() { tokio::task::yield_now() }", "no tokio::");
        bad("tx/mod.rs", "use tracing::debug;", "no tracing::");
        bad("machine/watch.rs", "fn f() -> Instant { Instant::now() }", "no Instant::now");
        bad("verify/judge.rs", "fn f() { std::time::SystemTime::now(); }", "no SystemTime::now");
        good("machine/watch.rs", "mod tests { fn f() { Instant::now(); } }");
        good("verify/tests/cheats.rs", "#[tokio::test] async fn f() { tokio::join!() }");
        good("net/node.rs", "use tokio::time::Instant; fn f() { Instant::now(); }");
    }

    #[test]
    fn lints_are_switched_off_with_a_reason_or_not_at_all() {
        good("config.rs", "#[expect(dead_code, reason = \"its drop is its use\")] struct S;");
        good("config.rs", "fn f(x: Option<()>) { x.expect(\"always\"); allow(1) }");
        bad("config.rs", "#[expect(dead_code)] struct S;", "reason");
        bad("config.rs", "#![allow(dead_code, reason = \"\")]", "#[allow(..)]: write #[expect");
        bad("config.rs", "#[cfg_attr(test, allow(dead_code))] struct S;", "#[allow(..)]");
    }

    #[test]
    fn the_promised_compiler_understands_it() {
        let arms = "fn f() { match x { Some(y) if let Some(E { z }) = g(|a| { a }) => z } }";
        bad("config.rs", arms, "no if let guards");
        good("config.rs", "fn f() { if let E { z } = g() && z >= 1 { match z { _ => () } } }");
    }

    #[test]
    fn files_are_short_and_say_what_they_hold() {
        let long = "fn f() {}\n".repeat(MAX_LINES);
        bad("config.rs", &long, "501 lines, at most 500");
        good("config.rs", &format!("{GENERATED} by a program\n{long}"));
        assert_eq!(complaints_about("config.rs", "use std::fmt;").len(), 1);
    }
}
