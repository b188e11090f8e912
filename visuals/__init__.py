"""The stage: what the network does, drawn as it does it."""
