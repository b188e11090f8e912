"""The live piece: what runs when visitors play."""
