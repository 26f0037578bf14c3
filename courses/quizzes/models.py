"""The quiz page, question banks, and what people make of them: attempts, answers, questions to see again."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import Storage, storages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.functions import Left, Length
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, PageChooserPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PageViewRestriction, PreviewableMixin, RevisionMixin
from wagtail.search import index

from courses.catalog.models import Activity, CoursePage
from courses.questions.advising import Advice, advise
from courses.questions.blocks import AnyQuestionBlock
from courses.questions.kinds import Question, Response, from_json
from courses.questions.panels import AdvicePanel
from courses.questions.raw import question_from_raw
from pages.markdown import plain_text, render_inline_markdown
from pages.models import BasePage
from people.models import Federation
from people.text import search_key

from .blocks import DRAW, QuizBlock
from .forms import QuizPageForm
from .practice import INTERVALS, Schedule
from .rules import setting_faults

LABEL_LENGTH = 200


def private_storage() -> Storage:
    """Return the storage of files that are never served: a file of questions holds the right answers."""
    return storages["private"]


class QuizPage(Activity, BasePage):  # type: ignore[django-manager-missing]  # Wagtail gives `objects`
    """A quiz: its questions, the way it runs, the mark to reach."""

    class Mode(models.TextChoices):
        TRAINING = "training", _("Entraînement : corrigé aussitôt, à volonté")
        ASSESSMENT = "assessment", _("Évaluation : corrigé à la fin")
        POSITIONING = "positioning", _("Positionnement : avant et après un module, sans seuil")
        CERTIFYING = "certifying", _("Certification : essais et temps comptés")

    class Layout(models.TextChoices):
        ONE = "one", _("Une question par page")
        ALL = "all", _("Toutes sur une page")

    class Navigation(models.TextChoices):
        FREE = "free", _("Libre : on revient sur ses réponses")
        FORCED = "forced", _("Imposée : une question validée ne se reprend pas")

    class Feedback(models.TextChoices):
        END = "end", _("Dès la fin de l'essai")
        DATE = "date", _("À partir d'une date")
        SCORE = "score", _("Jamais : seulement la note")

    activity_kind = "quiz"
    # Set by the editing form while it saves a draft, which may be unfinished.
    is_draft_check = False

    introduction = models.TextField(_("introduction"), blank=True, help_text=_("En Markdown."))
    questions = StreamField(QuizBlock(), verbose_name=_("questions"), blank=True)
    mode = models.CharField(_("type de quiz"), max_length=12, choices=Mode, default=Mode.ASSESSMENT)
    repeats = models.ForeignKey(
        "self",
        verbose_name=_("reprend le positionnement"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="repeated_by",
        help_text=_(
            "Pour un positionnement de fin de module : choisissez celui du début. Ses questions sont reprises et la "
            "progression est montrée. Laissez alors « Questions » vide."
        ),
    )
    pass_mark = models.PositiveSmallIntegerField(
        _("seuil de réussite (%)"),
        default=70,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Sans effet pour un positionnement : il compte comme fait dès qu'il est terminé."),
    )
    attempts_allowed = models.PositiveSmallIntegerField(
        _("nombre d'essais"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Vide : autant que l'on veut."),
    )
    hours_between_attempts = models.PositiveSmallIntegerField(
        _("délai entre deux essais (heures)"),
        default=0,
        validators=[MaxValueValidator(24 * 90)],
        help_text=_("0 : aucun délai. Par exemple 24 pour laisser le temps de revoir les leçons."),
    )
    time_limit = models.PositiveSmallIntegerField(
        _("temps limité (minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_(
            "Vide : pas de limite. À la fin du temps, les réponses enregistrées sont notées. Vous pouvez donner plus "
            "de temps à une personne qui en a besoin : voir « Temps supplémentaire »."
        ),
    )
    layout = models.CharField(_("présentation"), max_length=4, choices=Layout, default=Layout.ONE)
    navigation = models.CharField(_("ordre"), max_length=6, choices=Navigation, default=Navigation.FREE)
    shuffle_questions = models.BooleanField(
        _("mélanger les questions"),
        default=False,
        help_text=_("Les questions d'une même étude de cas restent ensemble."),
    )
    shuffle_answers = models.BooleanField(_("mélanger les réponses"), default=False)
    feedback = models.CharField(
        _("corrigé montré"),
        max_length=5,
        choices=Feedback,
        default=Feedback.END,
        help_text=_("Un entraînement montre toujours le corrigé aussitôt."),
    )
    feedback_from = models.DateTimeField(_("corrigé à partir du"), null=True, blank=True)

    base_form_class = QuizPageForm
    content_panels = [
        AdvicePanel(),
        *BasePage.content_panels,
        FieldPanel("summary"),
        FieldPanel("introduction"),
        MultiFieldPanel([FieldRowPanel([FieldPanel("minutes"), FieldPanel("required")])], heading=_("Dans le module")),
        MultiFieldPanel(
            [
                FieldPanel("mode"),
                PageChooserPanel("repeats", "quizzes.QuizPage"),
                FieldRowPanel([FieldPanel("pass_mark"), FieldPanel("time_limit")]),
                FieldRowPanel([FieldPanel("attempts_allowed"), FieldPanel("hours_between_attempts")]),
            ],
            heading=_("Type de quiz"),
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("layout"), FieldPanel("navigation")]),
                FieldRowPanel([FieldPanel("shuffle_questions"), FieldPanel("shuffle_answers")]),
                FieldRowPanel([FieldPanel("feedback"), FieldPanel("feedback_from")]),
            ],
            heading=_("Déroulement"),
            classname="collapsed",
        ),
        FieldPanel("questions"),
    ]
    search_fields = [*BasePage.search_fields, index.SearchField("summary"), index.SearchField("introduction")]
    parent_page_types = ["catalog.CoursePage"]
    subpage_types: ClassVar[list[str]] = []
    template = "quizzes/quiz.html"
    preview_modes = [("", _("Comme un apprenant")), ("key", _("Avec les bonnes réponses"))]

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quiz")
        constraints = [
            models.CheckConstraint(condition=Q(pass_mark__range=(1, 100)), name="quiz_pass_mark_is_a_percentage"),
            models.CheckConstraint(
                condition=Q(attempts_allowed=None) | Q(attempts_allowed__gte=1), name="quiz_allows_an_attempt"
            ),
            models.CheckConstraint(
                condition=Q(time_limit=None) | Q(time_limit__gte=1), name="quiz_time_limit_is_a_minute_or_more"
            ),
        ]

    def clean(self) -> None:
        """Refuse settings that contradict each other, before anyone takes the quiz."""
        super().clean()
        faults = setting_faults(self, self.repeats)
        if faults and not self.is_draft_check:
            raise ValidationError(faults)

    @property
    def is_training(self) -> bool:
        """Whether each answer is corrected at once."""
        return self.mode == self.Mode.TRAINING

    @property
    def is_positioning(self) -> bool:
        """Whether there is nothing to pass."""
        return self.mode == self.Mode.POSITIONING

    @property
    def raw_questions(self) -> list[dict[str, Any]]:
        """The stream of the questions as JSON, taken from the quiz that this one repeats if it does."""
        source = self.repeats if self.repeats_id else self
        return list(source.questions.get_prep_value()) if source else []

    @property
    def question_count(self) -> int:
        """How many questions an attempt has."""
        counts = {DRAW: lambda v: int(v["count"] or 0), "case": lambda v: len(v["questions"] or ())}
        return sum(counts.get(block["type"], lambda _v: 1)(block["value"]) for block in self.raw_questions)

    def shows_correction(self, at: Any = None) -> bool:
        """Whether a finished attempt shows its correction, now or at a moment."""
        if self.is_training or self.feedback == self.Feedback.END:
            return True
        return self.feedback == self.Feedback.DATE and bool(
            self.feedback_from and (at or timezone.now()) >= self.feedback_from
        )

    def get_advice(self) -> Advice:
        """Return what could be better before publishing."""
        from .advice import advice_for

        return advice_for(self)

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the module, this person's attempts and, in the editor's preview only, the questions."""
        from .preview import preview_questions
        from .reading import quiz_standing

        context = super().get_context(request, *args, **kwargs) | {"course": self.course}
        if getattr(request, "is_preview", False):
            return context | preview_questions(self, with_key=getattr(request, "preview_mode", "") == "key")
        return context | {"standing": quiz_standing(self, request.user)}


