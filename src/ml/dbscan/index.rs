//! A [`Neighbourhood`] as linfa's nearest-neighbour index: the "coordinates" that linfa sees are row numbers.
//!
//! linfa's trait lets only the batch and the distance function borrow, so the neighbourhood comes in as the distance
//! function: asked for a distance, it writes the neighbours of the point into an answer shared with the index.
//!
//! Two things are settled here that linfa leaves open. Weights: an answer is empty unless the point is core, and else
//! holds at least [`LINFA_MIN_POINTS`] entries. Size: a point that one core point has named is in that point's
//! cluster, or waits to be, and linfa would drop every later mention; it is named once, so that all answers together
//! hold each point once, and memory stays `O(n)`.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use linfa::Float;
use linfa::prelude::{ParamGuard, Transformer};
use linfa_clustering::Dbscan;
use linfa_nn::distance::Distance;
use linfa_nn::{BuildError, NearestNeighbour, NearestNeighbourIndex, NnError};
use ndarray::{Array2, ArrayBase, ArrayView, ArrayView1, ArrayView2, Data, Dimension, Ix2};

use super::Neighbourhood;

/// The least that linfa accepts; the caller's `min_points` is applied with weights in [`CoreNeighbours`].
const LINFA_MIN_POINTS: usize = 2;

/// Labels as linfa gives them: numbers by first core point.
pub(super) fn clusters<P: Neighbourhood>(
    points: &P,
    weights: Option<&[u64]>,
    min_points: u64,
) -> Vec<Option<usize>> {
    let n_points = points.len();
    let answer = Arc::new(Mutex::new(Answer { named: vec![false; n_points], ..Answer::default() }));
    let neighbours = CoreNeighbours { points, weights, min_points, answer: Arc::clone(&answer) };
    let numbers = Array2::from_shape_fn((n_points, 1), |(row, _)| row as f64);
    Dbscan::params_with(LINFA_MIN_POINTS, neighbours, ByNumber(answer))
        .tolerance(1.0)
        .check()
        .expect("two points and a tolerance of one are what linfa accepts")
        .transform(&numbers)
        .to_vec()
}

#[derive(Debug, Default)]
struct Answer {
    points: Vec<usize>,
    within_eps: Vec<usize>,
    named: Vec<bool>,
}

/// linfa's "distance": writes the neighbours of a core point that no core point has named yet.
struct CoreNeighbours<'a, P> {
    points: &'a P,
    weights: Option<&'a [u64]>,
    min_points: u64,
    answer: Arc<Mutex<Answer>>,
}

impl<P> Clone for CoreNeighbours<'_, P> {
    fn clone(&self) -> Self {
        Self { answer: Arc::clone(&self.answer), ..*self }
    }
}

impl<P: Neighbourhood> CoreNeighbours<'_, P> {
    fn query(&self, point: usize) {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        let Answer { points, within_eps, named } = &mut *answer;
        points.clear();
        within_eps.clear();
        self.points.within_eps(point, within_eps);
        let occurrences = within_eps.iter().fold(0_u64, |sum, &near| sum.saturating_add(self.weight(near)));
        if occurrences < self.min_points {
            return;
        }
        points.extend(within_eps.iter().filter(|&&near| !named[near]));
        points.iter().for_each(|&near| named[near] = true);
        while points.len() < LINFA_MIN_POINTS {
            points.push(point);
        }
    }

    fn weight(&self, point: usize) -> u64 {
        self.weights.map_or(1, |weights| weights[point].min(self.min_points))
    }
}

impl<F: Float, P: Neighbourhood> Distance<F> for CoreNeighbours<'_, P> {
    fn distance<D: Dimension>(&self, point: ArrayView<'_, F, D>, _same: ArrayView<'_, F, D>) -> F {
        self.query(number(&point));
        F::zero()
    }
}

fn number<F: Float, D: Dimension>(point: &ArrayView<'_, F, D>) -> usize {
    (*point.first().expect("a row holds its number")).as_()
}

/// Builds [`Index`].
struct ByNumber(Arc<Mutex<Answer>>);

impl fmt::Debug for ByNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByNumber")
    }
}

impl NearestNeighbour for ByNumber {
    fn from_batch_with_leaf_size<'a, F: Float, DT: Data<Elem = F>, D: 'a + Distance<F>>(
        &self,
        batch: &'a ArrayBase<DT, Ix2>,
        _leaf_size: usize,
        distance: D,
    ) -> Result<Box<dyn 'a + Send + Sync + NearestNeighbourIndex<F>>, BuildError> {
        Ok(Box::new(Index { numbers: batch.view(), neighbours: distance, answer: Arc::clone(&self.0) }))
    }
}

struct Index<'a, F, D> {
    numbers: ArrayView2<'a, F>,
    neighbours: D,
    answer: Arc<Mutex<Answer>>,
}

impl<F: Float, D: Distance<F>> NearestNeighbourIndex<F> for Index<'_, F, D> {
    /// Not a question DBSCAN asks: answered in the order of row numbers.
    fn k_nearest(&self, _: ArrayView1<'_, F>, k: usize) -> Result<Vec<(ArrayView1<'_, F>, usize)>, NnError> {
        Ok((0..self.numbers.nrows().min(k)).map(|row| (self.numbers.row(row), row)).collect())
    }

    fn within_range(
        &self,
        point: ArrayView1<'_, F>,
        _range: F,
    ) -> Result<Vec<(ArrayView1<'_, F>, usize)>, NnError> {
        self.neighbours.distance(point, point);
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(answer.points.iter().map(|&near| (self.numbers.row(near), near)).collect())
    }
}
