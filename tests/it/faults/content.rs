//! Answers that are well-formed and not true.

use xrpl_txdata::{Failure, testing::Fault};

use super::fails;

fails! {
    validated_is_false: [Fault::Unvalidated]
        => AllEndpointsFailed at 0 ms, Transaction Failure::NotValidated, beside at 0 ms;
    validated_is_missing: [Fault::NoValidatedFlag]
        => AllEndpointsFailed at 0 ms, Transaction Failure::NotValidated, beside at 0 ms;
    validated_is_a_text: [Fault::ValidatedText]
        => AllEndpointsFailed at 0 ms, Transaction Failure::NotValidated, beside at 0 ms;
    another_transaction_under_its_own_hash: [Fault::OtherTransaction]
        => AllEndpointsFailed at 0 ms, Transaction Failure::ContentMismatch { asked, computed }
            if asked != computed,
        beside at 0 ms;
    another_transaction_under_the_hash_asked_for: [Fault::OtherContent]
        => AllEndpointsFailed at 0 ms, Transaction Failure::ContentMismatch { asked, computed }
            if asked != computed,
        beside at 0 ms;
    altered_content: [Fault::AlteredContent]
        => AllEndpointsFailed at 0 ms, Transaction Failure::ContentMismatch { asked, computed }
            if asked != computed,
        beside at 0 ms;
    no_metadata: [Fault::NoMetadata]
        => AllEndpointsFailed at 0 ms, Transaction Failure::Unreadable(_), beside at 0 ms;
}
