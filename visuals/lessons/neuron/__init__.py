"""neuron."""
