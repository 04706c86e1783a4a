//! Queues of times, in chunks of one array.

/// How many times a chunk holds: with its successor's number it has 256 bytes.
pub(super) const TIMES: u32 = 63;

/// A part of a queue.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
struct Chunk {
    /// The number of the next chunk of the queue, or of the next free one; 0: none.
    next: u32,
    times: [u32; TIMES as usize],
}

/// The chunks, numbered from 1. All bytes zero: all are free.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Chunks<const CHUNKS: usize> {
    chunks: [Chunk; CHUNKS],
    /// How many have ever been used; the others are free.
    used: u32,
    /// The first free one of those.
    free: u32,
}

impl<const CHUNKS: usize> Chunks<CHUNKS> {
    #[cfg(test)]
    pub(super) const fn all_free() -> Self {
        Self { chunks: [Chunk { next: 0, times: [0; TIMES as usize] }; CHUNKS], used: 0, free: 0 }
    }

    fn get(&self, number: u32) -> &Chunk {
        &self.chunks[number as usize - 1]
    }

    fn get_mut(&mut self, number: u32) -> &mut Chunk {
        &mut self.chunks[number as usize - 1]
    }

    fn take(&mut self) -> Option<u32> {
        let number = if self.free != 0 {
            let number = self.free;
            self.free = self.get(number).next;
            number
        } else if (self.used as usize) < CHUNKS {
            self.used += 1;
            self.used
        } else {
            return None;
        };
        self.get_mut(number).next = 0;
        Some(number)
    }

    fn give_back(&mut self, number: u32) {
        self.get_mut(number).next = self.free;
        self.free = number;
    }
}

/// A queue of times, the oldest first.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Queue {
    /// The chunks of the oldest and of the newest time; 0 without any.
    first: u32,
    last: u32,
    /// The place of the oldest time in its chunk.
    from: u32,
    len: u32,
}

impl Queue {
    /// Without times.
    pub(super) const EMPTY: Self = Self { first: 0, last: 0, from: 0, len: 0 };

    pub(super) const fn len(self) -> u32 {
        self.len
    }

    /// Adds the newest time, if there is a chunk for it.
    pub(super) fn push<const CHUNKS: usize>(&mut self, chunks: &mut Chunks<CHUNKS>, time: u32) -> bool {
        let place = (self.from + self.len) % TIMES;
        if self.len == 0 || place == 0 {
            let Some(number) = chunks.take() else { return false };
            if self.len == 0 {
                *self = Self { first: number, last: number, from: 0, len: 0 };
            } else {
                chunks.get_mut(self.last).next = number;
                self.last = number;
            }
        }
        let place = (self.from + self.len) % TIMES;
        chunks.get_mut(self.last).times[place as usize] = time;
        self.len += 1;
        true
    }

    /// Removes the oldest time.
    pub(super) fn pop<const CHUNKS: usize>(&mut self, chunks: &mut Chunks<CHUNKS>) {
        if self.len == 0 {
            return;
        }
        self.len -= 1;
        self.from += 1;
        if self.len == 0 {
            chunks.give_back(self.first);
            *self = Self::EMPTY;
        } else if self.from == TIMES {
            let emptied = self.first;
            (self.first, self.from) = (chunks.get(emptied).next, 0);
            chunks.give_back(emptied);
        }
    }

    /// The time with this number, counted from the oldest, which has the number 0.
    pub(super) fn nth<const CHUNKS: usize>(&self, chunks: &Chunks<CHUNKS>, number: u32) -> Option<u32> {
        if number >= self.len {
            return None;
        }
        let mut chunk = chunks.get(self.first);
        let place = self.from + number;
        for _ in 0..place / TIMES {
            chunk = chunks.get(chunk.next);
        }
        Some(chunk.times[(place % TIMES) as usize])
    }

    /// Removes all times.
    pub(super) fn clear<const CHUNKS: usize>(&mut self, chunks: &mut Chunks<CHUNKS>) {
        while self.len > 0 {
            self.pop(chunks);
        }
    }
}
