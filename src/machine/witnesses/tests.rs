//! What is kept, what elects a ledger, and who is heard.

use std::time::{Duration, Instant};

use super::*;
use crate::{error::Failure, testing::signing::Validator};

const HASH: LedgerHash = LedgerHash::from_bytes([1; 32]);
const OTHER: LedgerHash = LedgerHash::from_bytes([2; 32]);

fn five() -> Vec<Validator> {
    (0..5).map(|n| Validator::new(&format!("witness {n}"))).collect()
}

fn trusted(validators: &[Validator]) -> Arc<TrustedValidators> {
    let mut trusted =
        TrustedValidators::from_keys(validators.iter().map(Validator::master_key)).unwrap();
    for validator in validators {
        trusted.apply(crate::proof::Manifest::verify(&validator.manifest()).unwrap()).unwrap();
    }
    Arc::new(trusted)
}

#[test]
fn a_quorum_elects_a_ledger_whoever_passes_it_on_and_however_often() {
    let (five, mut witnesses) = (five(), Witnesses::default());
    let trusted = trusted(&five);
    witnesses.listen(trusted.clone());
    for validator in &five[..3] {
        assert_eq!(witnesses.hear(&validator.validation(7, &HASH)), Heard::News);
        assert_eq!(witnesses.hear(&validator.validation(7, &HASH)), Heard::Nothing);
    }
    assert_eq!(witnesses.elected(&trusted, 7..=7), None, "three of five");
    assert_eq!(witnesses.best(&trusted, 1..=9).unwrap().signers.len(), 3);
    witnesses.hear(&five[3].validation(8, &HASH));
    assert_eq!(witnesses.elected(&trusted, 1..=9), None, "and one about another ledger");
    witnesses.hear(&five[3].validation(7, &HASH));
    assert_eq!(witnesses.elected(&trusted, 1..=9), Some((7, HASH)));
    assert_eq!(witnesses.elected(&trusted, 8..=9), None);
    assert_eq!(witnesses.of(7).len(), 4);
}

#[test]
fn the_first_elected_ledger_is_the_one() {
    let (five, mut witnesses) = (five(), Witnesses::default());
    let trusted = trusted(&five);
    witnesses.listen(trusted.clone());
    for (index, hash) in [(9, OTHER), (7, HASH)] {
        for one in &five {
            witnesses.hear(&one.validation(index, &hash));
        }
    }
    assert_eq!(witnesses.elected(&trusted, 1..=9), Some((7, HASH)));
    assert_eq!(witnesses.elected(&trusted, 8..=9), Some((9, OTHER)));
}

#[test]
fn who_signs_two_ledgers_counts_for_neither() {
    let (five, mut witnesses) = (five(), Witnesses::default());
    let trusted = trusted(&five);
    witnesses.listen(trusted.clone());
    for validator in &five {
        witnesses.hear(&validator.validation(7, &HASH));
    }
    witnesses.hear(&five[0].validation(7, &OTHER));
    assert_eq!(witnesses.elected(&trusted, 7..=7), Some((7, HASH)), "four are left");
    witnesses.hear(&five[1].validation(7, &OTHER));
    assert_eq!(witnesses.elected(&trusted, 7..=7), None);
}

#[test]
fn strangers_are_not_kept_and_forgeries_are_named() {
    let (five, mut witnesses) = (five(), Witnesses::default());
    witnesses.listen(trusted(&five));
    let stranger = Validator::new("stranger").validation(7, &HASH);
    assert_eq!(witnesses.hear(&stranger), Heard::Nothing);
    let mut forged = five[0].validation(7, &HASH);
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(witnesses.hear(&forged), Heard::Forged);
    // What cannot be read may be newer than this crate.
    assert_eq!(witnesses.hear(b"nonsense"), Heard::Nothing);
    assert_eq!(witnesses.of(7), []);
    // What a retired key signs is of nobody.
    let rotated = trusted(&[five[0].rotated(), five[1].clone()]);
    let mut witnesses = Witnesses::default();
    let id = witnesses.listen(rotated);
    assert!(!witnesses.is_idle());
    assert_eq!(witnesses.hear(&five[0].validation(7, &HASH)), Heard::Nothing);
    assert_eq!(witnesses.hear(&five[0].rotated().validation(7, &HASH)), Heard::News);
    witnesses.leave(id);
    assert!(witnesses.is_idle());
}

#[test]
fn each_validator_has_room_for_its_newest_words_and_can_take_no_others() {
    let (five, mut witnesses) = (five(), Witnesses::default());
    let trusted = trusted(&five);
    witnesses.listen(trusted.clone());
    for validator in &five[1..] {
        witnesses.hear(&validator.validation(7, &HASH));
    }
    for index in 0..1_000 {
        witnesses.hear(&five[0].validation(u32::MAX - index, &HASH));
    }
    let kept: usize = witnesses.by_ledger.values().map(Vec::len).sum();
    assert_eq!(kept, KEPT + 4);
    assert_eq!(witnesses.elected(&trusted, 0..=u32::MAX), Some((7, HASH)));
}

