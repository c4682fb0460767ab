//! Tables of which ledger is the next one, of when nothing comes, and of how it ends.

use super::*;
use crate::{
    error::Failure,
    machine::{
        fitness::Fit,
        follow::{
            Event,
            goal::AccountHistory,
            stories::world::{Node, World},
            sweep::Ask,
            tests::scene::{SECOND, Scene},
        },
    },
    types::TxHash,
    wire::{history::HistoryPage, server_info::ValidatedLedger},
};

fn failure() -> Failure {
    Failure::NoAnswer { unreadable: 0 }
}

fn hash(n: u8) -> LedgerHash {
    LedgerHash::from_bytes([n; 32])
}

fn outages(actions: &[Action]) -> Vec<(Option<u32>, usize)> {
    let outage = |action: &Action| match action {
        Action::Outage { after, failures } => Some((*after, failures.len())),
        _ => None,
    };
    actions.iter().filter_map(outage).collect()
}

fn end(actions: &[Action]) -> Option<End> {
    actions.iter().find_map(|action| match action {
        Action::End(end) => Some(end.clone()),
        _ => None,
    })
}

#[test]
fn the_next_ledger_is_the_one_that_most_operators_name_and_as_many_as_must_agree() {
    let (alone, two): (&[Vec<usize>], &[Vec<usize>]) = (&[], &[vec![0, 1]]);
    // Who votes for which, how many must agree, and which of them are refused.
    for (groups, votes, agreement, decision, refused) in [
        (alone, &[] as &[(usize, u8)], 1, None, &[] as &[usize]),
        (alone, &[(0, 1)], 1, Some(1), &[]),
        (alone, &[(0, 1)], 0, Some(1), &[]),
        (alone, &[(0, 1)], 2, None, &[]),
        (alone, &[(0, 1), (1, 1)], 2, Some(1), &[]),
        (alone, &[(0, 1), (1, 1)], 3, None, &[]),
        // More cannot agree than there are.
        (alone, &[(0, 1), (1, 1), (2, 1)], 9, None, &[]),
        (alone, &[(0, 1), (1, 1), (2, 1), (3, 1)], 9, Some(1), &[]),
        (two, &[(0, 1), (2, 1), (3, 1)], 9, Some(1), &[]),
        // Of two who contradict each other neither is believed.
        (alone, &[(0, 1), (1, 2)], 1, None, &[]),
        (alone, &[(0, 1), (1, 1), (2, 2), (3, 2)], 1, None, &[]),
        (alone, &[(0, 2), (1, 1), (2, 1)], 1, Some(1), &[0]),
        (alone, &[(0, 1), (1, 1), (2, 2)], 2, Some(1), &[2]),
        (alone, &[(0, 1), (1, 1), (2, 2), (3, 3)], 1, Some(1), &[2, 3]),
        (alone, &[(0, 1), (1, 1), (2, 2)], 3, None, &[]),
        // One operator is one voice.
        (two, &[(0, 1), (1, 1)], 2, None, &[]),
        (two, &[(0, 1), (1, 1), (2, 2)], 1, None, &[]),
        (two, &[(0, 1), (1, 1), (2, 2), (3, 2)], 1, Some(2), &[0, 1]),
        (two, &[(0, 1), (1, 2), (2, 2)], 1, Some(2), &[0]),
    ] {
        for fetched in [false, true] {
            let mut scene = Scene::new(4, groups, 0);
            scene.follow.plan.agreement = agreement;
            // The streams' word, or that of whole ledgers where these are too far ahead for the shelf.
            let next = scene.world.tip() + if fetched { 20 } else { 1 };
            for (node, vote) in votes {
                if fetched {
                    let whole = Node::new(false, false).ledger(&scene.world, 130, true).unwrap();
                    let whole =
                        crate::wire::whole::WholeLedger { index: next, hash: hash(*vote), ..whole };
                    scene.follow.fetches.keep(*node, whole);
                } else {
                    scene.follow.shelf.ledger(*node, next, hash(*vote), None).unwrap();
                }
            }
            let found = scene.follow.decide(next);
            assert_eq!(found, decision.map(hash), "{votes:?} {agreement}");
            // Who named another one is refused when it is handed out, and not before.
            let gone = |scene: &Scene| -> Vec<usize> {
                (0..4).filter(|node| !scene.follow.nodes.is_believed(*node, scene.now)).collect()
            };
            assert!(gone(&scene).is_empty());
            if let Some(decision) = found {
                scene.follow.done_with(next, decision, 0, Vec::new(), scene.now);
            }
            assert_eq!(gone(&scene), refused, "{votes:?} {agreement}");
        }
    }
}

