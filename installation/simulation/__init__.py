"""Simulated exhibits: whole days of visitors and faults on a virtual clock."""
