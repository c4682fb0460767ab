//! Who runs which node. Nodes of one operator are one witness, however many there are.

use std::sync::Arc;

/// The operator of each node, by a number.
#[derive(Clone, Debug)]
pub(crate) struct Operators(Arc<[usize]>);

impl Operators {
    /// By node: the nodes named together are of one operator, every other one is by itself. What is
    /// named in two groups joins them.
    pub(crate) fn new(nodes: usize, groups: &[Vec<usize>]) -> Operators {
        let mut operators: Vec<usize> = (0..nodes).collect();
        for group in groups {
            let of_group = |operators: &[usize]| -> Vec<usize> {
                group.iter().filter_map(|node| operators.get(*node).copied()).collect()
            };
            let same = of_group(&operators);
            let Some(first) = same.iter().min().copied() else { continue };
            operators.iter_mut().filter(|one| same.contains(one)).for_each(|one| *one = first);
        }
        Operators(operators.into())
    }

    /// The operator of a node.
    pub(crate) fn of(&self, node: usize) -> usize {
        self.0.get(node).copied().unwrap_or(node)
    }

    /// How many operators there are.
    pub(crate) fn count(&self) -> usize {
        self.votes(0..self.0.len())
    }

    /// Whose word counts as one where nobody alone is believed: that of an operator. Where there is only one,
    /// that of each node.
    pub(crate) fn witnesses(&self) -> Operators {
        match self.count() {
            1 => Operators::new(self.0.len(), &[]),
            _ => self.clone(),
        }
    }

    /// How many of them these nodes speak for.
    pub(crate) fn votes(&self, nodes: impl IntoIterator<Item = usize>) -> usize {
        let mut operators: Vec<usize> = nodes.into_iter().map(|node| self.of(node)).collect();
        operators.sort_unstable();
        operators.dedup();
        operators.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_one_operator_are_one_vote() {
        let operators = Operators::new(5, &[vec![0, 3], vec![4]]);
        assert_eq!(operators.count(), 4);
        assert_eq!(operators.votes([0, 3, 3]), 1);
        assert_eq!(operators.votes([0, 1, 3, 4]), 3);
        assert_eq!(operators.votes([]), 0);
        assert_eq!(Operators::new(5, &[]).count(), 5);
        assert_eq!(operators.witnesses().count(), 4);
        let one = Operators::new(3, &[vec![0, 1, 2]]);
        assert_eq!((one.count(), one.witnesses().count()), (1, 3), "there is nobody else");
    }

    #[test]
    fn groups_that_share_a_node_are_one() {
        for groups in [[vec![0, 1], vec![1, 2]], [vec![2, 1], vec![0, 1]], [vec![0, 2], vec![2, 1]]]
        {
            assert_eq!(Operators::new(4, &groups).count(), 2, "{groups:?}");
        }
        let chained = [vec![0, 1], vec![2, 3], vec![3, 1]];
        assert_eq!(Operators::new(4, &chained).count(), 1);
    }
}