#[test]
fn a_node_that_sends_a_ledger_is_heard_once_by_its_stream() {
    let mut scene = Scene::new(2, &[], 1);
    let tip = scene.world.tip();
    scene.give(0, tip, true);
    scene.follow.shelf.disbelieve(1);
    assert_eq!(scene.follow.votes(tip), [(0, scene.world.hash(tip))]);
    scene.follow.shelf.disbelieve(0);
    assert_eq!(scene.follow.votes(tip), [(0, scene.world.hash(tip))], "what it sent is here");
}

#[test]
fn an_outage_is_told_when_the_next_ledger_is_wanting_for_long_and_its_end_with_the_next() {
    let mut scene = Scene::new(2, &[], 1);
    let tip = scene.world.tip();
    scene.tell(Event::NotFetched { node: 0, index: tip, failure: Some(failure()) });
    assert_eq!(outages(&scene.after(29)), []);
    assert_eq!(outages(&scene.after(1)), [(Some(tip - 1), 1)]);
    assert_eq!(outages(&scene.after(25)), [], "it is told once");
    scene.give(0, tip, true);
    let told = scene.after(1);
    let lasted = told.iter().find_map(|action| match action {
        Action::Recovered { lasted } => Some(*lasted),
        _ => None,
    });
    assert_eq!((lasted, scene.follow.done()), (Some(26 * SECOND), Some(tip)));
    assert_eq!(outages(&scene.after(1_000)), [], "no ledger has closed since");
    // The next one is wanting again.
    scene.world.close(0);
    let closed = Node::new(false, false).newest(&scene.world);
    let message = crate::wire::stream::StreamMessage::Closed(closed);
    scene.tell(Event::Message { node: 0, message, text: "{}".into() });
    assert_eq!(outages(&scene.after(29)), []);
    assert_eq!(outages(&scene.after(1)).len(), 1);
}

#[test]
fn that_nobody_can_be_reached_is_told_at_once() {
    let mut scene = Scene::new(2, &[], 0);
    let tip = scene.world.tip();
    scene.tell(Event::Lost { node: 0, failure: failure() });
    assert_eq!(outages(&scene.after(0)), [], "another one is there");
    scene.tell(Event::Lost { node: 1, failure: failure() });
    assert_eq!(outages(&scene.after(0)), [(Some(tip), 2)]);
}

#[test]
fn who_takes_nothing_misses_nothing() {
    let mut scene = Scene::new(1, &[], 1);
    let tip = scene.world.tip();
    scene.give(0, tip, true);
    for _ in 0..100 {
        scene.now += SECOND;
        while let Some(action) = scene.follow.act(&scene.accounts, false, scene.now) {
            assert!(!matches!(action, Action::Outage { .. } | Action::Done { .. }), "{action:?}");
        }
    }
    assert!(scene.after(0).iter().any(|action| matches!(action, Action::Done { .. })));
}

#[test]
fn a_start_far_beyond_what_all_nodes_have_is_refused() {
    let world = World::new();
    let tip = world.tip();
    let cursor = |ahead: u32, hash, done| {
        let ledger_index = tip + ahead;
        Start::Cursor(Cursor { network_id: 0, ledger_index, ledger_hash: hash, done })
    };
    let some = Some(hash(7));
    for (start, asked) in [
        (Start::Ledger(tip + 17), None),
        (Start::Ledger(tip + 18), Some(tip + 18)),
        (cursor(16, some, Vec::new()), None),
        (cursor(17, some, Vec::new()), Some(tip + 17)),
        (cursor(17, None, vec![TxHash::from_bytes([7; 32])]), Some(tip + 17)),
        // Nothing was handed out before it: it is like a start with a ledger.
        (cursor(17, None, Vec::new()), Some(tip + 18)),
        (Start::Ledger(u32::MAX), Some(u32::MAX)),
    ] {
        let mut scene = Scene::begin(2, &[], start);
        scene.subscribe(0, tip);
        assert_eq!(end(&scene.after(0)), None, "the other one may know more");
        scene.subscribe(1, tip - 1);
        let expected = asked.map(|asked| End::BeyondTip { asked, tip });
        assert_eq!(end(&scene.after(0)), expected, "{asked:?}");
    }
}

#[test]
fn it_ends_with_the_last_ledger_that_is_wanted() {
    for (to, ends) in [(-1, true), (0, true), (1, false)] {
        let mut scene = Scene::new(1, &[], 0);
        scene.follow.plan.to = scene.world.tip().checked_add_signed(to);
        let expected = ends.then_some(End::Reached);
        assert_eq!(end(&scene.after(0)), expected, "{to}");
    }
    let mut scene = Scene::new(1, &[], 2);
    let tip = scene.world.tip();
    scene.follow.plan.to = Some(tip - 1);
    scene.give(0, tip - 1, true);
    assert_eq!(end(&scene.after(0)), Some(End::Reached));
    assert_eq!(scene.follow.done(), Some(tip - 1));
}

