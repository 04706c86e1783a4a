//! The steps of each part's routing, and sequences of work that respect them.

use super::Work;

/// The steps of each part: all operations with the same sequence number form one step.
#[derive(Debug)]
pub(super) struct Routing {
    /// The step of each operation within its part.
    step: Vec<usize>,
    /// The length of each step of each part: that of its longest operation.
    lengths: Vec<Vec<i64>>,
    /// Whether a part goes before parts that are not urgent.
    urgent: Vec<bool>,
}

impl Routing {
    pub(super) fn new(work: &[Work]) -> Self {
        let parts = work.iter().map(|work| work.part + 1).max().unwrap_or(0);
        let mut sequences = vec![Vec::new(); parts];
        let mut urgent = vec![false; parts];
        for work in work {
            sequences[work.part].push(work.sequence);
            urgent[work.part] |= work.urgent;
        }
        for part in &mut sequences {
            part.sort_unstable();
            part.dedup();
        }
        let step: Vec<_> = work
            .iter()
            .map(|work| sequences[work.part].binary_search(&work.sequence).expect("it was inserted above"))
            .collect();
        let mut lengths: Vec<_> = sequences.iter().map(|part| vec![0; part.len()]).collect();
        for (work, step) in work.iter().zip(&step) {
            let longest = &mut lengths[work.part][*step];
            *longest = work.length.max(*longest);
        }
        Self { step, lengths, urgent }
    }

    /// The step of an operation within its part.
    pub(super) fn step_of(&self, index: usize) -> usize {
        self.step[index]
    }

    /// A value for each step of each part.
    pub(super) fn for_each_step<T: Copy>(&self, value: T) -> Vec<Vec<T>> {
        self.lengths.iter().map(|part| vec![value; part.len()]).collect()
    }

    /// The orders to try. In each, a step comes after all earlier steps of its part. They depend only on lengths, never on capacity.
    pub(super) fn orders(&self, work: &[Work]) -> [Vec<usize>; 3] {
        let before = |index: usize| -> i64 { self.lengths[work[index].part][..self.step[index]].iter().sum() };
        let after = |index: usize| -> i64 { self.lengths[work[index].part][self.step[index] + 1..].iter().sum() };
        let place = |index: usize| (work[index].part, self.step[index], index);
        // The three ranks: earliest possible start first; most remaining work first; part by part.
        let sorted = |rank: &dyn Fn(usize) -> i64| {
            let mut order: Vec<_> = (0..work.len()).collect();
            order.sort_by_key(|&index| (!self.urgent[work[index].part], rank(index), place(index)));
            order
        };
        [sorted(&before), sorted(&|index| -(work[index].length + after(index))), sorted(&|_| 0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_never_comes_before_an_earlier_one_of_its_part() {
        let work = |part, sequence, length| Work { part, urgent: part == 2, sequence, cell: 0, length };
        let all = [work(0, 30, 0), work(0, 10, 0), work(1, 20, 5), work(0, 20, 0), work(1, 10, 9), work(2, -5, 1)];
        let routing = Routing::new(&all);
        for order in routing.orders(&all) {
            assert_eq!(order[0], 5, "the urgent part is first");
            let sequences =
                |part| order.iter().filter(move |index| all[**index].part == part).map(|i| all[*i].sequence);
            assert!(sequences(0).is_sorted() && sequences(1).is_sorted(), "{order:?}");
        }
    }
}
