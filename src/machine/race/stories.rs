//! Random stories of a race: from bytes to replies, so that a property test and a fuzzer can tell them
//! alike.

use super::*;

const STAGGER: Duration = Duration::from_millis(100);
const OVERALL: Duration = Duration::from_secs(3);

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
    /// It does not have it, and has not reached the ledger in which others do.
    Behind,
    Failed,
}

/// A node that was asked.
#[derive(Debug)]
struct Asked {
    first: First,
    /// When it said so.
    replied: Instant,
    /// It said that it is behind, perhaps before it was asked again.
    was_behind: bool,
    hesitates: bool,
}

impl Asked {
    fn can_be_asked_again(&self, start: Instant) -> bool {
        self.first == First::Behind && self.replied + ASK_AGAIN < start + OVERALL
    }
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
    let mut race = Race::new(nodes.into(), STAGGER, start + OVERALL, quorum);
    let mut asked: Vec<Asked> = Vec::new();
    loop {
        while let Some(node) = race.ask_next(now) {
            if let Some(again) = asked.get_mut(node) {
                assert_eq!(again.first, First::Behind, "asked again without a reason");
                assert!(now >= again.replied + ASK_AGAIN, "asked again without a pause");
                again.first = First::Nothing;
                continue;
            }
            assert_eq!(node, asked.len(), "in order");
            // For each that could not help, and for each time that all stayed silent.
            let vain = |one: &&Asked| {
                one.was_behind
                    || one.hesitates
                    || matches!(one.first, First::Absent | First::Failed)
            };
            let vain = asked.iter().filter(vain).count();
            let silences = (now - start).as_millis() / STAGGER.as_millis();
            assert!(node < quorum + vain + silences as usize, "asked without a reason");
            asked.push(Asked {
                first: First::Nothing,
                replied: now,
                was_behind: false,
                hesitates: false,
            });
        }
        if let Some(finish) = race.finish(now) {
            let hopeless = !asked.iter().any(|one| one.can_be_asked_again(start));
            judge(&finish, &asked, usize::from(nodes), quorum, now >= start + OVERALL, hopeless);
            assert!(race.finish(now).is_none() && race.ask_next(now).is_none(), "it is over");
            return ending(&finish, &asked);
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
                if let (1, Some(one)) = (kind, asked.get_mut(node)) {
                    race.hesitates(node);
                    one.hesitates |= one.first == First::Nothing;
                }
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
            6 => (Reply::Absent(LedgerRanges::from_iter([1..=8])), First::Behind),
            _ => (Reply::Failed(Step::Dial, Failure::NotValidated), First::Failed),
        };
        race.replied(node, reply, now);
        // Only the first reply of a node that was asked counts, and a failure takes no word back.
        if let Some(one) = asked.get_mut(node).filter(|one| one.first == First::Nothing) {
            let stands = one.was_behind && first == First::Failed;
            one.first = if stands { First::Behind } else { first };
            one.was_behind |= first == First::Behind;
            one.replied = now;
        }
    }
}

fn ending(finish: &Finish<Told>, asked: &[Asked]) -> &'static str {
    match finish {
        Finish::Found { node, .. } if asked[*node].was_behind => "found when asked again",
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
    asked: &[Asked],
    nodes: usize,
    quorum: usize,
    over: bool,
    hopeless: bool,
) {
    let stories: Vec<Told> = asked
        .iter()
        .filter_map(|one| match one.first {
            First::Told(told) => Some(told),
            _ => None,
        })
        .collect();
    let contradiction = stories.windows(2).any(|pair| pair[0] != pair[1]);
    let settled = asked.iter().filter(|one| one.first != First::Nothing).count();
    match finish {
        Finish::Found { story, node, agreed, .. } => {
            assert!(agreed.len() >= quorum && agreed.contains(node) && !contradiction);
            for one in agreed {
                assert_eq!(asked[*one].first, First::Told(*story), "it said something else");
            }
        }
        Finish::Disagreement { stories: [(one, told), (other, contrary)] } => {
            assert_eq!(
                (asked[*one].first, asked[*other].first),
                (First::Told(*told), First::Told(*contrary))
            );
            assert_ne!(told, contrary);
        }
        Finish::Absent(searched) => {
            assert!(stories.is_empty() && !searched.is_empty());
            let absent = |(node, _): &(usize, _)| {
                matches!(asked[*node].first, First::Absent | First::Behind)
            };
            assert!(searched.iter().all(absent));
            assert!(over || settled == nodes);
        }
        Finish::Failed => {
            assert!(settled == nodes && stories.len() < quorum);
            assert!(stories.is_empty() || hopeless, "somebody may have it in a moment");
        }
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
