"""Analysis of trained networks: attribution, unit probing, activation maximisation, traces."""
