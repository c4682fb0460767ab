//! Stories of nodes that stop, lie or know too little, and of "never".

use super::*;

fn unfit(action: &Action) -> Option<(usize, Unfit)> {
    match action {
        Action::Unsubscribe { node, why: Ending::Disqualified(Failure::Unfit(unfit)) } => {
            Some((*node, unfit.clone()))
        }
        _ => None,
    }
}

#[test]
fn a_node_that_stops_closing_is_replaced_though_it_is_connected() {
    let mut scene = Scene::new(3, 2, WatchSource::Stream);
    scene.wait_for(1, None, None);
    assert_eq!(scene.acts().len(), 2);
    scene.subscribed(0, 100);
    scene.subscribed(1, 100);
    scene.acts();
    for index in 1..=17 {
        scene.pass(1_000);
        scene.closed(0, 100, 0);
        scene.closed(1, 100 + index, 0);
    }
    scene.acts();
    scene.pass(1_000);
    let acts = scene.acts();
    let stalled = Action::Unsubscribe { node: 0, why: Ending::Stalled };
    assert!(acts.contains(&stalled), "an old ledger closed again proves nothing: {acts:?}");
    assert!(acts.contains(&Action::Subscribe { node: 2 }), "{acts:?}");
}

#[test]
fn a_node_that_does_not_get_on_is_overtaken_and_then_not_wanted() {
    let mut scene = Scene::new(3, 1, WatchSource::Stream);
    scene.wait_for(1, None, None);
    assert_eq!(scene.acts(), [Action::Subscribe { node: 0 }]);
    scene.pass(1_250);
    assert_eq!(scene.acts(), [Action::Subscribe { node: 1 }]);
    scene.subscribed(1, 100);
    scene.acts();
    scene.subscribed(0, 100);
    assert_eq!(scene.acts()[0], Action::Unsubscribe { node: 0, why: Ending::Surplus });
}

#[test]
fn a_node_that_names_many_places_does_not_hide_the_true_one() {
    let (mut scene, waiter) = Scene::following(2);
    for index in 102..300 {
        scene.streamed(0, index, tx(1));
    }
    scene.acts();
    scene.streamed(1, 101, tx(1));
    assert_eq!(scene.acts()[0], Action::Read { node: 1, hash: tx(1), index: 101 });
    assert_eq!(scene.watch.found(&tx(1)), [waiter]);
}

#[test]
fn a_node_that_boasts_keeps_no_hole_of_the_others_open() {
    for source in [WatchSource::Stream, WatchSource::HashLists] {
        let mut scene = Scene::new(2, 2, source);
        let waiter = scene.wait_for(1, None, None);
        scene.acts();
        (0..2).for_each(|node| scene.subscribed(node, 100));
        scene.answer_fetches();
        for jump in 1..=3 {
            scene.closed(0, 100 + jump * 1_000, 0);
        }
        scene.fetches();
        scene.closed(1, 101, 1);
        scene.closed(1, 102, 1);
        let fetches = scene.fetches();
        assert!(fetches.contains(&(101, 1)), "{source:?}: {fetches:?}");
        scene.list(1, 101, &[tx(1)]);
        assert!(scene.acts().contains(&Action::Ask { hash: tx(1), node: 1 }));
        assert_eq!(scene.watch.found(&tx(1)), [waiter]);
    }
}

#[test]
fn a_node_that_boasts_for_ever_has_no_more_asked_of_it_than_there_is_room_for() {
    let (mut scene, waiter) = Scene::following(1);
    for jump in 1..100 {
        scene.closed(0, 100 + jump * 1_000, 0);
        for _ in 0..100 {
            // Always busy, never done.
            let (index, node) = *scene.fetches().first().expect("something is missing");
            scene.list(node, index, &[]);
        }
        let held = scene.watch.held();
        assert!(held.iter().all(|held| held.count <= held.limit), "{held:?}");
    }
    scene.watch.stop_waiting(waiter);
}

