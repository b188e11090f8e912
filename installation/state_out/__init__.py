"""State out: what the network does, sent to lights and synthesisers sixty times a second."""

__all__ = ["state_outputs", "state_sender", "state_sources"]
