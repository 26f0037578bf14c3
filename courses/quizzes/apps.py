"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuizzesConfig(AppConfig):
    """Quiz."""

    name = "courses.quizzes"
    label = "quizzes"
    verbose_name = _("Quiz")

    def ready(self) -> None:
        """Answer the people who ask for a copy of their data."""
        from people.signals import personal_data

        from .export import personal_data_of_quizzes

        personal_data.connect(personal_data_of_quizzes, dispatch_uid="quizzes_personal_data")
