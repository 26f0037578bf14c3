"""What quizzes tell the layers above them."""

from django.dispatch import Signal

attempt_graded = Signal()
"""An attempt was submitted and graded, inside the transaction that did it. Argument: `attempt` (Attempt)."""
