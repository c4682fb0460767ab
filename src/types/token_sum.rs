//! Exact sums and differences of token values.

use super::{
    TokenValue,
    token_value::{DIGITS, LIMIT},
};

impl TokenValue {
    /// The sum; `None` only beyond any number the type can hold, far outside of the ledger's range.
    pub fn checked_add(self, other: TokenValue) -> Option<TokenValue> {
        let exact = self.exact && other.exact;
        let (a, b) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        if a.is_zero() || b.is_zero() {
            let sum = if a.is_zero() { b } else { a };
            return Some(TokenValue { exact, ..sum });
        }

        // `a` is brought to the exponent of `b`, as far as the room goes. Where the room does not
        // suffice the sum has more than 38 digits, for the last one of `b` is not zero; `b` then
        // loses the digits that stick out.
        let distance = u32::from(a.exponent.abs_diff(b.exponent));
        let (mut exponent, mut exact) = (i32::from(b.exponent), exact);
        let mut left = a.mantissa.unsigned_abs();
        let mut right = b.mantissa.unsigned_abs();
        match 10_u128.checked_pow(distance).and_then(|scale| left.checked_mul(scale)) {
            // Up to here a difference may still come down to 38 digits, and a sum fits u128.
            Some(scaled) if scaled <= 2 * LIMIT => left = scaled,
            _ => {
                let room = DIGITS - a.digits();
                left *= 10_u128.pow(room);
                right = 10_u128.checked_pow(distance - room).map_or(0, |scale| right / scale);
                exponent = i32::from(a.exponent) - room.cast_signed();
                exact = false;
            }
        }
        let (negative, sum) = match (a.is_negative() == b.is_negative(), left >= right) {
            (true, _) => (a.is_negative(), left + right),
            (false, true) => (a.is_negative(), left - right),
            (false, false) => (b.is_negative(), right - left),
        };
        TokenValue::round(negative, sum, exponent, exact)
    }

    /// The difference; `None` only beyond any number the type can hold.
    pub fn checked_sub(self, other: TokenValue) -> Option<TokenValue> {
        self.checked_add(-other)
    }
}

impl std::ops::Neg for TokenValue {
    type Output = TokenValue;

    fn neg(self) -> TokenValue {
        // 38 digits are far from the end of i128.
        TokenValue { mantissa: self.mantissa.wrapping_neg(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use bigdecimal::BigDecimal;

    use super::*;

    fn value(text: &str) -> TokenValue {
        text.parse().unwrap()
    }

    fn big(value: TokenValue) -> BigDecimal {
        BigDecimal::new(value.mantissa().into(), -i64::from(value.exponent()))
    }

    #[test]
    fn sums_are_exact_while_38_digits_suffice() {
        for (a, b, sum) in [
            ("0.1", "0.2", "0.3"),
            ("1", "-1", "0"),
            ("1e5", "0", "1e5"),
            ("9999999999999999", "1", "1e16"),
            ("1000000000000000e-4", "1e-21", "100000000000.000000000000000000001"),
            ("9999999999999999e22", "1", "99999999999999990000000000000000000001"),
            // Neither fits 38 digits at the other's exponent, their difference does.
            ("1e38", "-99999999999999999999999999999999999999", "1"),
            ("2e38", "-99999999999999999999999999999999999999", ""),
            ("99999999999999999999999999999999999999", "1", "1e38"),
            (
                "99999999999999999999999999999999999999",
                "99999999999999999999999999999999999999",
                "",
            ),
            ("9999999999999999e80", "1e-81", ""),
            ("1e32767", "1e-32768", ""),
        ] {
            for (a, b) in [(a, b), (b, a)] {
                let total = value(a).checked_add(value(b)).unwrap();
                assert_eq!(total.is_exact(), !sum.is_empty(), "{a} + {b}");
                if total.is_exact() {
                    assert_eq!(total, value(sum), "{a} + {b}");
                    assert_eq!(value(a).checked_sub(-value(b)), Some(total));
                }
            }
        }
        assert_eq!(value("9e32767").checked_add(value("9e32767")), Some(value("18e32767")));
        let most = value("99999999999999999999999999999999999999e32767");
        assert_eq!(most.checked_add(most), None);
    }

    #[test]
    fn a_lost_digit_is_never_forgotten() {
        let rounded = value("1e50").checked_add(value("1")).unwrap();
        assert_eq!(rounded, value("1e50"));
        let zero = rounded.checked_sub(value("1e50")).unwrap();
        assert!(zero.is_zero() && !zero.is_exact());
        assert!(!value("5").checked_sub(zero).unwrap().is_exact());
        assert!(!(-rounded).abs().is_exact());
    }

    #[test]
    fn order_is_that_of_the_numbers() {
        let ascending = [
            "-9999999999999999e80",
            "-1e16",
            "-9999999999999999",
            "-1e-81",
            "0",
            "1e-81",
            "1.1e-81",
            "0.1",
            "0.10000000000000001",
            "9",
            "10",
            "99999999999999999999999999999999999999",
            "1e38",
            "1e32767",
        ];
        for (at, a) in ascending.iter().enumerate() {
            for (other, b) in ascending.iter().enumerate() {
                assert_eq!(value(a).cmp(&value(b)), at.cmp(&other), "{a} against {b}");
            }
        }
    }

    /// Numbers without a pattern, the same in every run.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^ mixed >> 31
        }

        /// A ledger value: 1 to 16 digits, exponents around `near`, within the ledger's.
        fn value(&mut self, near: i16, spread: u16) -> TokenValue {
            let digits = u32::try_from(self.next() % 17).unwrap();
            let mantissa = i128::from(self.next() % 10_u64.pow(digits));
            let offset = i16::try_from(self.next() % (2 * u64::from(spread) + 1)).unwrap();
            let exponent = (near + offset - spread.cast_signed()).clamp(-96, 80);
            let sign = if self.next().is_multiple_of(2) { 1 } else { -1 };
            TokenValue::new(sign * mantissa, exponent).unwrap()
        }
    }

    #[test]
    fn a_hundred_thousand_sums_equal_those_of_a_big_decimal_or_say_that_they_do_not() {
        let mut random = Random(20_130_102);
        let (mut exact, mut rounded) = (0, 0);
        for round in 0..100_000 {
            // Far exponents, near ones, and in between.
            let a = random.value(-8, 88);
            let b = random.value(a.exponent(), [88, 3, 24][round % 3]);
            let (sum, difference) = (a.checked_add(b).unwrap(), a.checked_sub(b).unwrap());
            for (result, truth) in [(sum, big(a) + big(b)), (difference, big(a) - big(b))] {
                if result.is_exact() {
                    assert_eq!(big(result), truth, "{a} and {b}");
                    exact += 1;
                } else {
                    assert!(truth.normalized().digits() > 38, "{a} and {b} could be exact");
                    let error = (big(result) - &truth).abs();
                    assert!(error * BigDecimal::new(1.into(), -36) < truth.abs(), "{a} and {b}");
                    rounded += 1;
                }
            }
            assert_eq!(a.cmp(&b), big(a).cmp(&big(b)), "{a} against {b}");
        }
        assert!(exact > 50_000 && rounded > 20_000, "{exact} exact, {rounded} rounded");
    }
}