#[test]
fn ledgers_that_no_node_has_are_a_gap_after_a_minute() {
    let world = World::new();
    let tip = world.tip();
    for (complete, to, gap) in [
        ("100-110,140-159", None, Some((121, 139))),
        ("100-110,140-159", Some(130), Some((121, 130))),
        ("100-110,140-159", Some(150), Some((121, 139))),
        ("100-119", None, Some((121, tip - 1))),
        ("100-159", None, None),
    ] {
        let mut scene = Scene::new(2, &[], tip - 120);
        scene.follow.plan.to = to;
        let says = |scene: &mut Scene| {
            for node in 0..2 {
                let validated = ValidatedLedger { index: tip, hash: None, age: Some(1) };
                let complete = complete.parse().unwrap();
                let fit = Fit { network_id: 0, validated, complete };
                scene.tell(Event::Judged { node, fit });
            }
        };
        scene.after(0);
        scene.now += SECOND;
        says(&mut scene);
        assert_eq!(end(&scene.after(58)), None, "{complete}");
        let expected = gap.map(|(from, to)| End::Gap { from, to });
        assert_eq!(end(&scene.after(1)), expected, "{complete} {to:?}");
    }
}

#[test]
fn the_last_ledgers_are_remembered_and_no_more() {
    let mut scene = Scene::new(1, &[], 0);
    let first = scene.world.tip() + 1;
    for index in first..first + 100 {
        let name = hash(index as u8);
        scene.follow.done_with(index, name, 0, Vec::new(), scene.now);
    }
    let trail: Vec<u32> = scene.follow.trail.iter().map(|(index, _)| *index).collect();
    assert_eq!(trail, (first + 36..first + 100).collect::<Vec<_>>());
}

/// The nodes' streams tell of the next ledger: whole, or only that it closed; of another chain, where they
/// are `alien`.
fn stream(scene: &mut Scene, node: usize, whole: bool, alien: bool) {
    let mut one = Node::new(false, alien);
    one.hear(&scene.world, 0);
    let messages = if whole { one.queue.len() } else { 1 };
    for (message, text) in one.queue.drain(..messages) {
        scene.tell(Event::Message { node, message, text });
    }
}

/// Of whom which whole ledgers are asked for.
fn whole(actions: &[Action]) -> Vec<(usize, u32)> {
    let fetch = |action: &Action| match action {
        Action::Fetch { node, index, whole: true } => Some((*node, *index)),
        _ => None,
    };
    actions.iter().filter_map(fetch).collect()
}

/// Who is asked for the next ledger, and whether it is handed out.
fn next_step(scene: &mut Scene, seconds: u32) -> (Option<usize>, bool) {
    let (next, actions) = (scene.world.tip(), scene.after(seconds));
    let asked = whole(&actions).into_iter().find(|(_, index)| *index == next);
    (
        asked.map(|(node, _)| node),
        actions.iter().any(|action| matches!(action, Action::Done { .. })),
    )
}

#[test]
fn what_streams_have_told_whole_is_fetched_only_where_another_voice_is_needed() {
    let (alone, two): (&[Vec<usize>], &[Vec<usize>]) = (&[], &[vec![0, 1]]);
    for (groups, agreement, told, asked, done) in [
        (alone, 1, &[(0_usize, false)] as &[(usize, bool)], None, true),
        (alone, 2, &[(0, false)], Some(1), false),
        (alone, 2, &[(1, false)], Some(0), false),
        (alone, 2, &[(0, false), (1, false)], None, true),
        // Of the two who are one voice the other one has nothing to add.
        (two, 2, &[(0, false)], Some(2), false),
        (two, 2, &[(0, false), (1, false)], Some(2), false),
        (two, 2, &[(1, false), (2, false)], None, true),
        // A third one decides between two who differ.
        (alone, 1, &[(0, false), (1, true)], Some(2), false),
        (alone, 2, &[(0, true), (1, false)], Some(2), false),
    ] {
        let mut scene = Scene::new(3, groups, 0);
        (scene.follow.plan.source, scene.follow.plan.agreement) = (Source::Transactions, agreement);
        scene.stand(scene.world.tip());
        scene.after(0);
        scene.world.close(1);
        for (node, alien) in told {
            stream(&mut scene, *node, true, *alien);
        }
        // No more messages are to be expected after some seconds.
        let step = next_step(&mut scene, 6);
        assert_eq!(step, (asked, done), "{groups:?} {agreement} {told:?}");
    }
}

