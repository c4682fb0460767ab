//! Rust source as a row of words: enough to read paths and attributes, with comments and texts gone.

/// An identifier, a `::`, or one other character, and the line on which it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) line: usize,
}

/// All tokens in order. Comments, strings, characters and lifetimes are left out.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| literal(rest));
        let length = skipped.unwrap_or_else(|| match first {
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            _ => first.len_utf8(),
        });
        let (text, after) = rest.split_at(length);
        if skipped.is_none() && !first.is_whitespace() {
            tokens.push(Token { text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

/// Whether the next tokens are these.
pub(super) fn starts_with(tokens: &[Token], texts: &[&str]) -> bool {
    tokens.len() >= texts.len() && tokens.iter().zip(texts).all(|(token, text)| token.text == *text)
}

/// Where the bracket that opens at this place closes.
pub(super) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    Some(at)
}

/// The length of the text, character or lifetime that starts here.
fn literal(rest: &str) -> Option<usize> {
    if rest.starts_with('\'') {
        return Some(character_or_lifetime(rest));
    }
    let prefix = rest.find(|c| !matches!(c, 'b' | 'c' | 'r')).unwrap_or(rest.len());
    if prefix > 2 {
        return None;
    }
    let after = &rest[prefix..];
    if rest[..prefix].ends_with('r') {
        let hashes = after.find(|c| c != '#').unwrap_or(0);
        let end = format!("\"{}", &after[..hashes]);
        let body = after[hashes..].strip_prefix('"')?;
        let length = body.find(&end).map_or(body.len(), |at| at + end.len());
        return Some(prefix + hashes + 1 + length);
    }
    if prefix == 1 && after.starts_with('\'') {
        return Some(prefix + character_or_lifetime(after));
    }
    let body = after.strip_prefix('"')?;
    Some(prefix + 1 + until_unescaped(body, '"'))
}

fn character_or_lifetime(rest: &str) -> usize {
    let body = &rest[1..];
    let mut chars = body.chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), _) | (_, Some('\'')) => 1 + until_unescaped(body, '\''),
        _ => 1 + body.find(|c| !is_word(c)).unwrap_or(body.len()),
    }
}

/// The length up to and with the first `end` that no backslash hides.
fn until_unescaped(body: &str, end: char) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        if c == end && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    body.len()
}

#[test]
fn comments_texts_and_lifetimes_are_no_tokens() {
    let source = r####"
        // crate::a
        /* crate::b /* nested */ crate::c */
        let x: &'static str = "crate::d \" crate::e"; 'q' '\'' b'"' '"'
        r#"crate::f " "# br"\" c"crate::g" crate::h r
    "####;
    let words: Vec<_> = tokens(source).iter().map(|token| (token.line, token.text)).collect();
    let fourth = ["let", "x", ":", "&", "str", "=", ";"].map(|text| (4, text));
    let fifth = ["crate", "::", "h", "r"].map(|text| (5, text));
    assert_eq!(words, [&fourth[..], &fifth[..]].concat());
}
