"""Access: who may use the pages, and which requests are answered at all."""

__all__ = ["login_guard", "request_guard", "sessions"]