#[test]
fn what_streams_may_still_tell_is_not_fetched() {
    // What the ledger holds, how long ago it closed, and whether it is fetched.
    for (touched, seconds, fetched) in [(1, 0, false), (1, 4, false), (1, 5, true), (0, 0, true)] {
        let mut scene = Scene::new(2, &[], 0);
        scene.follow.plan.source = Source::Transactions;
        scene.stand(scene.world.tip());
        scene.after(0);
        scene.world.close(touched);
        stream(&mut scene, 0, false, false);
        let (asked, done) = next_step(&mut scene, seconds);
        assert_eq!((asked.is_some(), done), (fetched, false), "{touched} {seconds}");
        // The one that came whole is handed out.
        let index = scene.world.tip();
        if let Some(node) = asked {
            scene.give(node, index, true);
            assert!(next_step(&mut scene, 0).1);
        }
    }
}

#[test]
fn what_follows_passed_over_ledgers_is_fetched_though_streams_have_told_it_whole() {
    // With the last ledger that was handed out: whether the histories, which name nothing, were wrong.
    for (back, wrong) in [(2, false), (4, true)] {
        let mut scene = Scene::new(2, &[], back);
        let done = scene.world.tip() - back;
        scene.stand(done);
        (scene.follow.plan.source, scene.follow.plan.history) =
            (Source::Transactions, AccountHistory::From(2));
        (0..2).for_each(|node| scene.follow.nodes.agreed(node));
        // An entry that changes twice in it says nothing of ledgers before.
        scene.world.close(2);
        let tip = scene.world.tip();
        stream(&mut scene, 0, true, false);
        let actions = scene.after(6);
        for action in &actions {
            let Action::History(Ask { node, account, min, max, .. }) = *action else { continue };
            let page = HistoryPage { account, min, max, ledgers: Vec::new(), marker: None };
            scene.tell(Event::History { node, account, page });
        }
        assert_eq!(scene.follow.next_ledger(), Some(tip), "the others are passed over");
        assert!(!next_step(&mut scene, 0).1, "only what it changed shows what came before");
        scene.give(whole(&actions)[0].0, tip, true);
        assert_eq!(next_step(&mut scene, 0).1, !wrong);
        assert_eq!(scene.follow.next_ledger(), Some(if wrong { done + 1 } else { tip + 1 }));
    }
}

#[test]
fn who_names_a_ledger_whose_parent_is_another_one_is_refused_with_who_sent_it() {
    let mut scene = Scene::new(3, &[], 0);
    scene.follow.plan.agreement = 3;
    scene.stand(scene.world.tip());
    scene.after(0);
    scene.world.close(0);
    let next = scene.world.tip();
    for (node, alien) in [(0, true), (1, true), (2, false)] {
        stream(&mut scene, node, false, alien);
    }
    let other = Node::new(false, true).ledger(&scene.world, next, true).unwrap();
    scene.tell(Event::Fetched { node: 0, ledger: other });
    scene.after(0);
    let believed = |node: &usize| scene.follow.nodes.is_believed(*node, scene.now);
    assert_eq!((0..3).filter(believed).collect::<Vec<_>>(), [2]);
}

#[test]
fn what_came_whole_or_is_under_way_is_not_fetched_again() {
    for (source, agreement) in
        [(Source::Ledgers, 1), (Source::Ledgers, 2), (Source::Transactions, 1)]
    {
        let mut scene = Scene::new(2, &[], 3);
        (scene.follow.plan.source, scene.follow.plan.agreement) = (source, agreement);
        let tip = scene.world.tip();
        scene.stand(tip - 3);
        let first = whole(&scene.after(6));
        assert_eq!(
            first.iter().map(|(_, index)| *index).collect::<Vec<_>>(),
            [tip - 2, tip - 1, tip]
        );
        // The first one does not come, so that nothing can be handed out.
        for (node, index) in &first[1..] {
            scene.give(*node, *index, true);
        }
        // As many as must agree are asked, each once; of the newest both have spoken.
        let second = whole(&scene.after(1));
        let other = (1 - first[1].0, first[1].1);
        assert_eq!(second, [other].into_iter().filter(|_| agreement > 1).collect::<Vec<_>>());
        for (node, index) in &second {
            scene.give(*node, *index, true);
        }
        assert_eq!(whole(&scene.after(10)), [], "{source:?} {agreement}");
    }
}

#[test]
fn while_the_last_ledger_is_not_confirmed_the_next_one_is_fetched_though_it_was_told_whole() {
    for (verified, fetched) in [(false, true), (true, false)] {
        let mut scene = Scene::new(2, &[], 0);
        scene.follow.plan.source = Source::Transactions;
        scene.follow.place.iter_mut().for_each(|place| place.verified = verified);
        scene.world.close(1);
        stream(&mut scene, 0, true, false);
        scene.now += 6 * SECOND;
        let Scene { follow, accounts, now, .. } = &mut scene;
        let actions: Vec<Action> =
            std::iter::from_fn(|| follow.act(accounts, false, *now)).collect();
        assert_eq!(!whole(&actions).is_empty(), fetched, "its parent is what confirms it");
    }
}
