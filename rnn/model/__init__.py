"""The LSTM network, its live state, and the file a trained model is kept in."""
