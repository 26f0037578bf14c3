"""What interactive activities add to Wagtail's admin. Each part registers its own hooks."""

from . import report_hooks

__all__ = ["report_hooks"]
