//! Random stories of a race: from bytes to replies, so that a property test and a fuzzer can tell them
//! alike.

use super::*;

const STAGGER: Duration = Duration::from_millis(100);
const OVERALL: Duration = Duration::from_secs(1);

/// What a node tells: one of two contradictory stories.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Told(u8);

impl Story for Told {
    fn agrees_with(&self, other: &Told) -> bool {
        self == other
    }

    fn ledger(&self) -> u32 {
        9
    }
}

/// What a node that was asked has replied first.
#[derive(Clone, Copy, Debug, PartialEq)]
enum First {
    Nothing,
    Told(Told),
    Absent,
    Failed,
}

/// Plays the story that these bytes tell; says how it ended.
///
/// # Panics
/// When the machine breaks a promise.
pub(crate) fn play(bytes: &[u8], start: Instant) -> &'static str {
    let mut bytes = bytes.iter().copied();
    let mut next = |end: u8| bytes.next().map(|byte| byte % end);
    let nodes = 1 + next(5).unwrap_or(0);
    let quorum = usize::from(1 + next(nodes).unwrap_or(0));
    let mut now = start;
    let names = (0..nodes).map(|node| node.to_string()).collect();
    let mut race = Race::new(names, STAGGER, start + OVERALL, quorum);
    let mut asked: Vec<(Instant, First)> = Vec::new();
    loop {
        while let Some(node) = race.ask_next(now) {
            assert_eq!(node, asked.len(), "in order, and each once");
            // For each that could not help, and for each time that all stayed silent.
            let vain =
                |(_, first): &&(Instant, First)| matches!(first, First::Absent | First::Failed);
            let vain = asked.iter().filter(vain).count();
            let silences = (now - start).as_millis() / STAGGER.as_millis();
            assert!(node < quorum + vain + silences as usize, "asked without a reason");
            asked.push((now, First::Nothing));
        }
        if let Some(finish) = race.finish(now) {
            judge(&finish, &asked, usize::from(nodes), quorum, now >= start + OVERALL);
            assert!(race.finish(now).is_none() && race.ask_next(now).is_none(), "it is over");
            return ending(&finish);
        }
        assert!(now < start + OVERALL, "the deadline holds");
        assert!(race.wake() > now && race.wake() <= start + OVERALL);
        let Some(kind) = next(8) else {
            now = race.wake();
            continue;
        };
        let node = usize::from(next(nodes).unwrap_or(0));
        let (reply, first) = match kind {
            0 | 1 => {
                now = (now + Duration::from_millis(17)).min(race.wake());
                continue;
            }
            2 => {
                now = race.wake();
                continue;
            }
            3 | 4 => {
                let told = Told(u8::from(next(6) == Some(0)));
                (Reply::Found(told), First::Told(told))
            }
            5 => (Reply::Absent(LedgerRanges::new()), First::Absent),
            _ => (Reply::Failed(Step::Dial, Failure::NotValidated), First::Failed),
        };
        race.replied(node, reply, now);
        // Only the first reply of a node that was asked counts.
        if let Some((_, had @ First::Nothing)) = asked.get_mut(node) {
            *had = first;
        }
    }
}

fn ending(finish: &Finish<Told>) -> &'static str {
    match finish {
        Finish::Found { late: true, .. } => "found late",
        Finish::Found { agreed, .. } if agreed.len() > 1 => "found by agreement",
        Finish::Found { .. } => "found",
        Finish::Disagreement { .. } => "disagreement",
        Finish::Absent(_) => "absent",
        Finish::Failed => "failed",
        Finish::TimedOut => "timed out",
    }
}

fn judge(
    finish: &Finish<Told>,
    asked: &[(Instant, First)],
    nodes: usize,
    quorum: usize,
    over: bool,
) {
    let stories: Vec<Told> = asked
        .iter()
        .filter_map(|(_, first)| match first {
            First::Told(told) => Some(*told),
            _ => None,
        })
        .collect();
    let contradiction = stories.windows(2).any(|pair| pair[0] != pair[1]);
    let settled = asked.iter().filter(|(_, first)| *first != First::Nothing).count();
    match finish {
        Finish::Found { story, node, agreed, .. } => {
            assert!(agreed.len() >= quorum && agreed.contains(node) && !contradiction);
            for one in agreed {
                assert_eq!(asked[*one].1, First::Told(*story), "it said something else");
            }
        }
        Finish::Disagreement { stories: [(one, told), (other, contrary)] } => {
            assert_eq!(
                (asked[*one].1, asked[*other].1),
                (First::Told(*told), First::Told(*contrary))
            );
            assert_ne!(told, contrary);
        }
        Finish::Absent(searched) => {
            assert!(stories.is_empty() && !searched.is_empty());
            assert!(searched.iter().all(|(node, _)| asked[*node].1 == First::Absent));
            assert!(over || settled == nodes);
        }
        Finish::Failed => assert!(settled == nodes && stories.len() < quorum),
        Finish::TimedOut => assert!(over && stories.len() < quorum),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::play;
    use crate::machine::seeds;

    #[test]
    fn seeds_tell_what_they_are_called() {
        seeds::each("race", |name, bytes| {
            let ending = play(bytes, std::time::Instant::now());
            assert_eq!(name.replace('_', " "), ending);
        });
    }

    proptest! {
        #![proptest_config(seeds::by_chance())]

        #[test]
        fn no_story_makes_it_end_wrongly(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            play(&bytes, std::time::Instant::now());
        }
    }
}
