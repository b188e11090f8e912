"""Visits, their duets and votes: who came when and what was played, in a database."""

__all__ = ["claimed_path", "database", "duet", "visit_log", "vote"]
