//! What a node says of ledgers that were handed out, and what is heard of one that is not believed.

use super::{scene::Scene, *};
use crate::wire::stream::StreamedTransaction;

/// Both nodes stand at the newest ledger, which one of them has confirmed.
fn settled() -> Stage {
    let mut stage =
        Stage::new(Source::Ledgers, AccountHistory::Never, |world| cursor(world, 3, Vec::new()));
    assert_eq!(done(&stage.settle()).len(), 3);
    stage.asked.clear();
    stage
}

/// The nodes that lost their subscription since the last look, and why.
fn refused(stage: &mut Stage) -> Vec<(usize, Option<Failure>)> {
    let refused = |action| match action {
        Action::Unsubscribe { node, reason } => Some((node, reason)),
        _ => None,
    };
    std::mem::take(&mut stage.asked).into_iter().filter_map(refused).collect()
}

fn other_history(stage: &Stage, index: u32) -> Option<Failure> {
    let found = Node::new(false, true).ledger(&stage.world, index, false).expect("it is there");
    let (expected, found) = (stage.world.hash(index), found.hash);
    Some(Failure::Unfit(Unfit::OtherHistory { ledger_index: index, expected, found }))
}

#[test]
fn who_names_another_ledger_in_the_place_of_the_last_one_is_refused() {
    for (alien, back, refuses) in
        [(false, 0, false), (true, 0, true), (false, 1, false), (true, 1, true)]
    {
        for transaction in [false, true] {
            let mut stage = settled();
            let index = stage.world.tip() - back;
            let ledger = Node::new(false, alien).ledger(&stage.world, index, false);
            let ledger_hash = ledger.expect("it is there").hash;
            let message = if transaction {
                let hash = TxHash::from_bytes([7; 32]);
                let (ledger_index, network_id) = (index, None);
                let tx = StreamedTransaction { hash, ledger_index, ledger_hash, network_id };
                StreamMessage::Transaction(tx)
            } else {
                let (hash, txn_count, network_id) = (ledger_hash, Some(0), None);
                StreamMessage::Closed(ClosedLedger { index, hash, txn_count, network_id })
            };
            stage.tell(Event::Message { node: 1, message, text: "{}".into() });
            let expected = refuses.then(|| (1, other_history(&stage, index)));
            assert_eq!(refused(&mut stage), Vec::from_iter(expected), "{alien} {back}");
        }
    }
}

/// What a stream says of it counts like what is fetched.
#[test]
fn a_start_that_every_node_contradicts_is_of_another_chain() {
    let mut stage =
        Stage::new(Source::Ledgers, AccountHistory::Never, |world| cursor(world, 0, Vec::new()));
    stage.asked.clear();
    let closed = Node::new(false, true).newest(&stage.world);
    let index = closed.index;
    let ended = |stage: &Stage| {
        stage.asked.iter().any(|one| matches!(one, Action::End(End::OtherChain { .. })))
    };
    for node in [1, 0] {
        assert!(!ended(&stage));
        let message = StreamMessage::Closed(closed.clone());
        stage.tell(Event::Message { node, message, text: "{}".into() });
        assert!(refused_for(&stage, node, index));
    }
    assert!(ended(&stage), "{:?}", stage.asked);
}

fn refused_for(stage: &Stage, node: usize, index: u32) -> bool {
    let reason = other_history(stage, index);
    let refused = |one: &Action| matches!(one, Action::Unsubscribe { node: by, reason: why } if *by == node && *why == reason);
    stage.asked.iter().any(refused)
}

#[test]
fn a_fetched_ledger_that_was_handed_out_shows_the_chain_of_the_node_that_sent_it() {
    // Handed out were the last three and what the cursor names; of that nothing but the name is known.
    for (back, alien, agrees, refuses) in [
        (0, false, true, false),
        (0, true, false, true),
        (2, false, true, false),
        (2, true, false, true),
        (3, false, false, false),
        (3, true, false, false),
    ] {
        let mut stage = settled();
        // It has come back, and may be another server now.
        let failure = Failure::NoAnswer { unreadable: 0 };
        stage.tell(Event::Lost { node: 1, failure });
        stage.asked.clear();
        let index = stage.world.tip() - back;
        let ledger = Node::new(false, alien).ledger(&stage.world, index, true);
        stage.tell(Event::Fetched { node: 1, ledger: ledger.expect("it is there") });
        assert_eq!(stage.follow.nodes.is_on_chain(1), agrees, "{back} {alien}");
        let expected = refuses.then(|| (1, other_history(&stage, index)));
        assert_eq!(refused(&mut stage), Vec::from_iter(expected), "{back} {alien}");
        assert_eq!(stage.follow.fetches.came(index).count(), 0, "nobody needs it any more");
    }
}

