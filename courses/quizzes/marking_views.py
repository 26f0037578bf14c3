"""Marking in the admin: the queue of «Copies à noter», and the page where one answer gets its points."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.models import Page

from courses.catalog.admin_pages import admin_page, crumbs, forbidden_as_such
from courses.catalog.rights import looks_after_a_space
from courses.questions.images import question_images
from courses.questions.kinds import OpenQuestion

from .marking import (
    AlreadyMarkedError,
    Place,
    after,
    courses_of,
    give_marks,
    in_their_spaces,
    next_waiting,
    open_question,
    places_to_mark,
    seen_mark,
    waiting,
)
from .models import Answer

ICON = "edit"
SHOWN = 25


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to, kept in the address from one answer to the next."""

    within: Page | None = None
    anonymous: bool = False

    @classmethod
    def read(cls, request: HttpRequest) -> Filters:
        """Return what the address asks for; a module or quiz that is not there narrows nothing."""
        asked = request.GET.get("dans", "")
        page = Page.objects.filter(pk=int(asked)).first() if asked.isascii() and asked.isdigit() and asked else None
        return cls(page, request.GET.get("anonyme") == "1")

    def query(self, **more: str) -> str:
        """Return the part of an address after its path that keeps them, with `more` in front."""
        kept = {**more, **({"dans": str(self.within.pk)} if self.within else {})}
        kept |= {"anonyme": "1"} if self.anonymous else {}
        return f"?{urlencode(kept)}" if kept else ""


def _members_only(request: HttpRequest) -> None:
    if not looks_after_a_space(request.user):  # type: ignore[arg-type]
        raise Http404


@forbidden_as_such
@require_http_methods(["GET", "HEAD"])
def queue(request: HttpRequest) -> HttpResponse:
    """List the answers that wait for a trainer, oldest first."""
    _members_only(request)
    filters = Filters.read(request)
    rows = waiting(request.user, filters.within)  # type: ignore[arg-type]
    place = Place.read(request.GET.get("apres", ""))
    found = list(after(rows, place).select_related("attempt__user", "attempt__quiz")[: SHOWN + 1])
    courses = courses_of(answer.attempt.quiz for answer in found)
    shown = [
        {
            "answer": answer,
            "question": open_question(answer),
            "course": courses[answer.attempt.quiz.path[: -Page.steplen]],
        }
        for answer in found[:SHOWN]
    ]
    last = found[SHOWN - 1] if len(found) > SHOWN else None
    context = {
        "rows": shown,
        "filters": filters,
        "query": filters.query(),
        "groups": places_to_mark(request.user),  # type: ignore[arg-type]
        "later": filters.query(apres=str(_place_of(last))) if last else "",
        "earlier": place is not None,
    }
    way = crumbs((reverse("quiz_marking"), _("Copies à noter")))
    return admin_page(request, "quizzes/admin/marking.html", _("Copies à noter"), way, context, icon=ICON)


def _place_of(answer: Answer) -> Place | None:
    since = answer.awaits_since or answer.attempt.submitted_at
    return Place(since, answer.pk) if since else None


class PointsField(forms.DecimalField):
    """Points for a criterion, with a comma or a point."""

    def __init__(self, most: Decimal, **kwargs: Any) -> None:
        self.bounds = _("Donnez de 0 à %s.") % f"{most.normalize():f}".replace(".", ",")
        errors = dict.fromkeys(
            ("required", "invalid", "max_decimal_places", "max_digits", "max_whole_digits"), self.bounds
        )
        super().__init__(max_digits=7, decimal_places=2, error_messages=errors, **kwargs)
        self.most = most

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs have an integer's
        return super().to_python(str(value).replace(",", ".").replace("\xa0", "") if value else value)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not 0 <= value <= self.most:
            raise ValidationError(self.bounds)