#[test]
fn what_was_signed_long_ago_and_is_passed_on_again_pushes_nothing_out() {
    let (five, mut witnesses) = (five(), Witnesses::default());
    let trusted = trusted(&five);
    witnesses.listen(trusted.clone());
    // Genuine, and of yesterday; then what is signed now, from an honest node, and again yesterday.
    let replay = |witnesses: &mut Witnesses, from: u32| {
        for one in &five {
            for index in from..from + 2 * KEPT as u32 {
                witnesses.hear(&one.validation(index, &OTHER));
            }
        }
    };
    replay(&mut witnesses, 1_000);
    for one in &five {
        assert_eq!(witnesses.hear(&one.validation(90_000, &HASH)), Heard::News);
    }
    replay(&mut witnesses, 2_000);
    assert_eq!(witnesses.elected(&trusted, 90_000..=90_000), Some((90_000, HASH)));
    assert!(witnesses.held().iter().all(|held| held.is_within()));
    // What is older than all that is kept is not even looked at.
    let mut forged = five[0].validation(1_000, &HASH);
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(witnesses.hear(&forged), Heard::Nothing);
}

#[test]
fn what_nobody_believes_any_more_is_forgotten() {
    let (five, mut witnesses) = (five(), Witnesses::default());
    let (few, all) = (trusted(&five[..1]), trusted(&five));
    let (believes_few, believes_all) = (witnesses.listen(few), witnesses.listen(all));
    for one in &five {
        witnesses.hear(&one.validation(7, &HASH));
    }
    witnesses.leave(believes_all);
    assert_eq!((witnesses.of(7).len(), witnesses.by_key.len()), (1, 1));
    witnesses.leave(believes_few);
    assert!(witnesses.by_ledger.is_empty() && witnesses.by_key.is_empty());
    assert!(witnesses.held().iter().all(|held| held.count == 0));
}

#[test]
fn nodes_that_are_lost_come_back_and_those_that_lied_do_not_soon() {
    let now = Instant::now();
    let mut sources = Sources::new([true, false, true, true], u64::MAX);
    let started: Vec<_> = std::iter::from_fn(|| sources.next(now)).collect();
    assert_eq!(started, [0, 2, 3]);
    sources.lost(2, Failure::NoAnswer { unreadable: 0 }, now);
    let mut forges = || sources.forged(3, Failure::NoAnswer { unreadable: 0 }, now);
    assert!((0..64).all(|_| !forges()) && forges(), "some of them are no proof of a lie");
    assert_eq!(sources.next(now), None);
    let wake = sources.wake().unwrap();
    assert!(wake > now && wake <= now + Duration::from_secs(1));
    assert_eq!(sources.next(wake), Some(2));
    assert!(sources.wake().unwrap() >= now + Duration::from_secs(300));
    let mut many = Sources::new([true; 100], 1);
    assert_eq!(std::iter::from_fn(|| many.next(now)).count(), 8);
}

#[test]
fn a_node_that_says_how_long_it_rests_is_tried_then_and_one_that_is_heard_begins_anew() {
    let now = Instant::now();
    let mut sources = Sources::new([true], 1);
    assert_eq!(sources.next(now), Some(0));
    let cause = Box::new(Failure::NoAnswer { unreadable: 0 });
    let remaining = Duration::from_secs(70);
    sources.lost(0, Failure::CoolingDown { remaining, cause }, now);
    assert_eq!(sources.wake(), Some(now + remaining));
    assert_eq!(sources.next(now + remaining / 2), None);
    assert_eq!(sources.next(now + remaining), Some(0));
    for _ in 0..3 {
        let mut forges = || sources.forged(0, Failure::NoAnswer { unreadable: 0 }, now);
        assert!((0..64).all(|_| !forges()));
        sources.heard(0);
    }
}

#[test]
fn what_was_signed_in_the_same_second_as_all_that_is_kept_is_heard() {
    let (five, mut witnesses) = (five(), Witnesses::default());
    witnesses.listen(trusted(&five));
    // The time of these is that of their ledger.
    let hash = |n: usize| LedgerHash::from_bytes([n as u8; 32]);
    for n in 0..=KEPT {
        assert_eq!(witnesses.hear(&five[0].validation(7, &hash(n))), Heard::News, "{n}");
    }
    let kept = witnesses.of(7);
    assert_eq!(kept.len(), KEPT);
    assert!(kept.iter().all(|one| *one.ledger_hash() != hash(0)), "the first one made room");
}
