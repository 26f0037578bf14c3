"""The results of a quiz in Wagtail's admin, for its federation: the report, its attempts, one attempt, downloads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Avg, Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from wagtail.admin.widgets import HeaderButton

from courses.catalog.admin_pages import activity_crumbs, admin_page, crumbs, forbidden_as_such, page_of
from courses.catalog.downloads import KINDS, send
from courses.catalog.figures import distribution, time_chart
from courses.catalog.lists import after_place, named, place_of
from courses.catalog.models import CoursePage
from courses.catalog.rights import in_spaces_of, looks_after_a_space
from people.models import User

from . import downloads
from .models import Attempt, QuizPage, course_path
from .results import competence_results, corrections, earlier_attempt, gain_since
from .rights import may_regrade, quiz_of
from .statistics import (
    FEWEST,
    MeanGain,
    Overview,
    QuestionStatistics,
    add_mistakes,
    mean_gain,
    overview,
    question_statistics,
)

ICON = "table"
SHOWN = 50
FIRST_ONLY = {"essais": "premiers"}


# -- What a page shows ---------------------------------------------------------------------------------------------


type _Key = Callable[[QuestionStatistics], float | None]
_ORDERS: dict[str, tuple[_Key, bool]] = {
    "facilite": (lambda item: item.facility, False),
    "distinction": (lambda item: item.discrimination, False),
    "sans-reponse": (lambda item: item.unanswered, True),
    "vues": (lambda item: item.seen, True),
    "ordre": (lambda item: item.place, False),
}
"""The columns to sort by: their figure, and whether the highest come first."""


def sort_items(items: Sequence[QuestionStatistics], asked: str) -> tuple[str, list[QuestionStatistics]]:
    """Return the order that holds («-» before its name turns it round), and the questions in it; the hardest first.

    Questions without the figure come last, both ways.
    """
    name, turned = asked.removeprefix("-"), asked.startswith("-")
    if name not in _ORDERS:
        name, turned = "facilite", False
    figure, highest_first = _ORDERS[name]
    known = sorted(
        (item for item in items if figure(item) is not None),
        key=lambda item: figure(item) or 0,
        reverse=highest_first != turned,
    )
    return f"{'-' * turned}{name}", known + [item for item in items if figure(item) is None]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column that a table may be sorted by. `state` is for `aria-sort`, empty where it is not the order."""

    label: str
    address: str
    state: str = ""


def _headings(order: str, query: dict[str, str]) -> dict[str, Heading]:
    labels = {
        "ordre": _("N°"),
        "vues": _("Posée"),
        "facilite": _("Réussite"),
        "distinction": _("Distinction"),
        "sans-reponse": _("Sans réponse"),
    }
    current, turned = order.removeprefix("-"), order.startswith("-")
    found = {}
    for name, label in labels.items():
        again = name == current and not turned
        address = f"?{urlencode({**query, 'tri': f'{"-" * again}{name}'})}#questions"
        highest_first = _ORDERS[name][1] != turned
        state = ("descending" if highest_first else "ascending") if name == current else ""
        found[name.replace("-", "_")] = Heading(label, address, state)
    return found


# -- The quizzes of one's federations ------------------------------------------------------------------------------


@forbidden_as_such
@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """List the quizzes of the person's federations with how they go."""
    user: User = request.user  # type: ignore[assignment]
    if not looks_after_a_space(user):
        raise Http404
    page = page_of(request, QuizPage.objects.filter(in_spaces_of(user)).defer("questions").order_by("path"))
    quizzes: list[QuizPage] = list(page)
    courses = {course.path: course for course in CoursePage.objects.filter(path__in=map(course_path, quizzes))}
    figures = {
        row["quiz"]: row
        for row in Attempt.objects.filter(quiz__in=quizzes, percent__isnull=False)
        .values("quiz")
        .annotate(
            number=Count("*"),
            people=Count("user", distinct=True),
            passed=Count("pk", filter=Q(passed=True)),
            mean=Avg("percent"),
        )
        .order_by()
    }
    rows = [{**_shares(figures.get(quiz.pk)), "quiz": quiz, "course": courses[course_path(quiz)]} for quiz in quizzes]
    way = crumbs((reverse("quiz_results"), _("Résultats des quiz")))
    context = {"rows": rows, "page": page}
    return admin_page(request, "quizzes/admin/results.html", _("Résultats des quiz"), way, context, icon=ICON)


def _shares(row: Any) -> dict[str, Any]:
    if row is None:
        return {"number": 0}
    return {**row, "pass_rate": 100 * row["passed"] / row["number"]}


# -- The report ----------------------------------------------------------------------------------------------------


