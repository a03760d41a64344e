//! The model while it is trained: an input and an output vector for each term, and the step down the gradient.

use std::sync::LazyLock;

use super::Word2VecParams;
use super::alias::AliasTable;
use crate::ml::rng::Random;

/// Vectors are padded with zeros to a multiple of this, so that loops over them have no remainder.
const LANES: usize = 8;

/// Vectors of all terms. The loss of a pair (term, context) with noise terms is
/// `−ln σ(v·u_context) − Σ_noise ln σ(−v·u_noise)`, `v` the term's input vector and `u` output vectors.
#[derive(Debug)]
pub(super) struct SkipGram {
    dim: usize,
    /// length of a padded vector
    stride: usize,
    input: Vec<f32>,
    output: Vec<f32>,
    /// what a pair adds to the input vector
    step: Vec<f32>,
}

impl SkipGram {
    /// Input vectors uniform in `±1/(2·dim)` for terms that occur and zero for the others, output vectors zero, as in
    /// word2vec.c.
    pub(super) fn new(counts: &[u64], dim: usize, random: &mut Random) -> Self {
        let stride = dim.next_multiple_of(LANES);
        let mut input = vec![0.0; counts.len() * stride];
        for (vector, _) in input.chunks_exact_mut(stride).zip(counts).filter(|(_, count)| **count > 0) {
            vector[..dim].fill_with(|| ((random.unit() - 0.5) / dim as f64) as f32);
        }
        Self { dim, stride, output: vec![0.0; input.len()], input, step: vec![0.0; stride] }
    }

    /// Trains every pair of a sentence, each term with those within its reach, until `limit` pairs are passed. Gives
    /// the number of pairs.
    pub(super) fn train_sentence(
        &mut self,
        terms: &[u32],
        limit: usize,
        rate: f32,
        params: &Word2VecParams,
        noise: &AliasTable,
        random: &mut Random,
    ) -> usize {
        let mut n_pairs = 0;
        for (at, &term) in terms.iter().enumerate() {
            if n_pairs >= limit {
                break;
            }
            let reach = 1 + random.below(params.window as u64) as usize;
            let end = terms.len().min(at.saturating_add(reach).saturating_add(1));
            for context in (at.saturating_sub(reach)..end).filter(|&context| context != at) {
                self.train_pair(term, terms[context], rate, (0..params.negative).map(|_| noise.draw(random)));
                n_pairs += 1;
            }
        }
        n_pairs
    }

    /// One step of size `rate` down the gradient of the pair's loss; noise that is the context itself is left out.
    fn train_pair(&mut self, term: u32, context: u32, rate: f32, noise: impl Iterator<Item = u32>) {
        let Self { stride, input, output, step, .. } = self;
        let input = &mut input[term as usize * *stride..][..*stride];
        step.fill(0.0);
        let noise = noise.filter(|&noise| noise != context).map(|noise| (noise, 0.0));
        for (target, label) in std::iter::once((context, 1.0)).chain(noise) {
            let output = &mut output[target as usize * *stride..][..*stride];
            let slope = rate * (label - sigmoid(dot(input, output)));
            add_both(slope, input, output, step);
        }
        input.iter_mut().zip(&*step).for_each(|(value, step)| *value += step);
    }

    /// The input vectors without padding, one after the other.
    pub(super) fn into_vectors(self) -> Vec<f32> {
        self.input.chunks_exact(self.stride).flat_map(|vector| &vector[..self.dim]).copied().collect()
    }
}

/// Sum of products in eight lanes, then over the lanes: an order that compilers can keep in vector registers.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        let products: [f32; LANES] = std::array::from_fn(|lane| a[lane] * b[lane]);
        lanes.iter_mut().zip(products).for_each(|(lane, product)| *lane += product);
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// `step += slope·output` and `output += slope·input`, both from the values before.
fn add_both(slope: f32, input: &[f32], output: &mut [f32], step: &mut [f32]) {
    for (step, output) in step.iter_mut().zip(&*output) {
        *step += slope * output;
    }
    for (output, input) in output.iter_mut().zip(input) {
        *output += slope * input;
    }
}

/// Beyond this the sigmoid is within 0.0004 of 0 or 1, and taken at the edge.
const SIGMOID_EDGE: f32 = 8.0;

/// Intervals of the sigmoid's table; the error of a straight line in one is below 10⁻⁵.
const SIGMOID_INTERVALS: usize = 1024;

