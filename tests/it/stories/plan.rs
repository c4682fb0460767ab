//! What shall happen in a story, decided by its seed before it begins.

use std::time::Duration;

use xrpl_txdata::{MonitorSource, WatchSource};

use super::faults::{self, Failing, Harm, Lie};

/// The length of a story. After it everything that waits comes to its end.
pub(super) const LENGTH: u64 = 160_000;

/// A small generator of our own: a story depends on its seed alone.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }
}

/// A world and what happens in it.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) nodes: Vec<Character>,
    pub(super) source: WatchSource,
    pub(super) watched: usize,
    pub(super) belief: Belief,
    pub(super) monitor: Option<MonitorSource>,
    /// Transactions of others in each ledger.
    pub(super) traffic: u32,
    /// By the moment at which they happen.
    pub(super) moves: Vec<Move>,
}

/// Whom the client believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belief {
    /// So many nodes that tell the same.
    Nodes(usize),
    /// Those who sign ledgers.
    Validators,
}

#[derive(Clone, Debug)]
pub(super) struct Character {
    pub(super) manner: Manner,
    pub(super) latency: Duration,
    pub(super) over_http: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Never does anything wrong.
    Steady,
    /// Fails at times.
    Shaky,
    /// Lies at times.
    Liar,
}

#[derive(Clone, Debug)]
pub(super) struct Move {
    /// Milliseconds from the beginning.
    pub(super) at: u64,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Fail { node: usize, failing: Failing },
    Lie { node: usize, lie: Lie },
    Heal { node: usize },
    Cut { node: usize },
    Look(Look),
}

/// A lookup.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) target: Target,
    pub(super) wait: u64,
    /// So many ledgers after the current one its transaction could be at most.
    pub(super) last: Option<u32>,
    /// Milliseconds after which nobody wants to know any more.
    pub(super) given_up: Option<u64>,
    /// How many ask for the same.
    pub(super) times: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// Validated before the story.
    Old,
    /// Comes so many ledgers after the next one.
    Coming(u32),
    Never,
}

impl Plan {
    pub(super) fn of(seed: u64) -> Plan {
        let mut dice = Dice(seed);
        let count = 1 + dice.below(5) as usize;
        // In half of the worlds somebody lies, in some all but one.
        let liars = if dice.chance(2) { dice.below(count as u64) as usize } else { 0 };
        let mut nodes: Vec<Character> = (0..count)
            .map(|node| Character {
                manner: match node < liars {
                    true => Manner::Liar,
                    false if dice.chance(2) => Manner::Steady,
                    false => Manner::Shaky,
                },
                latency: Duration::from_millis(dice.below(3) * dice.below(150)),
                over_http: dice.chance(6),
            })
            .collect();
        // In half of the worlds the liars are asked first.
        if dice.chance(2) {
            nodes.rotate_right(dice.below(count as u64) as usize);
        }
        let belief = match dice.chance(6) {
            true => Belief::Validators,
            false => Belief::Nodes(1 + dice.below(count.min(2) as u64) as usize),
        };
        let mut moves = Vec::new();
        for (node, character) in nodes.iter().enumerate() {
            moves.extend(misdeeds(&mut dice, node, character.manner, belief));
        }
        // No monitor proves what it tells.
        let monitor = (belief != Belief::Validators && dice.chance(3)).then(|| {
            [MonitorSource::Transactions, MonitorSource::Accounts, MonitorSource::Ledgers]
                [dice.below(3) as usize]
        });
        // More questions for liars to answer, more payments for a monitor to miss.
        let looks = 3 + dice.below(6) + 5 * u64::from(liars > 0) + 8 * u64::from(monitor.is_some());
        for _ in 0..looks {
            moves.push(Move { at: dice.below(LENGTH), what: What::Look(Look::of(&mut dice)) });
        }
        moves.sort_by_key(|one| one.at);
        Plan {
            seed,
            source: [WatchSource::Stream, WatchSource::HashLists][dice.below(2) as usize],
            watched: 1 + dice.below(3) as usize,
            belief,
            monitor,
            traffic: dice.below(3) as u32,
            nodes,
            moves,
        }
    }