class BankQuestionQuerySet(models.QuerySet["BankQuestion"]):
    """Reads of a bank's questions."""

    def drawable(self, competence: str = "") -> BankQuestionQuerySet:
        """Keep the questions that a quiz may draw, of one competence if asked."""
        found = self.filter(active=True)
        return found.filter(codes__contains=f"|{competence}|") if competence else found


class QuestionBank(models.Model):
    """Questions that a federation keeps, for its quizzes to draw from."""

    federation = models.ForeignKey(
        Federation, verbose_name=_("fédération"), on_delete=models.CASCADE, related_name="question_banks"
    )
    title = models.CharField(_("titre"), max_length=150)
    description = models.TextField(_("description"), blank=True, max_length=1000)
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)

    class Meta:
        verbose_name = _("banque de questions")
        verbose_name_plural = _("banques de questions")
        ordering = ["title"]
        constraints = [models.UniqueConstraint(fields=["federation", "title"], name="bank_title_is_unique")]

    def __str__(self) -> str:
        return self.title


class BankQuestion(PreviewableMixin, RevisionMixin, models.Model):
    """One question of a bank.

    `content` is a stream of exactly one question block. What lists and draws need of it is kept beside it at each save:
    its id, its kind, its words, the codes of its competences between bars («|A2.1|A2.2|»).
    """

    bank = models.ForeignKey(QuestionBank, verbose_name=_("banque"), on_delete=models.CASCADE, related_name="questions")
    # What uses a bank is the quizzes that draw from it, not each of its questions.
    bank.wagtail_reference_index_ignore = True  # type: ignore[attr-defined]
    content = StreamField(AnyQuestionBlock(), verbose_name=_("question"), max_num=1)
    active = models.BooleanField(
        _("utilisable dans les tirages"), default=True, help_text=_("Décoché : la question reste, sans être tirée.")
    )
    question_id = models.UUIDField(unique=True, editable=False)
    kind = models.CharField(_("type"), max_length=12, editable=False)
    label = models.CharField(_("question"), max_length=LABEL_LENGTH, editable=False)
    label_key = models.CharField(max_length=LABEL_LENGTH, editable=False)
    codes = models.CharField(_("compétences"), max_length=200, blank=True, editable=False)
    updated_at = models.DateTimeField(_("modifiée le"), auto_now=True)

    objects = BankQuestionQuerySet.as_manager()
    preview_modes = [("", _("Comme un apprenant")), ("key", _("Avec la bonne réponse"))]

    class Meta:
        verbose_name = _("question de banque")
        verbose_name_plural = _("questions de banque")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["bank", "active"], name="bank_question_to_draw")]

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep beside the content what lists and draws need of it."""
        self.describe()
        super().save(*args, **kwargs)

    def describe(self) -> None:
        """Set the fields that follow from the content."""
        question = self.question
        self.question_id = uuid.UUID(question.id)
        self.kind = str(question.kind)
        self.label = plain_text(render_inline_markdown(question.text))[:LABEL_LENGTH]
        self.label_key = search_key(self.label)[:LABEL_LENGTH]
        self.codes = "".join(f"|{code}" for code in question.competence_codes) + "|" * bool(question.competence_codes)

    @property
    def question(self) -> Question:
        """The question, read without building a block."""
        return question_from_raw(next(iter(self.content.get_prep_value())))

    def get_advice(self) -> Advice:
        """Return what could be better before a quiz draws the question."""
        return advise([(1, self.question)] if self.content else [])

    def get_preview_template(self, request: Any, mode_name: str) -> str:
        """Return the template of the editor's preview."""
        return "quizzes/bank_question.html"

    def get_preview_context(self, request: Any, mode_name: str) -> dict[str, Any]:
        """Add the question as a learner gets it, or with its key."""
        from .preview import preview_list

        questions = [self.question] if self.content else []
        return super().get_preview_context(request, mode_name) | preview_list(questions, with_key=mode_name == "key")