#[test]
fn lies_and_confusion_disqualify() {
    let wrong = |scene: &mut Scene| {
        let acts = scene.acts();
        acts.iter().find_map(unfit).unwrap_or_else(|| panic!("{acts:?}")).1
    };
    let (mut scene, waiter) = Scene::following(1);
    scene.closed(0, 110, 0);
    scene.acts();
    scene.closed(0, 60, 0);
    assert_eq!(wrong(&mut scene), Unfit::WentBack { from: 110, to: 60 });
    assert_eq!(scene.covered(waiter), "empty", "nor is believed what it told before");
    scene.list(0, 109, &[]);
    scene.watch.testify(waiter, 0, &"1-90".parse().unwrap(), scene.now);
    assert_eq!(scene.covered(waiter), "empty", "nor what it tells a moment later");

    let (mut scene, _) = Scene::following(1);
    scene.streamed_of(0, 101, tx(9), Some(0));
    assert_eq!(scene.acts(), []);
    scene.streamed_of(0, 101, tx(9), Some(21_337));
    assert_eq!(wrong(&mut scene), Unfit::OtherNetwork { expected: 0, found: 21_337 });

    let (mut scene, _) = Scene::following(1);
    let of_another = |network_id| {
        let (index, hash) = (101, ledger(101));
        StreamMessage::Closed(ClosedLedger { index, hash, txn_count: Some(0), network_id })
    };
    scene.tell(Event::Message { node: 0, message: of_another(Some(1)) });
    assert_eq!(wrong(&mut scene), Unfit::OtherNetwork { expected: 0, found: 1 });

    let (mut scene, _) = Scene::following(1);
    scene.closed(0, 101, 0);
    let list = HashList { index: 101, hash: ledger(5), transactions: Vec::new() };
    scene.tell(Event::Fetched { node: 0, network_id: 0, list });
    assert!(matches!(wrong(&mut scene), Unfit::TwoHistories { ledger_index: 101, .. }));
}

#[test]
fn a_false_jump_of_one_node_sends_nobody_hunting_for_long() {
    let (mut scene, _) = Scene::following(2);
    scene.closed(0, 400, 0);
    scene.closed(1, 101, 0);
    let asked = scene.fetches();
    assert!(asked.iter().all(|(index, node)| *node == 0 || *index <= 101), "{asked:?}");
    scene.closed(0, 101, 0);
    assert!(scene.acts().iter().any(|action| unfit(action).is_some()));
    scene.pass(10_000);
    let asked = scene.fetches();
    assert!(asked.iter().all(|(index, _)| *index <= 101), "{asked:?}");
}

#[test]
fn never_needs_two_nodes_and_every_ledger() {
    let (mut scene, _) = Scene::following(2);
    let waiter = scene.wait_for(2, None, Some(103));
    let is_final = |acts: Vec<Action>| acts.contains(&Action::Final { waiter });
    for index in 101..=103 {
        scene.closed(0, index, 0);
    }
    assert!(!is_final(scene.acts()), "one node alone says so");
    scene.closed(1, 101, 0);
    scene.closed(1, 103, 0);
    assert!(!is_final(scene.acts()), "ledger 102 is missing at one of them");
    scene.closed(1, 102, 0);
    assert!(!is_final(scene.acts()), "ledger 100, the current one at the start, is missing there");
    scene.list(1, 100, &[]);
    assert!(!is_final(scene.acts()), "nobody was asked for the transaction itself");
    (0..2).for_each(|node| {
        scene.watch.testify(waiter, node, &"1-99".parse().unwrap(), scene.now);
    });
    assert!(is_final(scene.acts()));
    let other = scene.wait_for(3, Some(50), Some(102));
    (0..2).for_each(|node| {
        scene.watch.testify(other, node, &"1-99".parse().unwrap(), scene.now);
    });
    assert!(scene.acts().contains(&Action::Final { waiter: other }), "asked and told together");
}

#[test]
fn never_is_told_once_and_at_once() {
    let (mut scene, _) = Scene::following(1);
    let waiter = scene.wait_for(2, Some(98), Some(101));
    scene.acts();
    scene.closed(0, 101, 0);
    assert_eq!(scene.acts(), [Action::Final { waiter }]);
    scene.closed(0, 102, 0);
    assert_eq!(scene.acts(), []);
}

