//! Step 5 of the trip: the requests of one connection that wait for their answer.

use std::collections::HashMap;

/// Waiting requests by id. An entry leaves by its answer, by the drop of its waiter, or with the
/// connection; there is no other way.
#[derive(Debug)]
pub(crate) struct Pending<W> {
    waiting: HashMap<u64, W>,
    limit: usize,
}

impl<W> Pending<W> {
    pub(crate) fn new(limit: usize) -> Pending<W> {
        Pending { waiting: HashMap::new(), limit }
    }

    /// Registers a request; gives the waiter back when there are too many.
    pub(crate) fn insert(&mut self, id: u64, waiter: W) -> Result<(), W> {
        if self.waiting.len() >= self.limit {
            return Err(waiter);
        }
        self.waiting.insert(id, waiter);
        Ok(())
    }

    /// The answer came: whoever waits for it, once. A second answer, a late one and one that nobody
    /// asked for find nobody.
    pub(crate) fn answer(&mut self, id: u64) -> Option<W> {
        self.waiting.remove(&id)
    }

    /// The waiter is gone.
    pub(crate) fn cancel(&mut self, id: u64) {
        self.waiting.remove(&id);
    }

    pub(crate) fn is_waiting(&self, id: u64) -> bool {
        self.waiting.contains_key(&id)
    }

    #[cfg(feature = "testing")]
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The connection is gone: everybody who still waited.
    pub(crate) fn drain(&mut self) -> Vec<W> {
        self.waiting.drain().map(|(_, waiter)| waiter).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_finds_its_waiter_once() {
        let mut pending = Pending::new(10);
        assert!(pending.is_empty());
        pending.insert(1, "a").unwrap();
        pending.insert(2, "b").unwrap();
        assert!(!pending.is_empty() && pending.len() == 2);
        assert_eq!(pending.answer(2), Some("b"));
        assert_eq!(pending.answer(2), None);
        assert_eq!(pending.answer(3), None);
        assert!(pending.is_waiting(1) && !pending.is_waiting(2) && !pending.is_waiting(3));
    }

    #[test]
    fn an_answer_after_the_cancellation_finds_nobody() {
        let mut pending = Pending::new(10);
        pending.insert(1, "a").unwrap();
        pending.cancel(1);
        assert!(pending.is_empty());
        assert_eq!(pending.answer(1), None);
    }

    #[test]
    fn there_is_a_limit() {
        let mut pending = Pending::new(1);
        pending.insert(1, "a").unwrap();
        assert_eq!(pending.insert(2, "b"), Err("b"));
        assert_eq!(pending.drain(), ["a"]);
        pending.insert(2, "b").unwrap();
    }
}