class TimeAllowance(models.Model):
    """More time for a person who needs it, in all the quizzes of a federation. `extra_percent`: 33 is a third more."""

    federation = models.ForeignKey(Federation, on_delete=models.CASCADE, related_name="time_allowances")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("personne"), on_delete=models.CASCADE, related_name="time_allowances"
    )
    extra_percent = models.PositiveSmallIntegerField(
        _("temps en plus (%)"),
        default=33,
        validators=[MinValueValidator(1), MaxValueValidator(300)],
        help_text=_("33 pour un tiers-temps, 50 pour moitié plus."),
    )
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    given_at = models.DateTimeField(_("accordé le"), auto_now_add=True)

    class Meta:
        verbose_name = _("temps supplémentaire")
        verbose_name_plural = _("temps supplémentaires")
        constraints = [models.UniqueConstraint(fields=["federation", "user"], name="time_allowance_is_unique")]


class Attempt(models.Model):
    """One go at a quiz by one person, with a snapshot of the questions as they were put.

    The snapshot is in the order in which the person sees it; `seed` is what that order and the draws came from.
    `deadline` is set where time counts, on the server's clock. `furthest` is the number of the furthest question shown,
    which a forced order needs. `score` and `max_score` are points, `percent` is 0 to 100; they are set with
    `graded_at`, when the attempt is submitted or, if a trainer has to read an answer, once the last one is marked.
    `pass_kept`: passed with the wrong key that a regrade corrected, and left so although the mark is now too low.
    `told_at`: when the person was told by e-mail that a trainer had marked it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiz_attempts")
    quiz = models.ForeignKey(QuizPage, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField(_("essai n°"))
    mode = models.CharField(_("type de quiz"), max_length=12, choices=QuizPage.Mode, default=QuizPage.Mode.ASSESSMENT)
    seed = models.PositiveBigIntegerField(editable=False, default=0)
    pass_mark = models.PositiveSmallIntegerField(_("seuil de réussite (%)"))
    started_at = models.DateTimeField(_("commencé le"), default=timezone.now)
    deadline = models.DateTimeField(_("à rendre avant"), null=True, blank=True)
    furthest = models.PositiveSmallIntegerField(default=1)
    submitted_at = models.DateTimeField(_("terminé le"), null=True, blank=True)
    graded_at = models.DateTimeField(_("noté le"), null=True, blank=True)
    score = models.DecimalField(_("points"), max_digits=7, decimal_places=2, null=True, blank=True)
    max_score = models.DecimalField(_("points possibles"), max_digits=7, decimal_places=2, null=True, blank=True)
    percent = models.DecimalField(_("note (%)"), max_digits=5, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField(_("réussi"), null=True, blank=True)
    pass_kept = models.BooleanField(_("réussite maintenue"), default=False)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The last column: SQLite reads through what stands before the one it wants, and this is by far the longest.
    snapshot = models.JSONField(_("questions telles que posées"))

    class Meta:
        verbose_name = _("essai")
        verbose_name_plural = _("essais")
        constraints = [
            models.UniqueConstraint(fields=["user", "quiz", "number"], name="attempt_number_is_unique"),
            models.UniqueConstraint(
                fields=["user", "quiz"], condition=Q(submitted_at=None), name="attempt_open_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(graded_at=None, score=None, max_score=None, percent=None, passed=None)
                | Q(
                    submitted_at__isnull=False,
                    graded_at__isnull=False,
                    score__gte=0,
                    score__lte=F("max_score"),
                    percent__range=(Decimal(0), Decimal(100)),
                    passed__isnull=False,
                ),
                name="attempt_is_graded_once_submitted",
            ),
        ]
        indexes = [
            models.Index(fields=["quiz", "submitted_at"], name="attempt_by_quiz_and_date"),
            models.Index(
                fields=["deadline"],
                condition=Q(submitted_at=None, deadline__isnull=False),
                name="attempt_running_out",
            ),
            # All that the results report reads of an attempt: a row itself is as long as its snapshot.
            models.Index(
                fields=[
                    "quiz",
                    "user",
                    "number",
                    "percent",
                    "passed",
                    "submitted_at",
                    "started_at",
                    "id",
                    "score",
                    "max_score",
                ],
                condition=Q(percent__isnull=False),
                name="attempt_in_results",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quiz} – {self.user} – {self.number}"

    def get_absolute_url(self) -> str:
        """Address of the summary, then of the result."""
        return reverse("quizzes:attempt", args=[self.pk])

    @cached_property
    def questions(self) -> list[Question]:
        """The questions as they were put."""
        return from_json(self.snapshot)

    @cached_property
    def saved(self) -> dict[str, Answer]:
        """The answers saved so far, by question id."""
        return {str(answer.question_id): answer for answer in self.answers.all()}

    def response_to(self, question: Question) -> Response:
        """Return what was answered to a question, or its empty answer."""
        answer = self.saved.get(question.id)
        return question.check(answer.response if answer else None)

    @property
    def is_late(self) -> bool:
        """Whether time is over and the attempt is still open."""
        return self.submitted_at is None and self.deadline is not None and timezone.now() >= self.deadline

    @property
    def ran_out_of_time(self) -> bool:
        """Whether time was over when the attempt was closed."""
        return self.submitted_at is not None and self.submitted_at == self.deadline

    @property
    def is_pending(self) -> bool:
        """Whether a person has yet to read an answer."""
        return self.submitted_at is not None and self.graded_at is None

    @property
    def time_left(self) -> timedelta | None:
        """How long there is until the deadline, not below zero; None where time does not count."""
        return max(self.deadline - timezone.now(), timedelta()) if self.deadline else None

    def resume_at(self) -> int:
        """Return the number (from 1) of the question to come back to: the first without an answer, or the last."""
        for number, question in enumerate(self.questions, start=1):
            if not question.is_answered(self.response_to(question)):
                return number
        return len(self.questions)


class Answer(models.Model):
    """What a person answered to one question of an attempt.

    Once the attempt is submitted, each of its questions has one: an empty one where nothing was `answered`.
    `flagged`: marked by the person to come back to. `checked_at`: when a training quiz last showed its correction.
    `score` is set when the attempt is submitted, or marked; `fraction` is the score over the question's worth, 0 to 1.
    `awaits_since`: since when, the submission, a trainer has to mark it; null for all the others.
    `criteria` holds the points given to each line of the grid of an open answer, by `marked_by`.
    """

    # The unique key serves as its index.
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers", db_index=False)
    question_id = models.UUIDField()
    response = models.JSONField(default=dict)
    answered = models.BooleanField(default=True)
    saved_at = models.DateTimeField(auto_now=True)
    flagged = models.BooleanField(default=False)
    checked_at = models.DateTimeField(null=True, blank=True)
    score = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    fraction = models.FloatField(null=True, blank=True)
    awaits_since = models.DateTimeField(null=True, blank=True, editable=False)
    criteria = models.JSONField(null=True, blank=True)
    comment = models.TextField(blank=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    marked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("réponse")
        verbose_name_plural = _("réponses")
        constraints = [models.UniqueConstraint(fields=["attempt", "question_id"], name="answer_is_unique")]
        indexes = [
            models.Index(fields=["awaits_since", "id"], condition=Q(awaits_since__isnull=False), name="answer_to_mark"),
            # All that the results report adds up of an answer.
            models.Index(fields=["attempt", "question_id", "fraction", "score", "answered"], name="answer_in_results"),
        ]


class MissedQuestionQuerySet(models.QuerySet["MissedQuestion"]):
    """Reads of the questions to see again."""

    def proposed(self) -> MissedQuestionQuerySet:
        """Keep what may be put now: its correction is no secret, its module is open, and no measure would suffer.

        A question of an attempt that does not show its correction stays out until it may; so do the questions of a
        module or quiz that is unpublished or restricted in the CMS. The questions of a positioning wait until the
        person has done the one that repeats them, or the gain would measure the practice.
        """
        module = Left("attempt__quiz__path", Length("attempt__quiz__path") - Page.steplen)
        path = ExpressionWrapper(OuterRef("attempt__quiz__path"), output_field=models.CharField())
        restricted = PageViewRestriction.objects.annotate(quiz_path=path)
        repeated = QuizPage.objects.filter(live=True, repeats=OuterRef("attempt__quiz"))
        done_again = Attempt.objects.filter(
            user=OuterRef("user"), quiz__repeats=OuterRef("attempt__quiz"), graded_at__isnull=False
        )
        return self.annotate(module_path=module).filter(
            correction_is_shown("attempt__"),
            Exists(CoursePage.objects.filter(live=True, path=OuterRef("module_path"))),
            ~Exists(restricted.filter(quiz_path__startswith=F("page__path"))),
            ~Exists(repeated) | Exists(done_again),
            attempt__quiz__live=True,
        )

    def queued(self) -> MissedQuestionQuerySet:
        """Keep what has not left the queue."""
        return self.filter(left_at=None)


class MissedQuestion(models.Model):
    """A question that a person missed, to see again by the schedule of `practice`.

    The question itself is in the attempt's snapshot, where a regrade corrects it. `step`, `due_on` and `moved_on` are
    its schedule. `turn` goes up each time the question is answered or missed again: a form that was made before then
    changes nothing. `response` is the last answer given in practice, null before there is one. `left_at` is set when
    it was learnt or taken away; the row stays, so that this can be undone.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="missed_questions")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="+")
    question_id = models.UUIDField()
    step = models.PositiveSmallIntegerField(default=0)
    due_on = models.DateField(_("à revoir le"))
    moved_on = models.DateField(default=timezone.localdate)
    turn = models.PositiveIntegerField(default=0)
    response = models.JSONField(null=True, blank=True)
    left_at = models.DateTimeField(_("sortie de la liste le"), null=True, blank=True)

    objects = MissedQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question à revoir")
        verbose_name_plural = _("questions à revoir")
        constraints = [
            models.UniqueConstraint(fields=["user", "question_id"], name="missed_question_is_unique"),
            models.CheckConstraint(condition=Q(step__lt=len(INTERVALS)), name="missed_question_has_an_interval"),
            models.CheckConstraint(condition=Q(due_on__gt=F("moved_on")), name="missed_question_waits_a_day"),
        ]
        indexes = [models.Index(fields=["user", "due_on"], name="missed_question_due")]

    @property
    def schedule(self) -> Schedule:
        """When the question comes back."""
        return Schedule(self.step, self.due_on, self.moved_on)


