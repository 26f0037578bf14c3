"""What the catalogue tells the layers above it."""

from django.dispatch import Signal

lesson_viewed = Signal()
"""A signed-in person was shown a lesson. Arguments: `lesson` (LessonPage), `user` (User)."""
