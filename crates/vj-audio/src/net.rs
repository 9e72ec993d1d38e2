//! Small feed-forward networks: layers of weighted sums, all but the last cut off below zero.
//!
//! The weights are trained on material that was rendered for it and lie beside this file as little-endian 32-bit floats;
//! `weights/README.md` is their card. Inference is plain scalar arithmetic in a fixed order, so that it gives the same bits
//! everywhere.

use crate::bands::dot;

/// One layer: `weights` hold the row of each output after the other.
#[derive(Debug, Clone)]
struct Layer {
    weights: Vec<f32>,
    biases: Vec<f32>,
}

/// A network of fixed shape.
#[derive(Debug, Clone)]
pub(crate) struct Net {
    layers: Vec<Layer>,
    /// What the last layer but one left, and what the next one makes of it.
    values: [Vec<f32>; 2],
}

impl Net {
    /// A network with layers of these `sizes`, inputs first, from its `bytes`: for each layer the weights, row by row,
    /// then the biases.
    ///
    /// # Panics
    /// When the bytes are not those of such a network: both are constants of this crate, and a test loads them.
    pub(crate) fn from_bytes(sizes: &[usize], bytes: &[u8]) -> Self {
        let (numbers, rest) = bytes.as_chunks::<4>();
        let mut numbers = numbers.iter().map(|number| f32::from_le_bytes(*number));
        let layers: Vec<Layer> = sizes
            .windows(2)
            .map(|pair| Layer {
                weights: numbers.by_ref().take(pair[0] * pair[1]).collect(),
                biases: numbers.by_ref().take(pair[1]).collect(),
            })
            .collect();
        let complete = layers.iter().zip(&sizes[1..]).all(|(layer, size)| layer.biases.len() == *size);
        assert!(complete && numbers.next().is_none() && rest.is_empty(), "weights do not fit the network");
        let widest = sizes[1..].iter().copied().max().unwrap_or(0);
        Self { layers, values: [vec![0.0; widest], vec![0.0; widest]] }
    }

    /// The outputs for these inputs: logits, not yet probabilities.
    pub(crate) fn run<const OUTPUTS: usize>(&mut self, inputs: &[f32]) -> [f32; OUTPUTS] {
        let [from, to] = &mut self.values;
        let mut width = inputs.len();
        for (number, layer) in self.layers.iter().enumerate() {
            let last = number + 1 == self.layers.len();
            let inputs = if number == 0 { inputs } else { &from[..width] };
            let rows = layer.weights.chunks_exact(width);
            for ((output, row), bias) in to.iter_mut().zip(rows).zip(&layer.biases) {
                let sum = bias + dot(inputs, row);
                *output = if last { sum } else { sum.max(0.0) };
            }
            width = layer.biases.len();
            std::mem::swap(from, to);
        }
        std::array::from_fn(|output| from[output])
    }
}

/// A logit as a probability, 0..1.
pub(crate) fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-logit))
}

#[cfg(test)]
mod tests {
    use super::{Net, probability};

    fn bytes(numbers: &[f32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn layers_weigh_add_and_cut_off() {
        // Two inputs, two hidden, one output: relu(a - b) and relu(b - a), added: the distance.
        let mut net = Net::from_bytes(&[2, 2, 1], &bytes(&[1.0, -1.0, -1.0, 1.0, 0.0, 0.0, 1.0, 1.0, -0.5]));
        assert_eq!(net.run::<1>(&[3.0, 1.0]), [1.5]);
        assert_eq!(net.run::<1>(&[1.0, 3.5]), [2.0]);
        assert_eq!((probability(0.0), probability(200.0)), (0.5, 1.0));
    }

    #[test]
    #[should_panic(expected = "weights do not fit")]
    fn weights_of_another_network_are_refused() {
        Net::from_bytes(&[2, 1], &bytes(&[1.0, 2.0]));
    }
}