def correction_is_shown(prefix: str = "") -> Q:
    """Return the condition under which an attempt shows its correction: `QuizPage.shows_correction`, as a query."""
    feedback = {f"{prefix}quiz__feedback": QuizPage.Feedback.DATE, f"{prefix}quiz__feedback_from__lte": timezone.now()}
    return (
        Q(**{f"{prefix}mode": QuizPage.Mode.TRAINING})
        | Q(**{f"{prefix}quiz__mode": QuizPage.Mode.TRAINING})
        | Q(**{f"{prefix}quiz__feedback": QuizPage.Feedback.END})
        | Q(**feedback)
    )


class ImportJob(models.Model):
    """A file of questions on its way into a bank: `done` questions of `total` were seen, `lines` tells of each.

    A held job waits for someone to say that a file that was imported before is to be imported again.
    """

    class Status(models.TextChoices):
        HELD = "held", _("à confirmer")
        WAITING = "waiting", _("en attente")
        RUNNING = "running", _("en cours")
        DONE = "done", _("terminé")
        FAILED = "failed", _("interrompu")

    class Format(models.TextChoices):
        GIFT = "gift", _("GIFT")
        MOODLE = "moodle", _("Moodle XML")
        QTI = "qti", _("QTI 2.1 ou 2.2")

    bank = models.ForeignKey(QuestionBank, verbose_name=_("banque"), on_delete=models.CASCADE, related_name="imports")
    file = models.FileField(_("fichier"), upload_to="imports/", storage=private_storage)
    filename = models.CharField(_("nom du fichier"), max_length=255)
    digest = models.CharField(max_length=64, editable=False)
    format = models.CharField(_("format"), max_length=10, choices=Format)
    status = models.CharField(_("état"), max_length=10, choices=Status, default=Status.WAITING)
    total = models.PositiveIntegerField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("demandé le"), auto_now_add=True)
    finished_at = models.DateTimeField(_("terminé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("import de questions")
        verbose_name_plural = _("imports de questions")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["bank", "digest"], name="import_of_a_file")]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in {self.Status.DONE, self.Status.FAILED}