def _title(quiz: QuizPage) -> str:
    return _("Résultats : %s") % quiz.title


def _way(quiz: QuizPage, *more: tuple[str, str]) -> list[dict[str, str]]:
    return activity_crumbs(quiz, (reverse("quiz_report", args=[quiz.pk]), _("Résultats")), *more)


def _buttons(user: Any, quiz: QuizPage) -> list[HeaderButton]:
    """Return what else can be done with the attempts."""
    waiting = f"{reverse('quiz_marking')}?{urlencode({'dans': quiz.pk})}"
    found = [HeaderButton(_("Copies à noter"), waiting, icon_name="edit")]
    if may_regrade(user, quiz):
        regrade = reverse("quiz_regrade", args=[quiz.pk])
        found.append(HeaderButton(_("Recorriger les essais"), regrade, icon_name="rotate"))
    return found


def _gain(quiz: QuizPage) -> MeanGain | None:
    """Return what people won between this positioning and the one that it repeats, or that repeats it."""
    if not quiz.is_positioning:
        return None
    if quiz.repeats:
        return mean_gain(quiz.repeats, quiz)
    after = quiz.repeated_by.first()
    return mean_gain(quiz, after) if after else None


@forbidden_as_such
@never_cache
@require_safe
def report(request: HttpRequest, quiz_id: int) -> HttpResponse:
    """Show how the attempts at a quiz went, and how each of its questions did."""
    quiz = quiz_of(request.user, quiz_id)  # type: ignore[arg-type]
    first_only = request.GET.get("essais") == FIRST_ONLY["essais"]
    whole = overview(quiz, first_only=first_only)
    context: dict[str, Any] = {"quiz": quiz, "overview": whole, "first_only": first_only}
    if whole.graded:
        context |= _report(request, quiz, whole, first_only=first_only)
    context["header_buttons"] = _buttons(request.user, quiz)
    return admin_page(request, "quizzes/admin/report.html", _title(quiz), _way(quiz), context, icon=ICON)


def _report(request: HttpRequest, quiz: QuizPage, whole: Overview, *, first_only: bool) -> dict[str, Any]:
    items = question_statistics(quiz, first_only=first_only)
    sample = add_mistakes(quiz, items, whole.graded, first_only=first_only)
    order, items = sort_items(items, request.GET.get("tri", ""))
    query = FIRST_ONLY if first_only else {}
    return {
        "bars": distribution(whole.percents),
        "time": time_chart(whole.seconds),
        "items": items,
        "sample": sample,
        "headings": _headings(order, query),
        "gain": _gain(quiz),
        "fewest": FEWEST,
        "query": f"?{urlencode(query)}" if query else "",
    }


# -- The attempts --------------------------------------------------------------------------------------------------


_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


# Further away, a midnight in France may be on a day that no calendar of the database has.
_IN_OUR_TIME = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class AttemptFilters(forms.Form):
    """What the list of attempts is narrowed to. What is not a valid filter narrows nothing."""

    person = forms.CharField(label=gettext_lazy("Personne"), required=False, max_length=100)
    outcome = forms.ChoiceField(
        label=gettext_lazy("Résultat"),
        required=False,
        choices=[
            ("", gettext_lazy("Tous")),
            ("reussi", gettext_lazy("Réussi")),
            ("a-refaire", gettext_lazy("Pas réussi")),
            ("a-noter", gettext_lazy("Note à venir")),
        ],
    )
    since = forms.DateField(
        label=gettext_lazy("Rendu à partir du"), required=False, widget=_DAY, validators=_IN_OUR_TIME
    )
    until = forms.DateField(label=gettext_lazy("Rendu jusqu'au"), required=False, widget=_DAY, validators=_IN_OUR_TIME)

    def narrow(self, attempts: QuerySet[Attempt], *, by_address: bool) -> QuerySet[Attempt]:
        """Keep the attempts that are asked for. `by_address`: a person is found by their e-mail address too."""
        self.is_valid()
        given = self.cleaned_data
        attempts = named(attempts, given.get("person", ""), by_address=by_address)
        if outcome := given.get("outcome"):
            wanted = {"reussi": Q(passed=True), "a-refaire": Q(passed=False), "a-noter": Q(percent=None)}
            attempts = attempts.filter(wanted[outcome])
        if since := given.get("since"):
            attempts = attempts.filter(submitted_at__gte=_midnight(since))
        if until := given.get("until"):
            attempts = attempts.filter(submitted_at__lt=_midnight(until + timedelta(days=1)))
        return attempts

    def query(self) -> dict[str, str]:
        """Return the filters that hold, as the address says them."""
        self.is_valid()
        return {name: self.data[name] for name, value in self.cleaned_data.items() if value}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001  (made aware)


