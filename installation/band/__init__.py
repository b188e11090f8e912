"""The band: a drummer and a bass that play along with the network and the visitor."""

__all__ = ["band"]
