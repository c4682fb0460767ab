//! How many values a node's message holds: read, each of them takes far more room than its text.

use crate::error::Failure;

/// Most values of one message. A ledger of 65,536 transactions, far more than any has had, tells itself in
/// 200,000.
const MAX_VALUES: usize = 1 << 18;

/// Refuses a message of more values than any server has to tell. An object of seven characters takes a
/// hundred times that room when it is read, so the size of messages alone is no limit of memory.
///
/// Counted is what may begin a value, also within texts, where servers hardly write any of it.
pub(crate) fn check_values(text: &str) -> Result<(), Failure> {
    // A short one cannot hold so many.
    let begins = |byte: &u8| matches!(byte, b',' | b'[' | b'{');
    if text.len() > MAX_VALUES && text.bytes().filter(begins).count() > MAX_VALUES {
        return Err(Failure::Unreadable(format!("more than {MAX_VALUES} values in one message")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_values_are_read_and_no_more() {
        let list = |values: usize| format!("[{}0]", "0,".repeat(values - 1));
        assert_eq!(check_values(&list(MAX_VALUES)), Ok(()));
        let refused = check_values(&list(MAX_VALUES + 1)).unwrap_err();
        assert!(refused.to_string().contains("262144 values"), "{refused}");
        for many in [r#"{"":0},"#, "{},", "[],", r#"{"":{"#] {
            assert!(check_values(&many.repeat(MAX_VALUES)).is_err(), "{many}");
        }
        // One long text is one value.
        assert_eq!(check_values(&"F".repeat(16 << 20)), Ok(()));
    }
}
