//! Tables of how far it reads, which ledgers are wanted, and who is witness to the others.

use super::*;
use crate::{
    machine::{
        fitness::Fit,
        follow::{
            Event,
            sweep::Ask,
            tests::scene::{SECOND, Scene},
        },
    },
    wire::server_info::ValidatedLedger,
};

/// A scene of two nodes, both on the chain, so many ledgers behind the newest.
fn scene(source: Source, back: u32) -> Scene {
    among(2, &[], source, back)
}

fn among(nodes: usize, groups: &[Vec<usize>], source: Source, back: u32) -> Scene {
    let mut scene = Scene::new(nodes, groups, back);
    scene.follow.plan.source = source;
    scene.follow.plan.history = AccountHistory::Automatic;
    let place = scene.follow.place.as_mut().unwrap();
    place.verified = true;
    (0..nodes).for_each(|node| scene.follow.nodes.agreed(node));
    scene
}

/// What histories are asked for now, and of whom.
fn asked(scene: &mut Scene) -> Vec<Ask> {
    let ask = |action| match action {
        Action::History(ask) => Some(ask),
        _ => None,
    };
    let Scene { follow, accounts, now, .. } = scene;
    std::iter::from_fn(|| follow.tend(accounts, *now)).filter_map(ask).collect()
}

/// A node says what it has.
fn judge(scene: &mut Scene, node: usize, complete: &str) {
    let validated = ValidatedLedger { index: scene.world.tip(), hash: None, age: Some(1) };
    let complete = complete.parse().unwrap();
    scene.tell(Event::Judged { node, fit: Fit { network_id: 0, validated, complete } });
}

fn witnesses(scene: &mut Scene) -> Vec<usize> {
    let mut witnesses: Vec<usize> = asked(scene).iter().map(|ask| ask.node).collect();
    witnesses.sort_unstable();
    witnesses
}

/// Both witnesses tell that these ledgers hold something, and no others.
fn sweep(scene: &mut Scene, named: &[u32]) {
    for ask in asked(scene) {
        let Ask { node, account, min, max, .. } = ask;
        let ledgers = named.to_vec();
        let page = HistoryPage { account, min, max, ledgers, marker: None };
        scene.tell(Event::History { node, account, page });
    }
}

#[test]
fn each_source_reads_as_far_as_it_must_and_not_beyond_the_end() {
    use Source::{Accounts, Ledgers, Transactions};
    for (source, back, hint, to, goal) in [
        (Ledgers, 5, None, None, Some(0)),
        (Ledgers, 5, None, Some(3), Some(3)),
        (Ledgers, 0, None, None, Some(0)),
        // Of the newest ledger the stream may tell more.
        (Transactions, 5, None, None, Some(1)),
        (Transactions, 5, None, Some(3), Some(3)),
        // Quiet accounts wait, but not for ever.
        (Accounts, 5, None, None, None),
        (Accounts, 15, None, None, None),
        (Accounts, 16, None, None, Some(0)),
        (Accounts, 5, None, Some(0), Some(0)),
        (Accounts, 5, None, Some(3), Some(3)),
        (Accounts, 5, Some(2), None, Some(2)),
        (Accounts, 5, Some(2), Some(4), Some(4)),
        (Accounts, 5, Some(5), None, None),
    ] {
        let mut scene = scene(source, back);
        let tip = scene.world.tip();
        // The node closes one more than the one it began with.
        scene.follow.nodes.heard(0, tip + 1, true, scene.now).unwrap();
        let tip = tip + 1;
        scene.follow.stand(tip - back, scene.follow.place.as_ref().unwrap().hash, Vec::new());
        scene.follow.plan.to = to.map(|to| tip - to);
        hint.into_iter().for_each(|hint| scene.follow.named_by_stream(tip - hint));
        let expected = goal.map(|goal| tip - goal);
        assert_eq!(scene.follow.goal(scene.now), expected, "{source:?} {back} {hint:?} {to:?}");
    }
    // What is far ahead is read when it is closed.
    let mut scene = scene(Accounts, 5);
    let tip = scene.world.tip();
    scene.follow.named_by_stream(tip + 3);
    assert_eq!(scene.follow.goal(scene.now), Some(tip));
    // The first ledger shows which chain it is.
    for (back, goal) in [(5, 4), (0, 0)] {
        let mut scene = self::scene(Accounts, back);
        scene.follow.stand(tip - back, None, Vec::new());
        assert_eq!(scene.follow.goal(scene.now), Some(tip - goal), "{back}");
    }
}