    /// How many nodes must tell the same.
    pub(super) fn agreement(&self) -> usize {
        match self.belief {
            Belief::Nodes(agreement) => agreement,
            Belief::Validators => 1,
        }
    }

    pub(super) fn steady(&self) -> usize {
        self.nodes.iter().filter(|node| node.manner == Manner::Steady).count()
    }

    pub(super) fn has_liar(&self) -> bool {
        self.lies().next().is_some()
    }

    /// The nodes that do nothing wrong up to this moment, in milliseconds from the beginning.
    pub(super) fn good_until(&self, moment: u64) -> usize {
        let does_wrong = |node: &usize| {
            self.moves.iter().any(|one| one.at <= moment && one.what.culprit() == Some(*node))
        };
        (0..self.nodes.len()).filter(|node| !does_wrong(node)).count()
    }

    /// The nodes with a lie of this kind.
    pub(super) fn liars(&self, kind: impl Fn(Lie) -> bool) -> usize {
        let lies = |node: &usize| self.lies().any(|(by, _, lie)| by == *node && kind(lie));
        (0..self.nodes.len()).filter(lies).count()
    }

    /// Whether a node had begun by this moment to lie with this effect.
    pub(super) fn may(&self, node: usize, harm: Harm, moment: u64) -> bool {
        let begun = |(by, at, lie): (usize, u64, Lie)| {
            by == node && at <= moment && lie.harm() == Some(harm)
        };
        self.lies().any(begun)
    }

    /// Whether a node's history had begun by this moment to come and go between two requests.
    pub(super) fn flickers(&self, node: usize, moment: u64) -> bool {
        let begun = |one: &Move| match one.what {
            What::Fail { node: by, failing } => by == node && one.at <= moment && failing.flickers,
            _ => false,
        };
        self.moves.iter().any(begun)
    }

    /// Who lies, from when on, and how.
    fn lies(&self) -> impl Iterator<Item = (usize, u64, Lie)> + '_ {
        self.moves.iter().filter_map(|one| match one.what {
            What::Lie { node, lie } => Some((node, one.at, lie)),
            _ => None,
        })
    }
}

impl What {
    /// Who does wrong.
    fn culprit(&self) -> Option<usize> {
        match self {
            What::Fail { node, .. } | What::Lie { node, .. } | What::Cut { node } => Some(*node),
            What::Heal { .. } | What::Look(_) => None,
        }
    }
}

/// Bad times and good times in turn.
fn misdeeds(dice: &mut Dice, node: usize, manner: Manner, belief: Belief) -> Vec<Move> {
    let mut moves = Vec::new();
    if manner == Manner::Steady {
        return moves;
    }
    // Who is found out is not asked for long: with few lies of its own a liar has a chance.
    let own = [Lie::of(dice, belief), Lie::of(dice, belief)];
    let mut at = dice.below(2) * dice.below(60_000);
    while at < LENGTH {
        for _ in 0..1 + dice.below(2) {
            let what = match manner {
                Manner::Liar => What::Lie { node, lie: own[dice.below(2) as usize] },
                _ => What::Fail { node, failing: faults::honest(dice) },
            };
            moves.push(Move { at, what });
        }
        if dice.chance(2) {
            moves.push(Move { at: at + dice.below(2_000), what: What::Cut { node } });
        }
        at += 500 + dice.below(60_000);
        moves.push(Move { at, what: What::Heal { node } });
        at += dice.below(60_000);
    }
    moves
}

impl Look {
    fn of(dice: &mut Dice) -> Look {
        let target = match dice.below(8) {
            0 | 1 => Target::Old,
            2 => Target::Never,
            _ => Target::Coming(dice.below(12) as u32),
        };
        let wait = [0, 1, 10, 30, 60, 3_600][dice.below(6) as usize];
        let after = match target {
            Target::Coming(after) => after + 1,
            Target::Old | Target::Never => 0,
        };
        let last = (wait > 0 && dice.chance(2)).then(|| after + 1 + dice.below(8) as u32);
        // Nobody waits an hour for what has no end.
        let wait = if wait == 3_600 && last.is_none() { 90 } else { wait };
        Look {
            target,
            wait,
            last,
            given_up: dice.chance(6).then(|| dice.below(30_000)),
            times: if dice.chance(8) { 20 } else { 1 },
        }
    }
}
