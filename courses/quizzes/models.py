"""The quiz page, and the attempts that people make at it."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.search import index

from courses.catalog.models import Activity
from courses.questions.blocks import QuestionsBlock
from courses.questions.grading import Question
from pages.models import BasePage


class QuizPage(Activity, BasePage):  # type: ignore[django-manager-missing]  # Wagtail gives `objects`
    """A quiz: questions, the mark to reach, and how many times one may try."""

    activity_kind = "quiz"

    introduction = models.TextField(_("introduction"), blank=True, help_text=_("En Markdown."))
    questions = StreamField(QuestionsBlock(), verbose_name=_("questions"))
    pass_mark = models.PositiveSmallIntegerField(
        _("seuil de réussite (%)"), default=70, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    attempts_allowed = models.PositiveSmallIntegerField(
        _("nombre d'essais"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Vide : autant que l'on veut."),
    )

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("summary"),
        FieldPanel("introduction"),
        MultiFieldPanel(
            [FieldPanel("minutes"), FieldPanel("required"), FieldPanel("pass_mark"), FieldPanel("attempts_allowed")],
            heading=_("Dans le module"),
        ),
        FieldPanel("questions"),
    ]
    search_fields = [*BasePage.search_fields, index.SearchField("summary"), index.SearchField("introduction")]
    parent_page_types = ["catalog.CoursePage"]
    subpage_types: ClassVar[list[str]] = []
    template = "quizzes/quiz.html"

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quiz")
        constraints = [
            models.CheckConstraint(condition=Q(pass_mark__range=(1, 100)), name="quiz_pass_mark_is_a_percentage"),
            models.CheckConstraint(
                condition=Q(attempts_allowed=None) | Q(attempts_allowed__gte=1), name="quiz_allows_an_attempt"
            ),
        ]

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the module, this person's attempts and, in the editor's preview only, the questions with their key."""
        from .preview import preview_reviews

        context = super().get_context(request, *args, **kwargs)
        is_preview = getattr(request, "is_preview", False)
        attempts = (
            list(Attempt.objects.filter(quiz=self, user=request.user).defer("snapshot").order_by("-number"))
            if request.user.is_authenticated and not is_preview
            else []
        )
        submitted = [attempt for attempt in attempts if attempt.submitted_at]
        return {
            **context,
            "course": self.course,
            "question_count": len(self.questions),
            "open_attempt": next((attempt for attempt in attempts if not attempt.submitted_at), None),
            "attempts": submitted,
            "attempts_left": None if self.attempts_allowed is None else max(self.attempts_allowed - len(submitted), 0),
            "preview_reviews": preview_reviews(self) if is_preview else None,
        }


class Attempt(models.Model):
    """One go at a quiz by one person, with a snapshot of the questions as they were put.

    `score` and `max_score` are points, `percent` is 0 to 100; all three are set together when the attempt is submitted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiz_attempts")
    quiz = models.ForeignKey(QuizPage, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField(_("essai n°"))
    snapshot = models.JSONField(_("questions telles que posées"))
    pass_mark = models.PositiveSmallIntegerField(_("seuil de réussite (%)"))
    started_at = models.DateTimeField(_("commencé le"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("terminé le"), null=True, blank=True)
    score = models.DecimalField(_("points"), max_digits=7, decimal_places=2, null=True, blank=True)
    max_score = models.DecimalField(_("points possibles"), max_digits=7, decimal_places=2, null=True, blank=True)
    percent = models.DecimalField(_("note (%)"), max_digits=5, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField(_("réussi"), null=True, blank=True)

    class Meta:
        verbose_name = _("essai")
        verbose_name_plural = _("essais")
        constraints = [
            models.UniqueConstraint(fields=["user", "quiz", "number"], name="attempt_number_is_unique"),
            models.UniqueConstraint(
                fields=["user", "quiz"], condition=Q(submitted_at=None), name="attempt_open_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None, score=None, max_score=None, percent=None, passed=None)
                | Q(
                    submitted_at__isnull=False,
                    score__gte=0,
                    score__lte=F("max_score"),
                    percent__range=(Decimal(0), Decimal(100)),
                    passed__isnull=False,
                ),
                name="attempt_is_graded_when_submitted",
            ),
        ]
        indexes = [models.Index(fields=["quiz", "submitted_at"], name="attempt_by_quiz_and_date")]

    def __str__(self) -> str:
        return f"{self.quiz} – {self.user} – {self.number}"

    def get_absolute_url(self) -> str:
        """Address of the summary, then of the result."""
        return reverse("quizzes:attempt", args=[self.pk])

    @cached_property
    def questions(self) -> list[Question]:
        """The questions as they were put."""
        return [Question.from_json(data) for data in self.snapshot]

    @cached_property
    def responses(self) -> dict[str, list[str]]:
        """Saved answers: question id → chosen option ids."""
        return {
            str(question_id): response for question_id, response in self.answers.values_list("question_id", "response")
        }

    def first_unanswered(self) -> int:
        """Return the number (from 1) of the first question without an answer, or of the last question."""
        for number, question in enumerate(self.questions, start=1):
            if not self.responses.get(question.id):
                return number
        return len(self.questions)


class Answer(models.Model):
    """What a person answered to one question of an attempt. `score` is set when the attempt is submitted."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    question_id = models.UUIDField()
    response = models.JSONField(default=list)
    saved_at = models.DateTimeField(auto_now=True)
    score = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = _("réponse")
        verbose_name_plural = _("réponses")
        constraints = [models.UniqueConstraint(fields=["attempt", "question_id"], name="answer_is_unique")]
