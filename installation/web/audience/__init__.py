"""The audience's page: what plays now, opinions that steer it, votes, and duets to take home."""

__all__ = ["desk", "duet_store", "note_feed", "question", "rounds", "routes"]
