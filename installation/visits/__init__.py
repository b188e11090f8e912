"""Visits: who came when and what was played, in a database beside the recordings."""

__all__ = ["claimed_path", "database", "visit_log"]
