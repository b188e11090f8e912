"""One run of the piece: its options, model, devices, recorder, publishers and stage."""