#[test]
fn never_does_not_rest_on_one_who_is_disbelieved_before_it_is_told() {
    let (mut scene, _) = Scene::following(3);
    let waiter = scene.wait_for(2, Some(101), Some(101));
    scene.acts();
    scene.closed(0, 101, 0);
    // Both before anybody looks what is to be done.
    let (index, hash) = (101, ledger(101));
    let closed = ClosedLedger { index, hash, txn_count: Some(0), network_id: None };
    let message = StreamMessage::Closed(closed);
    scene.watch.handle(Event::Message { node: 1, message }, scene.now);
    scene.tell(Event::Liar { node: 1, failure: Failure::NotValidated });
    assert!(!scene.acts().contains(&Action::Final { waiter }), "one node is left that says so");
    scene.closed(2, 101, 0);
    assert!(scene.acts().contains(&Action::Final { waiter }), "and now it is two again");
}

#[test]
fn what_has_appeared_is_never_told_never_though_nobody_shows_it() {
    let (mut scene, _) = Scene::following(1);
    let waiter = scene.wait_for(2, Some(98), Some(101));
    scene.acts();
    scene.streamed(0, 101, tx(2));
    scene.tell(Event::NotShown { node: 0, hash: tx(2), soon: false });
    scene.closed(0, 101, 1);
    scene.closed(0, 102, 0);
    scene.watch.testify(waiter, 0, &"1-102".parse().unwrap(), scene.now);
    assert!(!scene.acts().contains(&Action::Final { waiter }));
    assert_eq!(scene.covered(waiter), "1-100,102");
}

#[test]
fn what_has_appeared_stands_against_never_as_long_as_anybody_waits_for_it() {
    let (mut scene, _) = Scene::following(1);
    let one = scene.wait_for(2, Some(98), Some(101));
    let other = scene.wait_for(2, Some(98), Some(101));
    scene.streamed(0, 101, tx(2));
    scene.watch.stop_waiting(one);
    scene.tell(Event::NotShown { node: 0, hash: tx(2), soon: false });
    scene.closed(0, 101, 1);
    scene.watch.testify(other, 0, &"1-101".parse().unwrap(), scene.now);
    assert!(!scene.acts().contains(&Action::Final { waiter: other }));
    assert_eq!(scene.covered(other), "1-100");
    scene.watch.stop_waiting(other);
    assert!(scene.watch.appearances.is_empty(), "it is kept for nobody");
}

#[test]
fn what_a_liar_alone_has_named_has_not_appeared() {
    for honest in [false, true] {
        let (mut scene, _) = Scene::following(3);
        let waiter = scene.wait_for(2, Some(101), Some(101));
        scene.streamed(0, 101, tx(2));
        if honest {
            scene.streamed(1, 101, tx(2));
        }
        scene.tell(Event::Liar { node: 0, failure: Failure::NotValidated });
        assert_eq!(scene.watch.appearances.is_empty(), !honest);
        scene.acts();
        for node in [1, 2] {
            scene.watch.testify(waiter, node, &"1-101".parse().unwrap(), scene.now);
        }
        let never = scene.acts().contains(&Action::Final { waiter });
        assert_eq!(never, !honest, "another one has named it, too");
        assert_eq!(scene.covered(waiter), if honest { "1-100" } else { "1-101" });
    }
}

#[test]
fn places_that_one_transaction_cannot_all_have_are_not_all_remembered() {
    let (mut scene, _) = Scene::following(1);
    scene.wait_for(2, None, None);
    scene.tell(Event::Lost { node: 0, failure: Failure::NoAnswer { unreadable: 0 } });
    let mut places = std::collections::BTreeSet::new();
    for index in 101..300 {
        scene.list(0, index, &[tx(2)]);
        scene.list(0, index, &[tx(2)]);
        places.extend(scene.watch.appearances.of(&tx(2)).iter().copied());
    }
    let kept = scene.watch.appearances.of(&tx(2));
    assert_eq!((kept.len(), places.len()), (4, 4), "few of them, and each once");
}

