//! Places among the requests under way, shared between clients.
//!
//! A client gets one more as long as it holds fewer than are free (dynamic thresholds with a factor of one: Choudhury,
//! Hahne, IEEE/ACM Transactions on Networking 6(2), 1998). So one alone holds at most half, two that ask for all they can
//! get a third each, n an n+1st part; what is left is there for whoever comes next. A fixed share would have to know how
//! many clients there will be.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::turns::Client;

/// The places that there are.
#[derive(Clone, Debug)]
pub(super) struct Places {
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug)]
struct Taken {
    free: usize,
    /// How many each client holds, where it holds any.
    by_client: BTreeMap<Client, usize>,
}

/// A place; it is free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    client: Client,
}

impl Places {
    pub(super) fn new(n_places: usize) -> Self {
        Self { taken: Arc::new(Mutex::new(Taken { free: n_places, by_client: BTreeMap::new() })) }
    }

    /// A place for `client`, if there is one now.
    pub(super) fn take(&self, client: Client) -> Option<Place> {
        let mut taken = self.locked();
        if !taken.has_one_for(&client) {
            return None;
        }
        taken.free -= 1;
        *taken.by_client.entry(Arc::clone(&client)).or_default() += 1;
        Some(Place { places: self.clone(), client })
    }

    /// Whether there is a place for `client` now.
    pub(super) fn has_one_for(&self, client: &Client) -> bool {
        self.locked().has_one_for(client)
    }

    /// Places that nobody has.
    pub(super) fn free(&self) -> usize {
        self.locked().free
    }

    fn locked(&self) -> MutexGuard<'_, Taken> {
        // Nothing between two of its lines panics.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn has_one_for(&self, client: &Client) -> bool {
        self.by_client.get(client).copied().unwrap_or(0) < self.free
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.locked();
        taken.free += 1;
        if let Some(held) = taken.by_client.get_mut(&self.client) {
            *held -= 1;
            if *held == 0 {
                taken.by_client.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Places};

    /// All places that a client gets by asking until it is refused.
    fn all_for(places: &Places, client: &str) -> Vec<Place> {
        std::iter::from_fn(|| places.take(client.into())).collect()
    }

    #[test]
    fn one_client_gets_half_and_who_comes_next_half_of_the_rest() {
        let places = Places::new(8);
        let greedy = all_for(&places, "greedy");
        assert_eq!((greedy.len(), places.free()), (4, 4));
        let second = all_for(&places, "second");
        let third = all_for(&places, "third");
        assert_eq!((second.len(), third.len(), places.free()), (2, 1, 1));
        let fourth = all_for(&places, "fourth");
        assert_eq!((fourth.len(), places.free()), (1, 0));
        assert!(places.take("fifth".into()).is_none());
    }

    #[test]
    fn shares_become_equal_as_places_are_given_back() {
        let places = Places::new(8);
        let mut greedy = all_for(&places, "greedy");
        let mut second = all_for(&places, "second");
        // one place at a time is given back, and both ask for more
        for _ in 0..8 {
            greedy.pop();
            second.extend(all_for(&places, "second"));
            greedy.extend(all_for(&places, "greedy"));
        }
        assert_eq!((greedy.len(), second.len(), places.free()), (3, 3, 2));
    }

    #[test]
    fn what_was_given_back_is_there_again_and_the_client_forgotten() {
        let places = Places::new(1);
        let place = places.take("a".into()).expect("the only one");
        assert!(!places.has_one_for(&"b".into()));
        drop(place);
        assert!(places.has_one_for(&"b".into()));
        assert!(places.locked().by_client.is_empty());
    }
}
