"""Drawing of the lessons: renderer, neuron parts, plots and note strips."""
