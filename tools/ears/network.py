"""A small feed-forward network: Adam on weighted binary cross-entropy, in numpy, and the file that vj-audio reads."""

from pathlib import Path

import numpy as np

# What the last biases start from: what is looked for is rare.
RARE = -3.0


class Network:
    """Layers of weighted sums, all but the last cut off below zero; the outputs are logits."""

    def __init__(self, sizes, seed=0):
        """Layers of these `sizes`, inputs first."""
        random = np.random.default_rng(seed)
        # Weights (inputs x outputs) and biases, by turns.
        self.parameters = []
        for inputs, outputs in zip(sizes[:-1], sizes[1:]):
            weights = random.standard_normal((inputs, outputs)).astype("float32")
            self.parameters += [weights * np.sqrt(2 / inputs), np.zeros(outputs, "float32")]
        self.parameters[-1] += RARE
        self.means = [np.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [np.zeros_like(parameter) for parameter in self.parameters]
        self.steps = 0

    def forward(self, inputs):
        """The logits for rows of inputs."""
        return self._layers(inputs)[-1]

    def _layers(self, inputs):
        """The inputs and what each layer makes of them."""
        values = [inputs]
        for layer in range(0, len(self.parameters), 2):
            sums = values[-1] @ self.parameters[layer] + self.parameters[layer + 1]
            values.append(np.maximum(sums, 0) if layer < len(self.parameters) - 2 else sums)
        return values

    def step(self, inputs, targets, weights, rate, decay):
        """One step of Adam over a batch; `weights` say how much each target counts, `decay` shrinks the weights."""
        values = self._layers(inputs)
        slope = (1 / (1 + np.exp(-values[-1])) - targets) * weights / len(inputs)
        slopes = []
        for layer in range(len(self.parameters) - 2, -1, -2):
            slopes += [slope.sum(0), values[layer // 2].T @ slope]
            if layer:
                slope = (slope @ self.parameters[layer].T) * (values[layer // 2] > 0)
        self.steps += 1
        for i, slope in enumerate(reversed(slopes)):
            self.means[i] = 0.9 * self.means[i] + 0.1 * slope
            self.squares[i] = 0.999 * self.squares[i] + 0.001 * slope * slope
            mean = self.means[i] / (1 - 0.9**self.steps)
            spread = np.sqrt(self.squares[i] / (1 - 0.999**self.steps)) + 1e-8
            shrink = decay * self.parameters[i] if self.parameters[i].ndim == 2 else 0
            self.parameters[i] -= rate * (mean / spread + shrink)

    def save(self, path):
        """Writes the file for vj-audio: for each layer the weights, row by output, then the biases."""
        Path(path).write_bytes(b"".join(part.T.astype("<f4").tobytes() for part in self.parameters))

    @classmethod
    def load(cls, path, sizes):
        """A network of these `sizes` from such a file."""
        network, numbers = cls(sizes), np.fromfile(path, "<f4")
        if len(numbers) != sum(parameter.size for parameter in network.parameters):
            raise ValueError(f"{path} is not of a network of {sizes}")
        for i, parameter in enumerate(network.parameters):
            part, numbers = numbers[: parameter.size], numbers[parameter.size :]
            network.parameters[i] = part.reshape(parameter.T.shape).T.copy()
        return network


def cosine(share):
    """A learning rate's way from 1 to 0 over the training."""
    return 0.5 + 0.5 * np.cos(np.pi * share)
