"""Performances rendered offline, frame by frame and sample by sample."""

__all__ = ["film"]
