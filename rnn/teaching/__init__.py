"""Small networks that learn while they are watched, and the network behind the lesson on units."""

__all__ = ["autograd", "mlp", "perceptron", "probed_network", "tiny_lstm", "tune_learner"]
