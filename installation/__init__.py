"""The live piece: time, gear, conversation and the house that keeps it running."""
