"""What this app tells the layers above."""

from django.dispatch import Signal

# registration: the Registration whose `done_at` was set just now, in the same transaction.
activity_done = Signal()
# page: the InteractivePage; user: who opened it.
activity_viewed = Signal()
