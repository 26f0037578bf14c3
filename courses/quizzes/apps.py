"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuizzesConfig(AppConfig):
    """Quiz."""

    name = "courses.quizzes"
    label = "quizzes"
    verbose_name = _("Quiz")

    def ready(self) -> None:
        """Keep missed questions for practice; answer the people who ask for a copy of their data."""
        from people.signals import personal_data

        from .export import personal_data_of_quizzes
        from .missed import attempt_was_graded
        from .signals import attempt_graded

        attempt_graded.connect(attempt_was_graded, dispatch_uid="quizzes_missed_questions")
        personal_data.connect(personal_data_of_quizzes, dispatch_uid="quizzes_personal_data")
