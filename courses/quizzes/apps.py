"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuizzesConfig(AppConfig):
    """Quiz."""

    name = "courses.quizzes"
    label = "quizzes"
    verbose_name = _("Quiz")

    def ready(self) -> None:
        """Keep missed questions for practice, tell people of marking, answer who asks for a copy of their data."""
        from people.signals import personal_data

        from . import notices
        from .export import personal_data_of_quizzes
        from .missed import attempt_was_graded
        from .signals import attempt_graded, attempt_submitted

        attempt_graded.connect(attempt_was_graded, dispatch_uid="quizzes_missed_questions")
        attempt_graded.connect(notices.attempt_was_graded, dispatch_uid="quizzes_tell_learner")
        attempt_submitted.connect(notices.attempt_was_submitted, dispatch_uid="quizzes_tell_markers")
        personal_data.connect(personal_data_of_quizzes, dispatch_uid="quizzes_personal_data")
