"""Simulated exhibits: whole days of visitors and faults on a virtual clock."""

__all__ = ["day_report", "day_script", "exhibit", "taste_exhibit"]
