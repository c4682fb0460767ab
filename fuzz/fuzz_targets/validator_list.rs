//! Documents with validator lists from any text: no panic, and what holds was signed by its publisher.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrpl_txdata::{
    RippleTime,
    proof::{MAX_LISTS, Publisher, SignedList, VL_RIPPLE_COM},
};

fuzz_target!(|text: &str| {
    let now = RippleTime::from_seconds(600_000_000);
    let pinned = VL_RIPPLE_COM.parse().expect("a key");
    let Ok(lists) = SignedList::read_all(text) else {
        assert!(Publisher::new(pinned).accept(text, now).is_err());
        return;
    };
    assert!(lists.len() <= MAX_LISTS);
    for key in lists.iter().filter_map(|list| list.public_key).chain([pinned]) {
        let mut publisher = Publisher::new(key);
        if let Ok(list) = publisher.accept(text, now) {
            assert!(lists.contains(list.signed()));
            assert_eq!(list.in_force(now), Ok(()));
            assert_eq!(publisher.sequence(), Some(list.sequence()));
        }
        let kept = serde_json::to_string(&publisher).expect("a publisher is JSON");
        assert_eq!(serde_json::from_str::<Publisher>(&kept).expect("it was kept"), publisher);
    }
});
