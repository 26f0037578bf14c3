"""App configuration."""

from django.apps import AppConfig
from django.db import models
from django.utils.translation import gettext_lazy as _


class ProgressConfig(AppConfig):
    """Progression."""

    name = "courses.progress"
    label = "progress"
    verbose_name = _("Progression")

    def ready(self) -> None:
        """Listen to what moves people forward, and to what changes the modules they follow."""
        from wagtail.signals import page_published, page_unpublished, post_page_move

        from courses.catalog.models import Activity, LessonPage
        from courses.catalog.signals import lesson_viewed
        from courses.interactive.playing.models import InteractivePage, Registration
        from courses.interactive.playing.signals import activity_done, activity_viewed
        from courses.quizzes.models import Attempt
        from courses.quizzes.signals import attempt_graded
        from people.signals import personal_data

        from . import listeners

        lesson_viewed.connect(listeners.lesson_was_viewed, sender=LessonPage)
        activity_viewed.connect(listeners.activity_was_viewed, sender=InteractivePage)
        activity_done.connect(listeners.activity_was_done, sender=Registration)
        attempt_graded.connect(listeners.attempt_was_graded, sender=Attempt)
        personal_data.connect(listeners.personal_data_of_progress, dispatch_uid="progress_personal_data")
        for model in Activity.__subclasses__():
            for signal in (page_published, page_unpublished, post_page_move):
                signal.connect(listeners.course_has_changed, sender=model)
            models.signals.post_delete.connect(listeners.course_has_changed, sender=model)
