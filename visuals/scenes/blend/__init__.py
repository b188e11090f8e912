"""Blend: styles as poles, and a point between them that stands for their mixture."""

__all__ = ["scene"]