#[test]
fn who_is_of_another_network_is_refused_by_its_own_word_or_by_that_of_its_stream() {
    let found = |found| Failure::Unfit(Unfit::OtherNetwork { expected: 0, found });
    for network_id in [None, Some(0), Some(1)] {
        let mut stage = settled();
        stage.world.close(0);
        let closed = ClosedLedger { network_id, ..Node::new(false, false).newest(&stage.world) };
        let message = StreamMessage::Closed(closed);
        stage.tell(Event::Message { node: 1, message, text: "{}".into() });
        let expected = network_id.filter(|id| *id != 0).map(|id| (1, Some(found(id))));
        assert_eq!(refused(&mut stage), Vec::from_iter(expected), "{network_id:?}");
    }
    let mut stage = settled();
    let fit = Node::new(false, false).fit(&stage.world);
    stage.tell(Event::Judged { node: 1, fit: fit.clone() });
    assert_eq!(refused(&mut stage), []);
    stage.tell(Event::Judged { node: 1, fit: Fit { network_id: 1, ..fit } });
    assert_eq!(refused(&mut stage), [(1, Some(found(1)))]);
    assert_eq!(stage.follow.watched(), [0]);
}

#[test]
fn the_word_of_one_who_was_refused_is_none_beside_the_word_of_another() {
    for refused in [false, true] {
        let mut stage = settled();
        stage.follow.plan.agreement = 2;
        stage.world.close(0);
        let tip = stage.world.tip();
        let true_one = Node::new(false, false).ledger(&stage.world, tip, true);
        let true_one = true_one.expect("it is there");
        if refused {
            let went_back =
                ClosedLedger { index: tip - 40, ..Node::new(false, false).newest(&stage.world) };
            let message = StreamMessage::Closed(went_back);
            stage.tell(Event::Message { node: 1, message, text: "{}".into() });
        }
        // It was asked for this before.
        stage.tell(Event::Fetched { node: 1, ledger: true_one.clone() });
        stage.tell(Event::Fetched { node: 0, ledger: true_one });
        let expected = if refused { tip - 1 } else { tip };
        assert_eq!(stage.follow.done(), Some(expected), "two must name it");
    }
}

#[test]
fn what_one_who_was_refused_says_of_itself_is_not_heard_either() {
    let begin = |world: &World| {
        let ledger_index = world.tip() + 100;
        Start::Cursor(Cursor { network_id: 0, ledger_index, ledger_hash: None, done: Vec::new() })
    };
    for refused in [false, true] {
        let (world, now) = (World::new(), Instant::now());
        let plan = plan(2, Source::Ledgers, AccountHistory::Never, begin(&world));
        let (follow, accounts) = (Follow::new(plan, now), Accounts::new([account(0)]));
        let mut stage = Stage { world, follow, accounts, now, asked: Vec::new() };
        let (fit, tip) = (Node::new(false, false).fit(&stage.world), stage.world.tip());
        // It was asked before.
        let boasts = Fit { validated: validated(tip + 200), ..fit.clone() };
        if refused {
            stage.tell(Event::Judged { node: 1, fit: Fit { network_id: 1, ..fit } });
        }
        stage.tell(Event::Judged { node: 1, fit: boasts });
        stage.subscribe(0, tip, false);
        let ended = |action: &Action| matches!(action, Action::End(End::BeyondTip { .. }));
        assert_eq!(stage.asked.iter().any(ended), refused);
    }
}

