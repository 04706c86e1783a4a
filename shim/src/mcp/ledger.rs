//! The requests that are waiting for an answer, so that each gets exactly one.

use std::collections::HashMap;

use rmcp::model::RequestId;

/// A JSON-RPC batch (protocol 2025-03-26): its answers are sent together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BatchId(u64);

#[derive(Debug)]
enum State {
    Waiting(Option<BatchId>),
    /// The client no longer wants an answer. The id stays in use: the SDK would deliver a late
    /// answer to a new request with the same id, and MCP forbids reusing an id.
    Cancelled,
}

#[derive(Debug, Default)]
struct Batch {
    waiting: usize,
    answers: Vec<String>,
}

/// The open requests.
#[derive(Debug, Default)]
pub struct Ledger {
    open: HashMap<RequestId, State>,
    batches: HashMap<BatchId, Batch>,
    next_batch: u64,
}

impl Ledger {
    /// Starts a new batch; `seal` it when all its members are known.
    pub fn begin_batch(&mut self) -> BatchId {
        let id = BatchId(self.next_batch);
        self.next_batch += 1;
        // Held open until it is sealed.
        self.batches.insert(id, Batch { waiting: 1, answers: Vec::new() });
        id
    }

    /// Closes the list of members; returns the line to write if there is nothing left to wait for.
    pub fn seal(&mut self, batch: BatchId) -> Option<String> {
        self.settle(batch, None)
    }

    /// Registers a request; false if its id is in use.
    pub fn open(&mut self, id: &RequestId, batch: Option<BatchId>) -> bool {
        if self.open.contains_key(id) {
            return false;
        }
        self.open.insert(id.clone(), State::Waiting(batch));
        if let Some(batch) = batch.and_then(|b| self.batches.get_mut(&b)) {
            batch.waiting += 1;
        }
        true
    }

    /// Accepts the answer to an open request; returns the line to write, if it can be written now.
    pub fn answer(&mut self, id: &RequestId, answer: String) -> Option<String> {
        match self.open.get(id) {
            Some(State::Waiting(batch)) => {
                let batch = *batch;
                self.open.remove(id);
                match batch {
                    Some(batch) => self.settle(batch, Some(answer)),
                    None => Some(answer),
                }
            }
            Some(State::Cancelled) => None,
            None => Some(answer),
        }
    }

    /// Adds an error for something that never became a request.
    pub fn refuse(&mut self, batch: Option<BatchId>, answer: String) -> Option<String> {
        match batch.and_then(|b| self.batches.get_mut(&b)) {
            Some(batch) => {
                batch.answers.push(answer);
                None
            }
            None => Some(answer),
        }
    }

    /// Marks a request as cancelled by the client: no answer will be written.
    pub fn cancel(&mut self, id: &RequestId) -> Option<String> {
        let state = self.open.get_mut(id)?;
        match std::mem::replace(state, State::Cancelled) {
            State::Waiting(Some(batch)) => self.settle(batch, None),
            State::Waiting(None) | State::Cancelled => None,
        }
    }

    fn settle(&mut self, id: BatchId, answer: Option<String>) -> Option<String> {
        let batch = self.batches.get_mut(&id)?;
        batch.answers.extend(answer);
        batch.waiting -= 1;
        if batch.waiting > 0 {
            return None;
        }
        let answers = self.batches.remove(&id)?.answers;
        (!answers.is_empty()).then(|| format!("[{}]", answers.join(",")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: i64) -> RequestId {
        RequestId::Number(n)
    }

    #[test]
    fn an_id_is_free_again_after_its_answer_but_not_after_a_cancel() {
        let mut ledger = Ledger::default();
        assert!(ledger.open(&id(1), None) && !ledger.open(&id(1), None));
        assert_eq!(ledger.answer(&id(1), "a".into()), Some("a".into()));
        assert!(ledger.open(&id(1), None));
        assert_eq!(ledger.cancel(&id(1)), None);
        assert_eq!(ledger.answer(&id(1), "late".into()), None);
        assert!(!ledger.open(&id(1), None));
    }

    #[test]
    fn the_answers_of_a_batch_are_sent_together() {
        let mut ledger = Ledger::default();
        let batch = ledger.begin_batch();
        assert!(
            ledger.open(&id(1), Some(batch)) && ledger.open(&id(2), Some(batch)) && ledger.open(&id(3), Some(batch))
        );
        assert_eq!(ledger.refuse(Some(batch), "r".into()), None);
        assert_eq!(ledger.answer(&id(2), "b".into()), None);
        assert_eq!(ledger.seal(batch), None);
        assert_eq!(ledger.cancel(&id(3)), None);
        assert_eq!(ledger.answer(&id(1), "a".into()), Some("[r,b,a]".into()));
    }

    #[test]
    fn a_batch_of_notifications_is_not_answered() {
        let mut ledger = Ledger::default();
        let batch = ledger.begin_batch();
        assert_eq!(ledger.seal(batch), None);
        assert!(ledger.batches.is_empty());
    }
}
