//! What a watch holds, item by item.

use super::*;

#[test]
fn what_is_held_is_counted_beside_its_limit() {
    let (mut scene, _) = Scene::following(2);
    scene.wait_for(2, None, None);
    scene.wait_for(3, None, None);
    scene.streamed(0, 101, tx(2));
    scene.streamed(0, 101, tx(3));
    scene.streamed(1, 101, tx(2));
    scene.closed(0, 103, 0);
    scene.acts();
    let held = scene.watch.held();
    let counts: Vec<_> = held.iter().map(|one| (one.what, one.count)).collect();
    assert_eq!(
        counts,
        [
            ("those who wait", 3),
            ("transactions that appeared", 2),
            ("places of one of those", 2),
            ("ledgers that were told", 7),
            ("ledgers of which the transactions are known", 8),
            ("transactions of one of those", 2),
            ("stretches of ledgers of a node", 2),
            ("errands of a node under way", 2),
            ("errands", 2),
            ("errands of a node under way", 2),
            ("errands", 2),
        ]
    );
    // For each node the ledgers before the newest one of each that may be wanted, and what else is under way.
    assert_eq!(held[2].limit, 2 * 4, "four places by each node");
    let limits: Vec<_> = held[7..9].iter().map(|one| one.limit).collect();
    assert_eq!(limits, [4, 2 * (2 * (2_000 + 1) + 4)]);
    assert!(held.iter().all(crate::config::Held::is_within));
}
