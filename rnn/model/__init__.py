"""The LSTM network, its live state, and the file a trained model is kept in."""

__all__ = [
    "arrays",
    "buffers",
    "checkpoint",
    "losses",
    "lstm",
    "model_card",
    "network",
    "sampling_params",
    "sizes",
    "state",
    "tune_critic",
    "unit_atlas",
]
