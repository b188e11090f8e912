"""The network: an LSTM in numpy, its codecs, training, sampling and trained styles."""
