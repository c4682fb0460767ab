//! Stories told by chance, and those that the fuzzer starts from.

use proptest::prelude::*;

use super::play;
use crate::machine::seeds;

#[test]
fn seeds_tell_what_they_are_called() {
    seeds::each("watch", |name, bytes| {
        let seen = play(bytes, std::time::Instant::now());
        assert_eq!(seeds::words(name), seen);
    });
}

proptest! {
    #![proptest_config(seeds::by_chance())]

    #[test]
    fn no_story_makes_it_claim_too_much_or_forget_anybody(
        bytes in prop::collection::vec(any::<u8>(), 0..1_500)
    ) {
        play(&bytes, std::time::Instant::now());
    }
}