#[test]
fn wanted_are_the_next_few_ledgers_up_to_the_end() {
    for (back, to, first, last) in
        [(5, None, 4, 0), (20, None, 19, 8), (13, None, 12, 1), (5, Some(2), 4, 2)]
    {
        let mut scene = scene(Source::Ledgers, back);
        let tip = scene.world.tip();
        scene.follow.plan.to = to.map(|to| tip - to);
        let expected: Vec<u32> = (tip - first..=tip - last).collect();
        assert_eq!(scene.follow.wanted(scene.now), expected, "{back} {to:?}");
    }
    assert!(scene(Source::Ledgers, 0).follow.wanted(Instant::now()).is_empty());
    assert!(scene(Source::Accounts, 5).follow.wanted(Instant::now()).is_empty());
}

#[test]
fn while_histories_are_told_only_what_is_named_is_wanted_and_not_for_long() {
    let mut scene = scene(Source::Accounts, 40);
    let tip = scene.world.tip();
    scene.follow.named_by_stream(tip - 3);
    let asked = asked(&mut scene);
    assert_eq!((asked.len(), asked[0].min, asked[0].max), (2, tip - 39, tip - 1));
    let wanted = |scene: &Scene| scene.follow.wanted(scene.now);
    assert_eq!(wanted(&scene), [tip - 3, tip], "named by a stream, and the last one");
    let Ask { node, account, min, max, .. } = asked[0];
    let ledgers = vec![tip - 30];
    let page = HistoryPage { account, min, max, ledgers, marker: None };
    scene.now += 7 * SECOND;
    scene.tell(Event::History { node, account, page });
    assert_eq!(wanted(&scene), [tip - 30, tip - 3, tip]);
    assert_eq!(scene.follow.next_ledger(), Some(tip - 39), "the other one has said nothing yet");
    // As long as pages come there is hope; then they are read one by one beside them.
    let held = |scene: &Scene| (scene.follow.passing.wake(scene.now), wanted(scene)[0]);
    let until = Some(scene.now + HOLD);
    assert_eq!(held(&scene), (until, tip - 30));
    scene.now += HOLD - SECOND;
    assert_eq!(held(&scene), (until, tip - 30));
    scene.now += SECOND;
    assert_eq!(held(&scene), (None, tip - 39));
    assert_eq!(wanted(&scene).len(), WINDOW as usize);
}

#[test]
fn when_all_is_told_what_nobody_named_is_passed_over() {
    let mut scene = scene(Source::Accounts, 40);
    let tip = scene.world.tip();
    sweep(&mut scene, &[tip - 30, tip - 20]);
    assert_eq!(scene.follow.next_ledger(), Some(tip - 30));
    assert_eq!(scene.follow.wanted(scene.now), [tip - 30, tip - 20, tip]);
    for (index, passed) in [(tip - 39, false), (tip - 38, true), (tip, true), (tip + 1, false)] {
        assert_eq!(scene.follow.is_passed_to(index), passed, "{index}");
    }
    scene.stand(tip - 30);
    assert_eq!(scene.follow.next_ledger(), Some(tip - 20));
    // A stream may name one that no history did.
    scene.follow.named_by_stream(tip - 30);
    scene.follow.named_by_stream(tip - 25);
    assert_eq!(scene.follow.next_ledger(), Some(tip - 25));
    scene.stand(tip);
    assert!(scene.follow.passing.sweep.is_none() && scene.follow.passing.hints.is_empty());
    assert_eq!(scene.follow.next_ledger(), Some(tip + 1));
}

#[test]
fn so_many_named_ledgers_are_wanted_at_once_and_so_many_are_remembered() {
    let mut scene = scene(Source::Accounts, 40);
    let tip = scene.world.tip();
    let named: Vec<u32> = (tip - 30..tip - 10).collect();
    sweep(&mut scene, &named);
    assert_eq!(scene.follow.wanted(scene.now), named[..WINDOW as usize]);
    let most = u32::try_from(MAX_HINTS).unwrap();
    for ahead in (1..=most + 10).rev() {
        scene.follow.named_by_stream(tip + ahead);
    }
    let hints = &scene.follow.passing.hints;
    let kept = (hints.len(), hints.first().copied(), hints.last().copied());
    assert_eq!(kept, (MAX_HINTS, Some(tip + 1), Some(tip + most)), "the first ones");
}