def _place(attempt: Attempt) -> str:
    assert attempt.submitted_at  # noqa: S101  (only submitted ones are listed)
    return place_of(attempt.submitted_at, attempt.pk)


def attempts_of(quiz: QuizPage, data: QueryDict, *, by_address: bool) -> tuple[AttemptFilters, QuerySet[Attempt]]:
    """Return the filters of an address, and the submitted attempts that they keep, newest first."""
    filters = AttemptFilters(data)
    submitted = Attempt.objects.filter(quiz=quiz, submitted_at__isnull=False)
    narrowed = filters.narrow(submitted, by_address=by_address)
    return filters, narrowed.select_related("user").defer("snapshot").order_by("-submitted_at", "-pk")


@forbidden_as_such
@never_cache
@require_safe
def attempts(request: HttpRequest, quiz_id: int) -> HttpResponse:
    """List the submitted attempts at a quiz, newest first."""
    quiz = quiz_of(request.user, quiz_id)  # type: ignore[arg-type]
    filters, found = attempts_of(quiz, request.GET, by_address=may_regrade(request.user, quiz))
    place = request.GET.get("apres", "")
    rows = list(after_place(found, place, "submitted_at")[: SHOWN + 1])
    query = filters.query()
    context = {
        "quiz": quiz,
        "filters": filters,
        "rows": rows[:SHOWN],
        "query": f"?{urlencode(query)}" if query else "",
        "later": f"?{urlencode({**query, 'apres': _place(rows[SHOWN - 1])})}" if len(rows) > SHOWN else "",
        "is_first": not place,
        "header_buttons": _buttons(request.user, quiz),
    }
    way = _way(quiz, (reverse("quiz_report_attempts", args=[quiz.pk]), _("Essais")))
    return admin_page(request, "quizzes/admin/attempts.html", _("Essais : %s") % quiz.title, way, context, icon=ICON)


@forbidden_as_such
@never_cache
@require_safe
def attempt(request: HttpRequest, quiz_id: int, attempt_id: UUID) -> HttpResponse:
    """Show a submitted attempt as the person saw it, with its correction."""
    quiz = quiz_of(request.user, quiz_id)  # type: ignore[arg-type]
    submitted = Attempt.objects.select_related("user").filter(quiz=quiz, submitted_at__isnull=False)
    found = get_object_or_404(submitted, pk=attempt_id)
    found.quiz = quiz
    before = earlier_attempt(found) if found.graded_at else None
    context = {
        "quiz": quiz,
        "attempt": found,
        "corrections": corrections(found),
        "competences": competence_results(found, before) if found.graded_at else [],
        "gain": gain_since(before, found) if before else None,
        "others": Attempt.objects.filter(quiz=quiz, user=found.user, submitted_at__isnull=False)
        .exclude(pk=found.pk)
        .defer("snapshot")
        .order_by("-number")[:SHOWN],
    }
    name = found.user.display_name
    way = _way(
        quiz,
        (reverse("quiz_report_attempts", args=[quiz.pk]), _("Essais")),
        (reverse("quiz_report_attempt", args=[quiz.pk, found.pk]), name),
    )
    title = _("%(person)s, essai %(number)d") % {"person": name, "number": found.number}
    return admin_page(request, "quizzes/admin/attempt.html", title, way, context, icon="user")


# -- Downloads -----------------------------------------------------------------------------------------------------


@forbidden_as_such
@never_cache
@require_safe
def download(request: HttpRequest, quiz_id: int, what: str, kind: str) -> HttpResponseBase:
    """Send the attempts, as the list is filtered, or the questions, as CSV or as a workbook.

    Names are left out on demand; e-mail addresses are for those who may publish the quiz.
    """
    quiz = quiz_of(request.user, quiz_id)  # type: ignore[arg-type]
    if kind not in KINDS or what not in {"essais", "questions"}:
        raise Http404
    if what == "essais":
        may_see_addresses = may_regrade(request.user, quiz)
        _filters, found = attempts_of(quiz, request.GET, by_address=may_see_addresses)
        anonymous = request.GET.get("anonyme") == "1"
        table = downloads.attempts_table(found, anonymous=anonymous, addresses=may_see_addresses)
    else:
        first_only = request.GET.get("essais") == FIRST_ONLY["essais"]
        items = question_statistics(quiz, first_only=first_only)
        graded = max((item.seen for item in items), default=0)
        add_mistakes(quiz, items, graded, first_only=first_only)
        table = downloads.questions_table(items)
    day = timezone.localdate().isoformat()
    return send(table, kind, f"{what}-{quiz.slug}-{day}")
