//! Decimal numbers as rippled prints them.

/// `digits` times ten to the power of `exponent`, without zeros that carry nothing.
pub(super) fn plain(negative: bool, digits: u64, exponent: i32) -> String {
    let mut text = digits.to_string();
    let decimals = usize::try_from(exponent.unsigned_abs()).unwrap_or(usize::MAX);
    if exponent >= 0 {
        text.extend(std::iter::repeat_n('0', decimals));
    } else {
        if let Some(zeros) = (decimals + 1).checked_sub(text.len()) {
            text.insert_str(0, &"0".repeat(zeros));
        }
        text.insert(text.len() - decimals, '.');
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if negative {
        text.insert(0, '-');
    }
    text
}

/// The same with the exponent written out and the digits as they are.
pub(super) fn scientific(negative: bool, digits: u64, exponent: i32) -> String {
    format!("{}{digits}e{exponent}", if negative { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_lands_where_the_exponent_says() {
        for (digits, exponent, text) in [
            (1_250_000_000_000_000, -14, "12.5"),
            (1_000_000_000_000_000, -15, "1"),
            (1_000_000_000_000_000, -16, "0.1"),
            (1_234_567_890_123_456, -25, "0.0000000001234567890123456"),
            (9_999_999_999_999_999, -5, "99999999999.99999"),
            (12, 3, "12000"),
            (7, 0, "7"),
        ] {
            assert_eq!(plain(false, digits, exponent), text);
            assert_eq!(plain(true, digits, exponent), format!("-{text}"));
        }
    }
}