/// `σ(x) = 1 / (1 + e⁻ˣ)`, from a table, by a straight line between its entries.
fn sigmoid(x: f32) -> f32 {
    static TABLE: LazyLock<Vec<f32>> = LazyLock::new(|| {
        let scale = 2.0 * f64::from(SIGMOID_EDGE) / SIGMOID_INTERVALS as f64;
        let value = |at: usize| 1.0 / (1.0 + (f64::from(SIGMOID_EDGE) - at as f64 * scale).exp());
        (0..=SIGMOID_INTERVALS).map(|at| value(at) as f32).collect()
    });
    let place = (x + SIGMOID_EDGE) * (SIGMOID_INTERVALS as f32 / (2.0 * SIGMOID_EDGE));
    let place = place.clamp(0.0, SIGMOID_INTERVALS as f32);
    let at = (place as usize).min(SIGMOID_INTERVALS - 1);
    TABLE[at] + (TABLE[at + 1] - TABLE[at]) * (place - at as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmoid_is_exact_to_five_places() {
        for (x, expected) in [(0.0, 0.5), (1.0, 0.731_058_6), (-2.5, 0.075_858_2), (7.003, 0.999_091_7)] {
            assert!((sigmoid(x) - expected).abs() < 1e-5, "{x}");
        }
        assert!(sigmoid(1e30) > 0.999 && sigmoid(-1e30) < 0.001);
    }

    /// `−ln σ(v·u_context) − Σ ln σ(−v·u_noise)` in double precision.
    fn loss(input: &[f64], output: &[f64], dim: usize, context: usize, noise: &[usize]) -> f64 {
        let score = |at: usize| (0..dim).map(|i| input[i] * output[at * dim + i]).sum::<f64>();
        let ln_sigmoid = |x: f64| -(-x).exp().ln_1p();
        -ln_sigmoid(score(context)) - noise.iter().map(|&at| ln_sigmoid(-score(at))).sum::<f64>()
    }

    /// At a rate of 1 a step is minus the gradient: it is compared with differences of the loss itself.
    #[test]
    fn step_is_the_numerical_gradient_of_the_loss() {
        const DIM: usize = 11;
        let mut random = Random::new(4, 0);
        let mut model = SkipGram::new(&[1; 5], DIM, &mut random);
        for vectors in [&mut model.input, &mut model.output] {
            let occupied = vectors.chunks_exact_mut(16).flat_map(|vector| &mut vector[..DIM]);
            occupied.for_each(|value| *value = (random.unit() * 1.6 - 0.8) as f32);
        }
        let unpad = |vectors: &[f32]| -> Vec<f64> {
            vectors
                .chunks_exact(16)
                .flat_map(|vector| &vector[..DIM])
                .map(|&value| f64::from(value))
                .collect()
        };
        let (input, output) = (unpad(&model.input), unpad(&model.output));
        let (term, context, noise) = (2, 1, [0, 4, 3]);
        model.train_pair(term, context, 1.0, noise.into_iter());
        let noise = noise.map(|at| at as usize);

        let term_vector = || input[2 * DIM..3 * DIM].to_vec();
        let loss_at = |input: &[f64], output: &[f64]| loss(input, output, DIM, 1, &noise);
        let slope = |change: &dyn Fn(f64) -> f64| (change(1e-5) - change(-1e-5)) / 2e-5;
        for at in 0..output.len() {
            let expected = slope(&|by| {
                let mut output = output.clone();
                output[at] += by;
                loss_at(&term_vector(), &output)
            });
            let step = output[at] - unpad(&model.output)[at];
            assert!((step - expected).abs() < 1e-5, "output {at}: {step} {expected}");
        }
        for at in 0..input.len() {
            let expected = slope(&|by| {
                let mut input = input.clone();
                input[at] += by;
                loss_at(&input[2 * DIM..3 * DIM], &output)
            });
            let step = input[at] - unpad(&model.input)[at];
            assert!((step - expected).abs() < 1e-5, "input {at}: {step} {expected}");
        }
        let padding = model.input.chunks_exact(16).chain(model.output.chunks_exact(16));
        assert!(padding.flat_map(|vector| &vector[DIM..]).all(|&value| value == 0.0));
    }

    #[test]
    fn noise_that_is_the_context_is_left_out() {
        let train = |noise: &[u32]| {
            let mut model = SkipGram::new(&[1; 3], 4, &mut Random::new(1, 0));
            model.train_pair(0, 1, 0.5, noise.iter().copied());
            model.output
        };
        assert_eq!(train(&[1, 2, 1]), train(&[2]));
    }

    #[test]
    fn pairs_stop_at_the_limit_within_one_reach() {
        let params = Word2VecParams { window: 3, ..Default::default() };
        let mut random = Random::new(1, 0);
        let mut model = SkipGram::new(&[1; 2], 4, &mut random);
        let terms = vec![0; 1_000];
        let n_pairs =
            model.train_sentence(&terms, 50, 0.01, &params, &AliasTable::new(&[1.0, 1.0]), &mut random);
        assert!((50..56).contains(&n_pairs), "{n_pairs}");
    }
}