class ImportLine(models.Model):
    """What became of one question of an imported file, the `number`-th one, at `line` of the file if it has lines.

    `notes` says what was adapted, or why it was refused; `question_id` is that of the question made of it.
    """

    class Outcome(models.TextChoices):
        TAKEN = "taken", _("reprise")
        ADAPTED = "adapted", _("adaptée")
        REFUSED = "refused", _("refusée")

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    outcome = models.CharField(_("résultat"), max_length=8, choices=Outcome)
    name = models.CharField(_("question"), max_length=200)
    line = models.PositiveIntegerField(_("ligne"), null=True, blank=True)
    category = models.CharField(_("catégorie"), max_length=200, blank=True)
    notes = models.JSONField(default=list)
    question_id = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("question importée")
        verbose_name_plural = _("questions importées")
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="import_line_is_unique")]
        indexes = [models.Index(fields=["job", "outcome", "number"], name="import_line_by_outcome")]
        ordering = ["number"]

    def __str__(self) -> str:
        return self.name


class Regrade(models.Model):
    """Past attempts graded anew after a wrong key was corrected: who asked, when, why, and what it changed.

    `keys` are the corrected questions as they were when it was asked for: publishing again meanwhile changes nothing.
    `total` and `done` count attempts; `cursor` is the id of the last one that was seen to, in order of their ids.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("en attente")
        RUNNING = "running", _("en cours")
        DONE = "done", _("terminé")

    quiz = models.ForeignKey(QuizPage, on_delete=models.CASCADE, related_name="regrades")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("demandé le"), auto_now_add=True)
    reason = models.CharField(_("raison"), max_length=300)
    keep_passes = models.BooleanField(
        _("ne retirer la réussite à personne"),
        default=True,
        help_text=_("Une note peut baisser, mais qui avait réussi garde sa réussite."),
    )
    status = models.CharField(_("état"), max_length=10, choices=Status, default=Status.WAITING)
    keys = models.JSONField(default=list, editable=False)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    cursor = models.UUIDField(null=True, editable=False)
    finished_at = models.DateTimeField(_("terminé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("recorrection")
        verbose_name_plural = _("recorrections")
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["quiz"], condition=Q(status__in=["waiting", "running"]), name="regrade_runs_alone"
            )
        ]


class RegradeChange(models.Model):
    """What a regrade changed in one attempt."""

    regrade = models.ForeignKey(Regrade, on_delete=models.CASCADE, related_name="changes")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="regrade_changes")
    score_before = models.DecimalField(max_digits=7, decimal_places=2)
    score_after = models.DecimalField(max_digits=7, decimal_places=2)
    percent_before = models.DecimalField(max_digits=5, decimal_places=2)
    percent_after = models.DecimalField(max_digits=5, decimal_places=2)
    passed_before = models.BooleanField()
    passed_after = models.BooleanField()

    class Meta:
        verbose_name = _("note changée")
        verbose_name_plural = _("notes changées")
        constraints = [models.UniqueConstraint(fields=["regrade", "attempt"], name="regrade_changes_an_attempt_once")]


class RegradePreview(models.Model):
    """What a regrade would change, where working it out takes longer than a page may: counted by a task.

    `digest` names the questions that it was worked out from; `report` is what the page shows.
    """

    quiz = models.OneToOneField(QuizPage, on_delete=models.CASCADE, related_name="regrade_preview")
    digest = models.CharField(max_length=64)
    asked_at = models.DateTimeField(default=timezone.now)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    report = models.JSONField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("aperçu de recorrection")
        verbose_name_plural = _("aperçus de recorrection")


class MarkingNotice(models.Model):
    """When the editors of a federation were last told that answers await marking, and when they will be next."""

    federation = models.OneToOneField(
        Federation, on_delete=models.CASCADE, primary_key=True, related_name="marking_notice"
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("avis de copies à noter")
        verbose_name_plural = _("avis de copies à noter")


def course_path(quiz: QuizPage) -> str:
    """Return the path in the tree of the module that a quiz stands in."""
    return quiz.path[: -Page.steplen]
