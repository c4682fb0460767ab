//! The tables find each name and each code.

use super::*;

#[test]
fn every_field_is_found_by_its_code_and_by_its_name() {
    for definitions in [Definitions::xrpl(), Definitions::xahau()] {
        assert_eq!(definitions.fields.len(), definitions.by_name.len());
        for pair in definitions.fields.windows(2) {
            assert!(pair[0].code() < pair[1].code(), "{pair:?}");
        }
        for field in &definitions.fields {
            assert_eq!(definitions.field(field.kind, field.number), *field);
            assert_eq!(definitions.field_named(&field.key()), Some(*field));
        }
    }
}

#[test]
fn names_are_the_newest_and_codes_of_old_ledgers_keep_theirs() {
    let definitions = Definitions::xrpl();
    for (name, kind, number) in [
        ("DestinationEncryptedAmount", Kind::Blob, 41),
        ("ConfidentialOutstandingAmount", Kind::UInt64, 32),
        ("SponsorFlags", Kind::UInt32, 74),
        ("PrincipalOutstanding", Kind::Number, 13),
        ("VaultID", Kind::Hash256, 35),
        ("BatchSigners", Kind::Array, 31),
        ("TicketID", Kind::Hash256, 20),
        ("Target", Kind::AccountId, 7),
    ] {
        let field = definitions.field_named(name).unwrap();
        assert_eq!((field.kind, field.number), (kind, number), "{name}");
    }
    for (name, code) in [("SponsorshipSet", 91), ("LoanPay", 84), ("Batch", 71), ("Contract", 9)] {
        assert_eq!(definitions.transaction_types.code(name), Some(code));
        assert_eq!(definitions.transaction_types.name(code), Some(name));
    }
    assert_eq!(definitions.ledger_entry_types.name(0x67), Some("GeneratorMap"));
    assert_eq!(definitions.transaction_results.name(200), Some("tecNO_SPONSOR_PERMISSION"));
}

#[test]
fn xahau_has_its_own_names_for_some_codes() {
    let (xrpl, xahau) = (Definitions::xrpl(), Definitions::xahau());
    assert_eq!(xrpl.field(Kind::Hash256, 36).name, Some("ParentBatchID"));
    assert_eq!(xahau.field(Kind::Hash256, 36).name, Some("URITokenID"));
    assert_eq!(xrpl.transaction_types.name(45), Some("XChainAddClaimAttestation"));
    assert_eq!(xahau.transaction_types.name(45), Some("URITokenMint"));
    assert_eq!(xahau.transaction_types.name(93), Some("CronSet"));
}

#[test]
fn a_delegate_is_permitted_a_type_or_something_finer() {
    let permissions = &Definitions::xrpl().permissions;
    assert_eq!(permissions.name(1), Some("Payment"));
    assert_eq!(permissions.name(65_545), Some("PaymentMint"));
    assert_eq!(permissions.code("TrustSet"), Some(21));
}

#[test]
fn a_nameless_field_has_one_key_and_end_markers_have_none() {
    let definitions = Definitions::xrpl();
    let field = definitions.field(Kind::UInt32, 200);
    assert_eq!(field.key(), "Unknown(2,200)");
    assert_eq!(definitions.field_named("Unknown(2,200)"), Some(field));
    for name in [
        "Unknown(14,1)",
        "Unknown(15,1)",
        "Unknown(2,0)",
        "Unknown(2,256)",
        "Unknown(12,5)",
        "Unknown(2)",
        "Unknown(2,5",
        "Unknown",
    ] {
        assert_eq!(definitions.field_named(name), None, "{name}");
    }
}
