//! Steps 2 and 8 of the trip: while somebody waits, nodes are asked and the watch is listened to.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::BoxFuture;
use tokio::{
    sync::oneshot,
    time::{Instant, sleep},
};

use super::Question;
use crate::{
    client::{
        absence::Lookup,
        asking::{Finding, Raced, Short},
        watching::{News, Waiting},
    },
    error::{Error, ErrorKind},
    machine::race::ASK_AGAIN,
    tx::ResolvedBy,
};

/// The longest pause before nodes are asked again that could not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What asking all nodes has led to, while somebody waits.
enum Asked {
    Answered(Result<Lookup, Error>),
    /// These have it, and others do not yet.
    Short(Vec<usize>),
    /// It is not there yet, as many have said as must.
    Absent,
}

/// What the watch tells. Never ends when it tells nothing any more, also when that was heard before.
async fn heard(news: &mut oneshot::Receiver<News>) -> News {
    if !news.is_terminated()
        && let Ok(news) = news.await
    {
        return news;
    }
    std::future::pending().await
}

/// The same, where somebody listens at all.
async fn more(news: &mut Option<oneshot::Receiver<News>>) -> News {
    match news {
        Some(news) => heard(news).await,
        None => std::future::pending().await,
    }
}

impl Question<'_> {
    /// Asks and listens until something is decided. Never ends if nothing is.
    pub(super) async fn pursue(
        &self,
        waiting: &Waiting,
        mut news: oneshot::Receiver<News>,
    ) -> Option<Result<Lookup, Error>> {
        if let Some(answer) = self.until_closed(self.ask(waiting, &mut news)).await? {
            return Some(answer);
        }
        // Here many wait for long, and hold nothing beside this.
        let told = if news.is_terminated() { None } else { news.await.ok() };
        match told {
            Some(news) => self.until_closed(self.learn(waiting, news)).await,
            // There is no watch any more: the client was closed, or the watch is lost and the wait goes on.
            None => self.until_closed(std::future::pending()).await,
        }
    }

    /// Asks all nodes and listens; none when as many as must have said that it is not there yet.
    async fn ask(
        &self,
        waiting: &Waiting,
        news: &mut oneshot::Receiver<News>,
    ) -> Option<Result<Lookup, Error>> {
        let mut late = None;
        let asked = {
            let mut asking = std::pin::pin!(self.ask_until_answered(waiting));
            loop {
                tokio::select! {
                    // What a node has answered counts first: a place that is taken need not be asked
                    // for again because the watch, too, has reached it.
                    biased;
                    asked = &mut asking => break Ok(asked),
                    told = heard(late.as_mut().unwrap_or(&mut *news)) => match told {
                        // All are being asked just now.
                        News::Reached(more) if !self.is_place() => late = Some(more),
                        told => break Err(told),
                    },
                }
            }
        };
        match (asked, late) {
            (Err(told), _) => Some(self.learn(waiting, told).await),
            (Ok(Asked::Answered(answer)), _) => Some(answer),
            // Like a ledger that was reached, the others must have it in a moment.
            (Ok(Asked::Short(claimed)), _) => Some(self.insist(waiting, claimed, None).await),
            (Ok(Asked::Absent), Some(more)) => Some(self.insist(waiting, [], Some(more)).await),
            (Ok(Asked::Absent), None) => None,
        }
    }

    /// What follows from what the watch tells.
    async fn learn(&self, waiting: &Waiting, news: News) -> Result<Lookup, Error> {
        match news {
            News::Never { searched } => Ok(self.absent(searched, Vec::new(), true)),
            News::Found { tx, node } if self.agreement() == 1 && self.prover.is_none() => {
                let (resolved_by, agreed) = (ResolvedBy::LedgerWatch, vec![node]);
                let attempts = Vec::new();
                Ok(self.found(Finding { tx: *tx, node, resolved_by, agreed, attempts }))
            }
            News::Found { node, .. } => self.insist(waiting, [node], None).await,
            News::Reached(more) => self.insist(waiting, [], Some(more)).await,
        }
    }

    /// Asks all nodes, and again when the network is back.
    async fn ask_until_answered(&self, waiting: &Waiting) -> Asked {
        let mut deadline = self.started + self.inner().timeouts.overall;
        let needed = match self.asked.last_ledger {
            Some(_) => self.needed_for_never(),
            None => 1,
        };
        let mut pause = ASK_AGAIN;
        loop {
            let mut followed = waiting.followed();
            let answered = match self.race_beside(waiting, deadline).await {
                Raced::Absent { searched, .. } => {
                    let nodes = searched.iter().map(|(node, _)| *node);
                    self.inner().operators.witnesses().votes(nodes)
                }
                Raced::Short(short) => return Asked::Short(short.claimed),
                Raced::Failed(error) if error.kind() != ErrorKind::Disagreement => 0,
                decided => return Asked::Answered(self.told(decided)),
            };
            if answered >= needed {
                return Asked::Absent;
            }
            tokio::select! {
                _ = followed.changed() => {}
                // Nodes that can be followed can be asked. Others are not pestered by everybody who
                // waits: the watch tries them for all.
                () = sleep(pause), if answered == 0 && waiting.is_following() => {
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
            deadline = Instant::now() + self.inner().timeouts.overall;
        }
    }

    /// Asks again and again, and ever more seldom, for what must be there by now if it is not "never", or is
    /// there as these nodes claim: until enough tell the same, or enough others know that it can never be.
    /// Listens as long as nobody claims it.
    async fn insist(
        &self,
        waiting: &Waiting,
        claimed: impl IntoIterator<Item = usize>,
        mut news: Option<oneshot::Receiver<News>>,
    ) -> Result<Lookup, Error> {
        let mut claimed: BTreeSet<usize> = claimed.into_iter().collect();
        let mut pause = ASK_AGAIN;
        loop {
            let mut followed = waiting.followed();
            let deadline = Instant::now() + self.inner().timeouts.overall;
            let raced = tokio::select! {
                biased;
                raced = self.race_beside(waiting, deadline) => raced,
                told = more(&mut news) => return self.learn_more(waiting, told).await,
            };
            claimed.extend(waiting.claimants());
            match raced {
                Raced::Found(finding) => {
                    let resolved_by = ResolvedBy::LedgerWatch;
                    return Ok(self.found(Finding { resolved_by, ..finding }));
                }
                Raced::Failed(error) if error.kind() == ErrorKind::Disagreement => {
                    return Err(error);
                }
                Raced::Failed(_) => {}
                Raced::Absent { searched, attempts } => {
                    if let Some(never) = self.never(&claimed, searched, attempts) {
                        return Ok(never);
                    }
                }
                Raced::Short(Short { error, claimed: also, searched }) => {
                    claimed.extend(also);
                    let attempts = error.attempts().to_vec();
                    if let Some(never) = self.never(&claimed, searched, attempts) {
                        return Ok(never);
                    }
                }
            }
            news = news.filter(|_| claimed.is_empty());
            tokio::select! {
                told = more(&mut news) => return self.learn_more(waiting, told).await,
                _ = followed.changed() => {}
                // A ledger that only one node calls closed will close. What one node alone claims may be
                // claimed for long, and nobody shall be worn out with questions about it.
                () = sleep(pause) => if !self.is_place() {
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn learn_more<'a>(
        &'a self,
        waiting: &'a Waiting,
        told: News,
    ) -> BoxFuture<'a, Result<Lookup, Error>> {
        Box::pin(self.learn(waiting, told))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    /// What is heard after a watch has ended is nothing, as often as somebody listens.
    #[tokio::test]
    async fn a_watch_that_ended_can_be_listened_to_again() {
        let (sender, mut news) = oneshot::channel();
        assert!(heard(&mut news).now_or_never().is_none());
        drop(sender);
        assert!(heard(&mut news).now_or_never().is_none());
        assert!(heard(&mut news).now_or_never().is_none());
    }
}