#[test]
fn a_node_is_asked_for_what_it_says_it_has() {
    let mut stage = settled();
    let fit = Node::new(false, false).fit(&stage.world);
    // Long enough behind what it validates, so that this is a hole.
    (0..20).for_each(|_| stage.world.close(0));
    let newest = stage.world.tip();
    let lacks = Fit { validated: validated(newest), ..fit.clone() };
    let complete = format!("100-{newest}").parse().expect("a range");
    let has = Fit { complete, ..lacks.clone() };
    for (node, fit) in [(0, lacks), (1, has)] {
        stage.follow.handle(Event::Judged { node, fit }, &stage.accounts, stage.now);
    }
    let message = StreamMessage::Closed(Node::new(false, false).newest(&stage.world));
    stage.tell(Event::Message { node: 0, message, text: "{}".into() });
    let fetches = stage.fetches();
    assert!(!fetches.is_empty() && fetches.iter().all(|(node, ..)| *node == 1), "{fetches:?}");
}

/// One of another chain was the first to name the next ledger, which counted as said by one of this chain; so
/// later ledgers that nobody has linked to the last one were read from it.
#[test]
fn who_names_a_ledger_that_is_not_handed_out_is_not_known_to_be_on_the_chain() {
    let mut scene = Scene::new(2, &[], 3);
    let (tip, next) = (scene.world.tip(), scene.world.tip() - 2);
    scene.give(1, next - 1, false);
    let alien = Node::new(false, true).ledger(&scene.world, next, false).unwrap();
    let (hash, true_hash) = (alien.hash, scene.world.hash(next));
    scene.follow.shelf.ledger(0, next, hash, None).unwrap();
    let told = |actions: Vec<Action>| actions.iter().any(|one| matches!(one, Action::Done { .. }));
    assert!(!told(scene.after(0)), "nobody has shown what is in it");
    let on_chain = |scene: &Scene| [0, 1].map(|node| scene.follow.nodes.is_on_chain(node));
    assert_eq!(on_chain(&scene), [false, true]);
    // Of two words none is the better one; a third decides.
    assert_ne!(hash, true_hash);
    scene.follow.shelf.disbelieve(0);
    scene.follow.shelf.ledger(0, next, true_hash, None).unwrap();
    scene.give(1, next, true);
    assert!(told(scene.after(0)) && next < tip);
    assert_eq!(on_chain(&scene), [true, true]);
}

/// A node of another chain had named nothing that was handed out, and streamed the next ledger whole. When the
/// last one was confirmed by somebody else, its ledger was told.
#[test]
fn what_a_stream_tells_counts_when_it_is_linked_to_the_last_ledger() {
    for alien in [false, true] {
        let world = World::new();
        let (done, next) = (world.tip(), world.tip() + 1);
        let ledger_hash = Some(world.hash(done));
        let start = Cursor { network_id: 0, ledger_index: done, ledger_hash, done: Vec::new() };
        let mut scene = Scene::begin(2, &[], Start::Cursor(start));
        scene.follow.plan.source = Source::Transactions;
        scene.world.close(0);
        let named = |index| {
            let ledger = Node::new(false, alien).ledger(&scene.world, index, false).unwrap();
            let (hash, txn_count) = (ledger.hash, Some(0));
            ClosedLedger { index, hash, txn_count, network_id: None }
        };
        let (before, closed) = (named(done - 1), named(next));
        let fit = Node::new(false, false).fit(&scene.world);
        (0..2).for_each(|node| scene.tell(Event::Judged { node, fit: fit.clone() }));
        scene.tell(Event::Subscribed { node: 1, newest: Some(before) });
        let message = StreamMessage::Closed(closed);
        scene.tell(Event::Message { node: 1, message, text: "{}".into() });
        scene.give(0, done, false);
        let is_next = |one: &Action| matches!(one, Action::Fetch { index, .. } if *index == next);
        let told = |one: &Action| match one {
            Action::Done { cursor, .. } => cursor.ledger_hash,
            _ => None,
        };
        let actions = scene.after(5);
        assert!(actions.iter().any(is_next) && actions.iter().all(|one| told(one).is_none()));
        // It hangs on the last one by its parent; then all who name it are of this chain.
        scene.give(0, next, true);
        let actions = scene.after(0);
        assert_eq!(actions.iter().find_map(told), Some(scene.world.hash(next)), "{actions:?}");
        assert_eq!(scene.follow.nodes.is_on_chain(1), !alien);
        assert_eq!(scene.follow.nodes.is_believed(1, scene.now), !alien);
    }
}
