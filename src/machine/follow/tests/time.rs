//! When it wakes by itself, what it says of where it stands, and how it tells that nothing comes.

use super::*;

/// All times at which it wakes, in milliseconds from now, though nothing happens and nobody looks.
fn wakes(stage: &Stage) -> Vec<u128> {
    let mut wakes = Vec::new();
    let mut now = stage.now;
    while let Some(next) = stage.follow.wake(now) {
        assert!(next > now, "nobody is woken for what is past");
        wakes.push((next - stage.now).as_millis());
        now = next;
    }
    wakes
}

#[test]
fn it_wakes_when_something_is_overdue_when_a_pause_ends_and_when_all_is_lost() {
    let mut stage =
        Stage::new(Source::Ledgers, AccountHistory::Never, |world| cursor(world, 0, Vec::new()));
    // Of two ledgers one message may be late, then the nodes have stopped, then nothing came for long.
    let (late, stopped, stuck, gone) = (5_000, 18_000, 30_000, 60_000);
    assert_eq!(wakes(&stage), [late, stopped, stuck, gone]);
    stage.follow.outage = Some(stage.now);
    assert_eq!(wakes(&stage), [late, stopped, gone], "it was told that nothing comes");
    stage.follow.outage = None;
    // The ledger that was handed out last is asked for.
    let [(node, index, _)] = stage.fetches()[..] else { panic!("one is asked") };
    stage.tell(Event::NotFetched { node, index, failure: None });
    assert_eq!(wakes(&stage), [100, late, stopped, stuck, gone]);
    let failure = Failure::NoAnswer { unreadable: 0 };
    (0..2).for_each(|node| stage.tell(Event::Lost { node, failure: failure.clone() }));
    let [first, second, rest @ ..] = &wakes(&stage)[..] else { panic!() };
    assert!((250..=500).contains(second) && first <= second, "both are tried again: {second}");
    assert!(rest.ends_with(&[gone]));
}

#[test]
fn where_it_begins_is_told_once() {
    let begun = |stage: &mut Stage| {
        let begun = |action| match action {
            Action::Begun(cursor) => Some(cursor),
            _ => None,
        };
        let told = std::mem::take(&mut stage.asked).into_iter().filter_map(begun);
        told.map(|cursor| (cursor.ledger_index, cursor.ledger_hash, cursor.done))
            .collect::<Vec<_>>()
    };
    let (hash, done) = (World::new().hash(150), vec![TxHash::from_bytes([7; 32])]);
    let cursor = |_: &World| {
        let (ledger_hash, done) = (Some(hash), done.clone());
        Start::Cursor(Cursor { network_id: 0, ledger_index: 150, ledger_hash, done })
    };
    type Begin<'a> = &'a dyn Fn(&World) -> Start;
    for (begin, expected) in [
        (&cursor as Begin<'_>, (150, Some(hash), done.clone())),
        (&|_| Start::Ledger(150), (149, None, Vec::new())),
        (&|_| Start::Now, (World::new().tip(), None, Vec::new())),
    ] {
        // Two nodes come, one after the other.
        let mut stage = Stage::new(Source::Ledgers, AccountHistory::Never, begin);
        assert_eq!(begun(&mut stage), [expected], "by the first one");
        let mut told = stage.settle();
        // Nor again when one of them comes back.
        stage.tell(Event::Lost { node: 1, failure: Failure::NoAnswer { unreadable: 0 } });
        let newest = stage.world.tip();
        stage.subscribe(1, newest, false);
        told.append(&mut stage.asked);
        assert!(!told.iter().any(|action| matches!(action, Action::Begun(_))), "{told:?}");
    }
}

#[test]
fn the_newest_ledger_is_that_of_the_nodes_that_are_watched() {
    let mut stage = Stage::new(Source::Ledgers, AccountHistory::Never, |_| Start::Now);
    let tip = stage.world.tip();
    assert_eq!(stage.follow.tip(), Some(tip));
    stage.world.close(0);
    let message = StreamMessage::Closed(Node::new(false, false).newest(&stage.world));
    stage.tell(Event::Message { node: 1, message, text: "{}".into() });
    assert_eq!(stage.follow.tip(), Some(tip + 1));
    for (node, newest) in [(1, Some(tip)), (0, None)] {
        stage.tell(Event::Lost { node, failure: Failure::NoAnswer { unreadable: 0 } });
        assert_eq!(stage.follow.tip(), newest);
    }
}
