"""How scores become tunes: what a corpus needs to be built."""
