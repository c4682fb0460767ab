//! Who is believed, and how votes are counted: what breaks it.

use xrpl_txdata::{
    LedgerHash, RippleTime,
    proof::{
        Ballot, Cast, ListError, MAX_VALIDATORS, Manifest, PublicKey, Publisher, TrustError,
        TrustedValidators, Validation, ValidatorList,
    },
    testing::signing::{SecretKey, Validator},
};

const NOW: RippleTime = RippleTime::from_seconds(1_000);
const ONE: LedgerHash = LedgerHash::from_bytes([1; 32]);
const OTHER: LedgerHash = LedgerHash::from_bytes([2; 32]);

fn validators(names: &[&str]) -> Vec<Validator> {
    names.iter().map(|name| Validator::new(name)).collect()
}

fn list(publisher: &str, of: &[Validator]) -> ValidatorList {
    let publisher = Validator::new(publisher);
    let document = publisher.publish(&Validator::blob(1, 500, 1_500, of));
    Publisher::new(publisher.master_key()).accept(&document, NOW).unwrap()
}

fn trusted(of: &[Validator]) -> TrustedValidators {
    TrustedValidators::from_lists(&[list("publisher", of)]).unwrap()
}

fn manifest(validator: &Validator) -> Manifest {
    Manifest::verify(&validator.manifest()).unwrap()
}

fn signed(validator: &Validator, hash: &LedgerHash) -> Validation {
    Validation::verify(&validator.validation(7, hash)).unwrap()
}

#[test]
fn keys_are_given_once() {
    let key = |n: u32| {
        let mut bytes = [2; 33];
        bytes[1..5].copy_from_slice(&n.to_be_bytes());
        PublicKey::from_bytes(bytes).unwrap()
    };
    assert_eq!(TrustedValidators::from_keys([]), Err(TrustError::Empty));
    assert_eq!(
        TrustedValidators::from_keys([key(1), key(2), key(1)]),
        Err(TrustError::Repeated(key(1)))
    );
    assert_eq!(TrustedValidators::from_keys((0..).map(key)), Err(TrustError::TooMany));
    let most = TrustedValidators::from_keys((0..MAX_VALIDATORS as u32).map(key)).unwrap();
    assert_eq!((most.len(), most.quorum()), (1_000, 800));
    assert!(most.sources().is_empty());
    assert_eq!(most.in_force(NOW), Ok(()));
}

#[test]
fn with_three_lists_more_than_half_must_name_a_validator() {
    let all = validators(&["a", "b", "c"]);
    let lists = [list("x", &all), list("y", &all[..2]), list("z", &all[..1])];
    let names = |lists: &[ValidatorList]| TrustedValidators::from_lists(lists).unwrap().len();
    assert_eq!(names(&lists[..1]), 3);
    assert_eq!(names(&lists[1..]), 2);
    let of_three = TrustedValidators::from_lists(&lists).unwrap();
    assert!(of_three.contains(&all[0].master_key()) && of_three.contains(&all[1].master_key()));
    assert!(!of_three.contains(&all[2].master_key()));
    assert_eq!(of_three.sources().len(), 3);

    assert!(of_three.lists().iter().eq(&lists));
    // Two of five are less than half, and of four they are just half.
    for (named, most) in [([3, 3, 2, 1, 1], 2), ([2, 2, 2, 1, 0], 2), ([3, 3, 1, 1, 1], 1)] {
        let lists: Vec<_> = ["v", "w", "x", "y", "z"]
            .iter()
            .zip(named)
            .filter(|(_, named)| *named > 0)
            .map(|(publisher, named)| list(publisher, &all[..named]))
            .collect();
        assert_eq!(names(&lists), most, "{named:?}");
    }

    let twice = [list("x", &all), list("x", &all)];
    let publisher = *twice[0].publisher();
    assert_eq!(TrustedValidators::from_lists(&twice), Err(TrustError::Repeated(publisher)));
    assert_eq!(TrustedValidators::from_lists(&[]), Err(TrustError::Empty));
    // One publisher naming a validator three times is not three publishers.
    let doubled = [all.clone(), all.clone(), all].concat();
    let lists = [list("x", &doubled), list("y", &doubled[..1]), list("z", &doubled[..1])];
    assert_eq!(names(&lists), 1);
}

