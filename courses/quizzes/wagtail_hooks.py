"""What quizzes add to Wagtail's admin. Each part registers its own hooks."""

from . import bank_admin, marking_hooks, report_hooks
from .exchange import admin as exchange_hooks

__all__ = ["bank_admin", "exchange_hooks", "marking_hooks", "report_hooks"]
