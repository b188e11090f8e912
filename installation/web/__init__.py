"""Web pages of the piece, served by a process of their own at the lowest priority."""

__all__ = ["event_stream", "request_body", "server", "static_files", "web_process"]