class MarkForm(forms.Form):
    """The points for each criterion of the grid, and what to say to the person."""

    comment = forms.CharField(
        label=gettext_lazy("Commentaire pour la personne"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Facultatif, en Markdown. La personne le lit avec son résultat."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, question: OpenQuestion, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        points = {}
        for number, criterion in enumerate(question.grid):
            most = f"{criterion.points.normalize():f}".replace(".", ",")
            points[f"points-{number}"] = PointsField(
                criterion.points,
                label=f"{criterion.label} (sur {most})",
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 6}),
            )
        self.fields = {**points, **self.fields}

    @property
    def grid(self) -> list[forms.BoundField]:
        """The fields of the criteria."""
        return [self[name] for name in self.fields if name.startswith("points-")]

    @property
    def points(self) -> list[Decimal]:
        """The points given, in the order of the grid."""
        return [self.cleaned_data[field.name] for field in self.grid]


def _kept(answer: Answer) -> dict[str, Any]:
    """Return what the form holds of a mark that was given before."""
    given = {f"points-{n}": points.replace(".", ",") for n, points in enumerate(answer.criteria or ())}
    return {**given, "comment": answer.comment, "seen": seen_mark(answer)}


@forbidden_as_such
@require_http_methods(["GET", "HEAD", "POST"])
def mark(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Show an answer with its question and its grid, and keep the points. Then lead to the next one that waits."""
    rows = in_their_spaces(request.user).select_related("attempt__quiz", "attempt__user", "marked_by")  # type: ignore[arg-type]
    answer = rows.filter(pk=answer_id).first()
    question = open_question(answer) if answer else None
    if answer is None or question is None:
        raise Http404
    filters, place = Filters.read(request), _place_of(answer)
    if request.method != "POST":
        return _mark_page(request, answer, question, filters, MarkForm(question, initial=_kept(answer)))
    form = MarkForm(question, request.POST)
    if not form.is_valid():
        return _mark_page(request, answer, question, filters, form, status=400)
    given = form.cleaned_data
    try:
        give_marks(answer, form.points, by=request.user, comment=given["comment"], seen=given["seen"])  # type: ignore[arg-type]
    except AlreadyMarkedError as error:
        data = request.POST.copy()
        data["seen"] = seen_mark(error.answer)
        form = MarkForm(question, data)
        return _mark_page(request, error.answer, question, filters, form, status=409, overtaken=True)
    messages.success(request, _("La note est enregistrée."))
    if "suivante" in request.POST:
        following = next_waiting(waiting(request.user, filters.within), place)  # type: ignore[arg-type]
        if following is not None:
            return redirect(reverse("quiz_mark", args=[following.pk]) + filters.query())
        messages.info(request, _("Il n'y a plus de copie à noter ici."))
    return redirect(reverse("quiz_marking") + filters.query())


def _mark_page(
    request: HttpRequest,
    answer: Answer,
    question: OpenQuestion,
    filters: Filters,
    form: MarkForm,
    *,
    status: int = 200,
    overtaken: bool = False,
) -> HttpResponse:
    attempt = answer.attempt
    following = after(waiting(request.user, filters.within), _place_of(answer)).first()  # type: ignore[arg-type]
    context = {
        "answer": answer,
        "attempt": attempt,
        "quiz": attempt.quiz,
        "question": question,
        "images": question_images([question]),
        "text": "".join(question.in_words(answer.response)),
        "marks": [(c.label, given) for c, given in zip(question.grid, answer.criteria or (), strict=False)],
        "filters": filters,
        "query": filters.query(),
        "following": following,
        "form": form,
        "overtaken": overtaken,
    }
    way = crumbs(
        (reverse("quiz_marking") + filters.query(), _("Copies à noter")),
        (reverse("quiz_mark", args=[answer.pk]), _("Noter")),
    )
    return admin_page(
        request, "quizzes/admin/mark.html", _("Noter une réponse"), way, context, icon=ICON, status=status
    )