#[test]
fn two_operators_are_witnesses_or_as_many_as_must_agree_or_the_only_one() {
    let one: &[Vec<usize>] = &[vec![0, 1]];
    for (nodes, groups, agreement, expected) in [
        (1, &[] as &[_], 1, vec![0]),
        (2, &[], 1, vec![0, 1]),
        (4, &[], 1, vec![0, 1]),
        (4, &[], 3, vec![0, 1, 2]),
        (4, one, 1, vec![0, 2]),
        (2, one, 1, vec![0]),
        (4, one, 9, vec![0, 2, 3]),
    ] {
        let mut scene = among(nodes, groups, Source::Accounts, 40);
        scene.follow.plan.agreement = agreement;
        assert_eq!(witnesses(&mut scene), expected, "{nodes} {groups:?} {agreement}");
    }
}

#[test]
fn witness_is_who_has_the_ledgers_and_is_known_to_be_on_the_chain() {
    let mut scene = among(3, &[], Source::Accounts, 40);
    let tip = scene.world.tip();
    judge(&mut scene, 0, &format!("{}-{tip}", tip - 38));
    assert_eq!(witnesses(&mut scene), [1, 2], "the first one lacks a ledger");
    // Where no other one has all of it, a part is better than nothing.
    let mut scene = among(3, &[], Source::Accounts, 40);
    judge(&mut scene, 0, &format!("{}-{tip}", tip - 38));
    judge(&mut scene, 1, &format!("100-{}", tip - 10));
    let part = asked(&mut scene);
    assert_eq!(part.iter().map(|ask| ask.node).collect::<Vec<_>>(), [2, 1]);
    assert!(part.iter().all(|ask| (ask.min, ask.max) == (tip - 39, tip - 10)));
    // Where two cannot be found, each ledger is read, and after a rest they are looked for again.
    let mut scene = among(3, &[], Source::Accounts, 40);
    (0..2).for_each(|node| judge(&mut scene, node, &format!("{}-{tip}", tip - 38)));
    assert!(asked(&mut scene).is_empty());
    assert_eq!(scene.follow.wanted(scene.now)[0], tip - 39);
    assert_eq!(scene.follow.passing.wake(scene.now), Some(scene.now + REST));
    (0..2).for_each(|node| judge(&mut scene, node, &format!("100-{tip}")));
    scene.now += REST - SECOND;
    assert!(asked(&mut scene).is_empty());
    scene.now += SECOND;
    assert_eq!(witnesses(&mut scene), [0, 1]);
}

#[test]
fn who_is_not_known_to_be_on_the_chain_is_asked_for_its_last_ledger_first() {
    let mut scene = scene(Source::Accounts, 40);
    let done = scene.world.tip() - 40;
    scene.follow.nodes.lost(1, Failure::NoAnswer { unreadable: 0 }, scene.now);
    scene.now += SECOND;
    scene.subscribe(1, done + 40);
    let Scene { follow, accounts, now, .. } = &mut scene;
    let introduced = follow.tend(accounts, *now);
    match introduced {
        Some(Action::Fetch { node: 1, index, whole: false }) => assert_eq!(index, done),
        other => panic!("{other:?}"),
    }
    assert!(asked(&mut scene).is_empty());
    scene.give(1, done, false);
    assert_eq!(witnesses(&mut scene), [0, 1]);
}

#[test]
fn histories_that_were_wrong_or_are_not_believed_any_more_count_for_nothing() {
    let mut scene = scene(Source::Accounts, 40);
    let tip = scene.world.tip();
    sweep(&mut scene, &[]);
    assert_eq!(scene.follow.next_ledger(), Some(tip));
    scene.follow.passing.doubt(tip - 35);
    assert_eq!(scene.follow.next_ledger(), Some(tip - 39));
    assert!(asked(&mut scene).is_empty(), "these are read one by one");
    scene.stand(tip - 36);
    assert!(asked(&mut scene).is_empty());
    scene.stand(tip - 35);
    sweep(&mut scene, &[]);
    assert_eq!(scene.follow.next_ledger(), Some(tip));
    scene.follow.passing.disbelieve(7);
    assert_eq!(scene.follow.next_ledger(), Some(tip), "it had told nothing");
    scene.follow.passing.disbelieve(1);
    assert_eq!(scene.follow.next_ledger(), Some(tip - 34));
}