#[test]
fn validators_are_believed_as_long_as_their_list_holds() {
    let trusted = trusted(&validators(&["a"]));
    let publisher = Validator::new("publisher").master_key();
    let [effective, expiration] = [500, 1_500].map(RippleTime::from_seconds);
    let at = |seconds| trusted.in_force(RippleTime::from_seconds(seconds));
    assert_eq!((at(500), at(1_499)), (Ok(()), Ok(())));
    let reason = ListError::NotYet { effective, at: RippleTime::from_seconds(499) };
    assert_eq!(at(499), Err(TrustError::List { publisher, reason }));
    let reason = ListError::Expired { expiration, at: RippleTime::from_seconds(1_500) };
    assert_eq!(at(1_500), Err(TrustError::List { publisher, reason }));
}

#[test]
fn a_newer_manifest_replaces_the_key_that_signs() {
    let [first] = [Validator::new("a")];
    let second = first.rotated();
    let (old, new) = (first.signing_key().public_key(), second.signing_key().public_key());
    let mut trusted = trusted(std::slice::from_ref(&first));
    assert_eq!(trusted.master_of(&old), Some(&first.master_key()));
    assert_eq!(trusted.apply(manifest(&second)), Ok(true));
    assert_eq!(
        (trusted.master_of(&old), trusted.master_of(&new)),
        (None, Some(&first.master_key()))
    );
    // The old one does not come back.
    assert_eq!(trusted.apply(manifest(&first)), Ok(false));
    assert_eq!(trusted.apply(manifest(&second)), Ok(false));
    assert_eq!(trusted.master_of(&old), None);
    assert_eq!(trusted.manifest(&first.master_key()), Some(&manifest(&second)));

    let revocation = Manifest::verify(&first.revocation()).unwrap();
    assert_eq!(trusted.apply(revocation), Ok(true));
    assert_eq!(trusted.master_of(&new), None);
    assert_eq!(trusted.apply(manifest(&second.rotated())), Ok(false), "revoked for ever");
    assert_eq!(trusted.quorum(), 1, "and the quorum is no smaller for it");
}

#[test]
fn two_validators_cannot_share_a_key() {
    let (a, b) = (Validator::new("a"), Validator::new("b"));
    let sharing = b.with_signing_key(a.signing_key().clone());
    let key = a.signing_key().public_key();
    let mut trusted = TrustedValidators::from_keys([a.master_key(), b.master_key()]).unwrap();
    assert_eq!(trusted.apply(manifest(&a)), Ok(true));
    let refused = Err(TrustError::SharedKey { key, master: b.master_key() });
    assert_eq!(trusted.apply(manifest(&sharing)), refused);
    assert_eq!(trusted.master_of(&key), Some(&a.master_key()));

    // Nor sign with another's master key.
    let posing = b.with_signing_key(SecretKey::ed25519("a"));
    let refused = Err(TrustError::SharedKey { key: a.master_key(), master: b.master_key() });
    assert_eq!(trusted.apply(manifest(&posing)), refused);

    // In one list the first of them has the key, and the second no vote.
    let both = self::trusted(&[a.clone(), sharing.clone()]);
    let mut ballot = Ballot::new(7);
    assert_eq!(ballot.cast(&signed(&a, &ONE), &both), Cast::Counted(a.master_key()));
    assert_eq!(ballot.cast(&signed(&sharing, &ONE), &both), Cast::Repeated(a.master_key()));
    assert_eq!(ballot.tally(&ONE, &both).signers, [a.master_key()]);

    let stranger = Validator::new("stranger");
    let refused = Err(TrustError::Unlisted(stranger.master_key()));
    assert_eq!(trusted.apply(manifest(&stranger)), refused);
}

#[test]
fn a_validator_without_manifest_signs_with_its_own_key() {
    let key = SecretKey::secp256k1("a");
    let validator = Validator::new("unused").with_signing_key(key.clone());
    let trusted = TrustedValidators::from_keys([key.public_key()]).unwrap();
    let mut ballot = Ballot::new(7);
    let cast = ballot.cast(&signed(&validator, &ONE), &trusted);
    assert_eq!(cast, Cast::Counted(key.public_key()));
    assert_eq!(ballot.elected(&trusted), Some(ONE));
}

