"""song."""