#[test]
fn a_witness_that_fails_is_replaced_by_one_of_another_operator_or_the_histories_rest() {
    for (groups, on_chain, has_all, other) in [
        (vec![], true, true, Some(2)),
        (vec![], false, true, None),
        (vec![], true, false, None),
        (vec![vec![0, 2]], true, true, None),
        (vec![vec![1, 2]], true, true, Some(2)),
    ] {
        let mut scene = among(3, &groups, Source::Accounts, 40);
        let tip = scene.world.tip();
        assert_eq!(witnesses(&mut scene), [0, 1], "{groups:?}");
        let account = scene.accounts.iter().next().unwrap();
        if !on_chain {
            scene.tell(Event::Lost { node: 2, failure: Failure::NoAnswer { unreadable: 0 } });
        }
        // The second one never tells.
        let mut asked = Vec::new();
        for _ in 0..4 {
            scene.tell(Event::NoHistory { node: 1, account, failure: None });
            scene.now += 8 * SECOND;
            let first = if has_all { 100 } else { tip - 38 };
            judge(&mut scene, 2, &format!("{first}-{tip}"));
            asked.extend(witnesses(&mut scene));
        }
        let expected = [1, 1, 1].into_iter().chain(other).collect::<Vec<_>>();
        assert_eq!(asked, expected, "{groups:?} {on_chain} {has_all}");
        assert_eq!(scene.follow.passing.sweep.is_some(), other.is_some());
        let rest = Some(scene.now + REST).filter(|_| other.is_none());
        assert_eq!(scene.follow.passing.not_before, rest);
    }
}

#[test]
fn histories_are_asked_for_where_they_pay_and_never_for_nothing() {
    for (history, back, pays) in [
        (AccountHistory::From(3), 4, true),
        (AccountHistory::From(3), 3, false),
        (AccountHistory::From(0), 2, true),
        // The last ledger is read in any case.
        (AccountHistory::From(0), 1, false),
        (AccountHistory::From(0), 0, false),
        (AccountHistory::Never, 50, false),
    ] {
        let mut scene = scene(Source::Ledgers, back);
        scene.follow.plan.history = history;
        assert_eq!(!asked(&mut scene).is_empty(), pays, "{history:?} {back}");
        let held = scene.follow.passing.hold.is_some();
        assert_eq!(held, pays, "nothing is put off for what is not asked for");
    }
    // As long as the chain is not known, nobody can be on it.
    let mut scene = scene(Source::Ledgers, 40);
    scene.follow.plan.history = AccountHistory::From(3);
    scene.follow.stand(scene.world.tip() - 40, None, Vec::new());
    assert!(asked(&mut scene).is_empty() && scene.follow.passing.hold.is_none());
}

#[test]
fn where_no_histories_are_wanted_nobody_is_introduced() {
    let mut scene = Scene::new(2, &[], 5);
    scene.stand(scene.world.tip() - 5);
    let Scene { follow, accounts, now, .. } = &mut scene;
    assert!(follow.goal(*now).is_some() && follow.tend(accounts, *now).is_none());
}

#[test]
fn who_is_followed_from_now_on_is_asked_about_in_the_histories_under_way() {
    let mut scene = scene(Source::Accounts, 40);
    assert_eq!(asked(&mut scene).len(), 2);
    let new = AccountId::from_bytes([7; 20]);
    scene.accounts.insert(new);
    let Scene { follow, accounts, now, .. } = &mut scene;
    let asked: Vec<_> = std::iter::from_fn(|| follow.act(accounts, true, *now))
        .filter_map(|action| match action {
            Action::History(ask) => Some((ask.node, ask.account)),
            _ => None,
        })
        .collect();
    assert_eq!(asked, [(0, new), (1, new)]);
}
