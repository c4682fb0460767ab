//! The stories from which the fuzzers start: each is called after what happens in it.

use std::{collections::BTreeSet, fs, path::Path};

use proptest::prelude::ProptestConfig;

/// How stories are told by chance. One that breaks a promise is cut shorter for a while only: whoever waits
/// is to hear of it.
pub(super) fn by_chance() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_time: 30_000, ..Default::default() }
}

/// Reads each seed of a fuzz target.
///
/// # Panics
/// When there are none.
pub(super) fn each(target: &str, mut play: impl FnMut(&str, &[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    if !fuzz.exists() {
        return println!("skipped: the published package has no fuzz targets");
    }
    let seeds = fs::read_dir(fuzz.join("seeds").join(target)).expect("it has seeds");
    let mut count = 0;
    for seed in seeds {
        let path = seed.expect("the folder can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        play(&name, &fs::read(&path).expect("the seed can be read"));
        count += 1;
    }
    assert!(count > 2, "{count} seeds of {target}");
}

/// The words of a name such as `found_fetched`.
pub(super) fn words(name: &str) -> BTreeSet<&str> {
    name.split('_').collect()
}
