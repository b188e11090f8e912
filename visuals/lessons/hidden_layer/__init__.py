"""hidden_layer."""
