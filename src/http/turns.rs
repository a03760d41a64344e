//! Turns to compute, so many at a time, shared fairly between clients.
//!
//! Who waits is served by the time that his client has computed so far, least first (start-time fair queueing: Goyal, Vin,
//! Cheng, SIGCOMM 1996): a client that sends much, or what takes long, waits for its own requests and not the others for
//! it. A client that comes anew starts where those are that are served now; what it did not use before is not saved up.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// Whose work it is: the name of a token, or an address.
pub(super) type Client = Arc<str>;

/// The turns that there are.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug)]
struct Queue {
    free: usize,
    /// Where the client stood that was served last.
    clock: Duration,
    /// Those that compute or wait.
    clients: Vec<Share>,
}

#[derive(Debug)]
struct Share {
    client: Client,
    /// Time that it computed, from the clock on as it was when it came.
    spent: Duration,
    computing: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// A turn; it is given on when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Turns,
    /// `None` once it has ended.
    client: Option<Client>,
    since: Instant,
}

impl Turns {
    pub(super) fn new(n_turns: usize) -> Self {
        let queue = Queue { free: n_turns, clock: Duration::ZERO, clients: Vec::new() };
        Self { queue: Arc::new(Mutex::new(queue)) }
    }

    /// The next turn of `client`. Who stops waiting takes none.
    pub(super) async fn take(&self, client: Client) -> Turn {
        let (send, receive) = oneshot::channel();
        self.locked().share_of(client).waiting.push_back(send);
        self.give();
        receive.await.expect("who waits stays in the queue until it is served")
    }

    /// Turns that nobody has.
    pub(super) fn free(&self) -> usize {
        self.locked().free
    }

    fn locked(&self) -> MutexGuard<'_, Queue> {
        // What it holds is right between any two of its lines.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the free turns to those who wait.
    fn give(&self) {
        loop {
            let Some((client, send)) = self.locked().next() else { return };
            let turn = Turn { turns: self.clone(), client: Some(client), since: Instant::now() };
            if let Err(mut refused) = send.send(turn) {
                // It stopped waiting: the next one is served here.
                refused.end();
            }
        }
    }
}

impl Queue {
    fn share_of(&mut self, client: Client) -> &mut Share {
        let known = self.clients.iter().position(|share| share.client == client);
        let at = known.unwrap_or_else(|| {
            self.clients.push(Share { client, spent: self.clock, computing: 0, waiting: VecDeque::new() });
            self.clients.len() - 1
        });
        &mut self.clients[at]
    }

    /// Takes a free turn for the one who waits, of the client that has computed least.
    fn next(&mut self) -> Option<(Client, oneshot::Sender<Turn>)> {
        if self.free == 0 {
            return None;
        }
        let share = self
            .clients
            .iter_mut()
            .filter(|share| !share.waiting.is_empty())
            .min_by_key(|share| share.spent)?;
        let send = share.waiting.pop_front()?;
        share.computing += 1;
        self.clock = self.clock.max(share.spent);
        self.free -= 1;
        Some((Arc::clone(&share.client), send))
    }

    fn end(&mut self, client: &Client, took: Duration) {
        self.free += 1;
        if let Some(at) = self.clients.iter().position(|share| share.client == *client) {
            let share = &mut self.clients[at];
            share.spent += took;
            share.computing -= 1;
            if share.computing == 0 && share.waiting.is_empty() {
                self.clients.swap_remove(at);
            }
        }
    }
}

impl Turn {
    /// Ends it without serving the next one; false if it has ended.
    fn end(&mut self) -> bool {
        let client = self.client.take();
        if let Some(client) = &client {
            self.turns.locked().end(client, self.since.elapsed());
        }
        client.is_some()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.end() {
            self.turns.give();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::task::JoinHandle;
    use tokio::time::sleep;

    use super::{Client, Turn, Turns};

    fn client(name: &str) -> Client {
        Client::from(name)
    }

    /// A waiting task, which is in the queue when this returns.
    async fn waiting(turns: &Turns, name: &str) -> JoinHandle<Turn> {
        let (turns, name) = (turns.clone(), client(name));
        let task = tokio::spawn(async move { turns.take(name).await });
        tokio::task::yield_now().await;
        task
    }

    #[tokio::test]
    async fn a_client_that_has_computed_less_comes_before_many_requests_of_another() {
        let turns = Turns::new(1);
        let first = turns.take(client("greedy")).await;
        let mut greedy = Vec::new();
        for _ in 0..3 {
            greedy.push(waiting(&turns, "greedy").await);
        }
        let modest = waiting(&turns, "modest").await;
        sleep(Duration::from_millis(20)).await;
        drop(first);
        let turn = modest.await.expect("a turn");
        assert!(greedy.iter().all(|task| !task.is_finished()));
        drop(turn);
        for task in greedy {
            drop(task.await.expect("a turn"));
        }
        assert_eq!(turns.free(), 1);
        assert!(turns.locked().clients.is_empty());
    }

    #[tokio::test]
    async fn time_counts_and_not_the_number_of_requests() {
        let turns = Turns::new(1);
        let (mut of_long, mut of_short) = (0, 0);
        let mut long = waiting(&turns, "long").await;
        let mut short = waiting(&turns, "short").await;
        // Both always wait; turns of the one take ten times as long as the other's.
        while of_long < 5 {
            if long.is_finished() {
                let turn = long.await.expect("a turn");
                sleep(Duration::from_millis(20)).await;
                of_long += 1;
                long = waiting(&turns, "long").await;
                drop(turn);
            } else if short.is_finished() {
                let turn = short.await.expect("a turn");
                sleep(Duration::from_millis(2)).await;
                of_short += 1;
                short = waiting(&turns, "short").await;
                drop(turn);
            }
            tokio::task::yield_now().await;
        }
        assert!(of_short >= 15, "{of_short} short turns beside {of_long} long ones");
    }

    #[tokio::test]
    async fn who_stops_waiting_takes_no_turn_away() {
        let turns = Turns::new(1);
        let first = turns.take(client("a")).await;
        let gone = waiting(&turns, "b").await;
        let other = waiting(&turns, "c").await;
        gone.abort();
        assert!(gone.await.is_err());
        drop(first);
        drop(other.await.expect("a turn"));
        assert_eq!(turns.free(), 1);
        assert!(turns.locked().clients.is_empty());
    }

    #[tokio::test]
    async fn a_client_that_comes_anew_has_saved_nothing_up() {
        let turns = Turns::new(1);
        let first = turns.take(client("old")).await;
        sleep(Duration::from_millis(20)).await;
        let again = waiting(&turns, "old").await;
        drop(first);
        let second = again.await.expect("a turn");
        assert_eq!(turns.take_share(client("new")), turns.locked().clock);
        assert!(turns.locked().clock >= Duration::from_millis(20));
        drop(second);
    }

    impl Turns {
        fn take_share(&self, client: Client) -> Duration {
            self.locked().share_of(client).spent
        }
    }
}