#[test]
fn who_began_to_wait_before_anybody_could_be_reached_is_not_told_never_too_early() {
    let mut scene = Scene::new(1, 1, WatchSource::Stream);
    let waiter = scene.wait_for(1, None, Some(116));
    scene.acts();
    scene.pass(60_000);
    // It was validated in 105, while nobody could be reached.
    scene.subscribed(0, 115);
    (111..=115).for_each(|index| scene.list(0, index, &[]));
    scene.closed(0, 116, 0);
    assert!(!scene.acts().contains(&Action::Final { waiter }));
    (50..=110).rev().for_each(|index| scene.list(0, index, &[]));
    scene.watch.testify(waiter, 0, &"1-49".parse().unwrap(), scene.now);
    assert!(scene.acts().contains(&Action::Final { waiter }));
}

#[test]
fn what_only_one_node_told_is_fetched_from_another_for_somebodys_finality() {
    let (mut scene, _) = Scene::following(2);
    scene.wait_for(2, None, Some(200));
    scene.answer_fetches();
    for node in 0..2 {
        assert_eq!(scene.watch.ledgers.known_from(node).to_string(), "96-100");
    }
    scene.closed(0, 101, 0);
    scene.closed(0, 102, 0);
    assert_eq!(scene.fetches(), [], "the other one follows, it will tell by itself");
    scene.closed(1, 102, 0);
    assert_eq!(scene.fetches(), [(101, 1)]);
}

#[test]
fn who_is_not_watched_is_not_bothered_for_what_one_who_is_will_tell() {
    let mut scene = Scene::new(3, 2, WatchSource::Stream);
    scene.wait_for(1, None, Some(200));
    scene.acts();
    for node in 0..2 {
        scene.subscribed(node, 100);
    }
    scene.answer_fetches();
    scene.closed(0, 101, 0);
    scene.closed(0, 102, 0);
    assert_eq!(scene.fetches(), [], "the second voice follows");
    scene.closed(1, 102, 0);
    assert_eq!(scene.fetches(), [(101, 1)], "it told nothing of it, and has it");
}

#[test]
fn the_last_ledger_somebody_waits_for_needs_two_voices_though_one_told_all_that_followed() {
    let (mut scene, _) = Scene::following(2);
    scene.wait_for(2, None, Some(102));
    scene.answer_fetches();
    for index in 101..=104 {
        scene.closed(0, index, 0);
    }
    scene.closed(1, 101, 0);
    scene.closed(1, 104, 0);
    assert_eq!(scene.fetches(), [(102, 1)]);
}

#[test]
fn what_following_has_not_shown_direct_answers_tell_when_two_nodes_are_so_far() {
    let (mut scene, _) = Scene::following(3);
    let waiter = scene.wait_for(2, None, Some(102));
    scene.answer_fetches();
    let reached = |scene: &mut Scene| scene.acts().contains(&Action::Reached { waiter });
    scene.closed(0, 150, 0);
    assert!(!reached(&mut scene), "one boasts");
    scene.streamed(1, 101, tx(2));
    (101..=103).for_each(|index| scene.closed(1, index, u32::from(index == 101)));
    assert!(!reached(&mut scene), "who is asked is believed up to two ledgers before its newest");
    scene.closed(1, 104, 0);
    assert!(reached(&mut scene));
    assert_eq!(scene.watch.claimants(waiter), [1]);
    (101..=105).for_each(|index| scene.closed(2, index, 0));
    assert!(!reached(&mut scene), "told twice");
}

#[test]
fn who_has_been_told_never_need_not_ask() {
    let (mut scene, _) = Scene::following(2);
    let waiter = scene.wait_for(2, None, Some(102));
    scene.answer_fetches();
    (0..2).for_each(|node| scene.watch.testify(waiter, node, &"1-98".parse().unwrap(), scene.now));
    for index in 101..=105 {
        (0..2).for_each(|node| scene.closed(node, index, 0));
        let acts = scene.acts();
        assert_eq!(acts.contains(&Action::Final { waiter }), index == 102);
        assert!(!acts.contains(&Action::Reached { waiter }));
    }
}
