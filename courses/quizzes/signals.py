"""What quizzes tell the layers above them, and each other."""

from django.dispatch import Signal

attempt_submitted = Signal()
"""An attempt was closed, inside the transaction that did it; it may still wait for a trainer. Argument: `attempt`."""

attempt_graded = Signal()
"""An attempt has its grade, inside the transaction that set it: once submitted, once the last open answer is marked, or
after a regrade. Argument: `attempt` (Attempt)."""