#[test]
fn four_of_five_elect_a_ledger() {
    let five = validators(&["a", "b", "c", "d", "e"]);
    let trusted = trusted(&five);
    let mut ballot = Ballot::new(7);
    assert_eq!(ballot.ledger_index(), 7);
    for (count, validator) in five.iter().enumerate().take(4) {
        assert_eq!(ballot.elected(&trusted), None, "{count}");
        assert!(!ballot.tally(&ONE, &trusted).is_quorum());
        let cast = ballot.cast(&signed(validator, &ONE), &trusted);
        assert_eq!(cast, Cast::Counted(validator.master_key()));
    }
    assert_eq!(ballot.elected(&trusted), Some(ONE));
    let tally = ballot.tally(&ONE, &trusted);
    assert_eq!((tally.signers.len(), tally.validators, tally.quorum), (4, 5, 4));
    assert!(tally.is_quorum() && tally.equivocators.is_empty());
    assert!(ballot.tally(&OTHER, &trusted).signers.is_empty());
}

#[test]
fn a_validator_counts_once() {
    let five = validators(&["a", "b", "c", "d", "e"]);
    let mut trusted = trusted(&five);
    let mut ballot = Ballot::new(7);
    let vote = signed(&five[0], &ONE);
    let master = five[0].master_key();
    assert_eq!(ballot.cast(&vote, &trusted), Cast::Counted(master));
    assert_eq!(ballot.cast(&vote, &trusted), Cast::Repeated(master));
    // Not even with a new key.
    let rotated = five[0].rotated();
    assert_eq!(trusted.apply(manifest(&rotated)), Ok(true));
    assert_eq!(ballot.cast(&signed(&rotated, &ONE), &trusted), Cast::Repeated(master));
    assert_eq!(ballot.tally(&ONE, &trusted).signers, [master]);
}

#[test]
fn a_validator_that_signs_two_ledgers_loses_its_vote() {
    let five = validators(&["a", "b", "c", "d", "e"]);
    let trusted = trusted(&five);
    let mut ballot = Ballot::new(7);
    for validator in &five[..4] {
        ballot.cast(&signed(validator, &ONE), &trusted);
    }
    assert_eq!(ballot.elected(&trusted), Some(ONE));
    let master = five[2].master_key();
    let second = ballot.cast(&signed(&five[2], &OTHER), &trusted);
    assert_eq!(second, Cast::Equivocation(master));
    assert_eq!(ballot.elected(&trusted), None);
    // It does not get it back by repeating itself.
    let third = ballot.cast(&signed(&five[2], &ONE), &trusted);
    assert_eq!(third, Cast::Equivocation(master));
    let tally = ballot.tally(&ONE, &trusted);
    assert_eq!((tally.signers.len(), tally.equivocators), (3, vec![master]));
    assert!(ballot.tally(&OTHER, &trusted).signers.is_empty());
}

#[test]
fn what_does_not_count_is_named() {
    let [a, stranger] = ["a", "stranger"].map(Validator::new);
    let trusted = trusted(std::slice::from_ref(&a));
    let mut ballot = Ballot::new(7);
    assert_eq!(ballot.cast(&signed(&stranger, &ONE), &trusted), Cast::Unlisted);
    let retired = a.rotated();
    assert_eq!(ballot.cast(&signed(&retired, &ONE), &trusted), Cast::Unlisted);
    let replayed = Validation::verify(&a.validation(6, &ONE)).unwrap();
    assert_eq!(ballot.cast(&replayed, &trusted), Cast::OtherLedger);
    let partial = Validation::verify(&a.validation_with(7, &ONE, 0x8000_0000)).unwrap();
    assert_eq!(ballot.cast(&partial, &trusted), Cast::Partial(a.master_key()));
    assert_eq!(ballot.elected(&trusted), None);
    // A partial one takes nothing away from a full one of another ledger.
    assert_eq!(ballot.cast(&signed(&a, &OTHER), &trusted), Cast::Counted(a.master_key()));
    // Votes of those who are not believed any more are not counted any more.
    let others = TrustedValidators::from_keys([stranger.master_key()]).unwrap();
    assert!(ballot.tally(&OTHER, &others).signers.is_empty());
    assert_eq!(ballot.elected(&others), None);
}
