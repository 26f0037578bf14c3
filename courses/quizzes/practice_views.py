"""Seeing missed questions again, one at a time, each corrected at once. Every view works on one's own queue only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.models import Page

from courses.questions.images import question_images
from courses.questions.kinds import Question, Response, ResponseError
from courses.questions.review import ask, correct
from people.http import MemberRequest

from . import missed
from .models import Attempt, MissedQuestion, course_path
from .views import FIELD, NOT_AN_ANSWER

SESSION = "essai"
REMOVED = "retiree"


@dataclass(frozen=True, slots=True)
class Series:
    """The questions that follow each other: those due today, or those missed in one attempt."""

    ids: list[UUID]
    attempt_id: UUID | None = None

    def address(self, name: str, question_id: UUID) -> str:
        """Return an address about a question, which leads on in the same series."""
        path = reverse(f"quizzes:{name}", args=[question_id])
        return f"{path}?{SESSION}={self.attempt_id}" if self.attempt_id else path

    def after(self, question_id: UUID) -> str:
        """Return the address of the question that follows; an empty text at the end."""
        if self.attempt_id and question_id in self.ids:
            rest = self.ids[self.ids.index(question_id) + 1 :]
        else:
            rest = [other for other in self.ids if other != question_id]
        return self.address("practice_question", rest[0]) if rest else ""

    def number(self, question_id: UUID) -> int | None:
        """Return the place of the question in its attempt's series, from 1."""
        return self.ids.index(question_id) + 1 if self.attempt_id and question_id in self.ids else None


def _series(request: MemberRequest, row: MissedQuestion | None = None) -> Series:
    """Return the series that the address names. `row` spares a query when it comes from the same attempt."""
    attempt_id = _uuid(request, SESSION)
    if attempt_id is None:
        return Series(missed.due_ids(request.user))
    if row and row.attempt_id == attempt_id:
        attempt = row.attempt
    else:
        attempt = get_object_or_404(Attempt, pk=attempt_id, user=request.user)
    return Series(missed.missed_ids(attempt), attempt_id)


@login_required
@never_cache
@require_safe
def practice(request: MemberRequest) -> HttpResponse:
    """Show how many questions are due, by module; with an attempt in the address, start on those it missed."""
    series = _series(request)
    if series.attempt_id and series.ids:
        return redirect(series.address("practice_question", series.ids[0]))
    if series.attempt_id:
        messages.info(request, _("Les questions de cet essai ne sont pas à revoir pour l'instant."))
        return redirect("quizzes:practice")
    modules = missed.practice_by_module(request.user)
    context = {
        "modules": modules,
        "standing": missed.total(modules),
        "first": series.address("practice_question", series.ids[0]) if series.ids else "",
        "undo": _undo(request),
    }
    return render(request, "quizzes/practice.html", context)


def _undo(request: MemberRequest) -> str:
    """Return the address that puts back the question that was just taken away; an empty text if there is none."""
    question_id = _uuid(request, REMOVED)
    if question_id is None:
        return ""
    gone = MissedQuestion.objects.filter(user=request.user, question_id=question_id, left_at__isnull=False)
    return _same_series(request, "practice_bring_back", question_id) if gone.exists() else ""


def _own(request: MemberRequest, question_id: UUID) -> MissedQuestion:
    """Return the person's missed question. One that may not be put now is as if it did not exist."""
    row = missed.find(request.user, question_id)
    if row is None:
        raise Http404
    return row


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: MemberRequest, question_id: UUID) -> HttpResponse:
    """Put a question; keep the answer that is posted, then show it corrected."""
    row = _own(request, question_id)
    asked = missed.question_of(row)
    response, error = asked.check(None), ""
    if request.method == "POST":
        try:
            if "ne-sais-pas" not in request.POST:
                response = asked.read(request.POST, FIELD)
                error = asked.complaint(response)
                error = error or ("" if asked.is_answered(response) else _("Répondez d'abord, puis vérifiez."))
        except ResponseError:
            error = NOT_AN_ANSWER
        if not error:
            if not missed.answer(row, _turn(request), response):
                _explain_uncounted(request, row, response)
            return redirect(_same_series(request, "practice_corrected", question_id))
    series = _series(request, row)
    images = question_images([asked])
    context = _context(series, row, asked, images) | {
        "asked": ask(asked, response, name=FIELD, images=images, error=error),
        "undo": _undo(request),
    }
    return render(request, "quizzes/practice_question.html", context, status=400 if error else 200)


def _explain_uncounted(request: MemberRequest, row: MissedQuestion, response: Response) -> None:
    """Say why an answer did not count, unless it is the same one sent twice."""
    row.refresh_from_db(fields=["response"])
    if row.response is None:
        messages.info(request, _("Cette question a été remise dans votre liste entre-temps : répondez à nouveau."))
    elif row.response != response:
        messages.info(request, _("Vous aviez déjà répondu à cette question : voici cette première réponse."))


def _turn(request: MemberRequest) -> int:
    value = request.POST.get("passage", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else -1


def _same_series(request: MemberRequest, name: str, question_id: UUID) -> str:
    """Return an address about a question in the series that the present address names, without looking it up."""
    return Series([], _uuid(request, SESSION)).address(name, question_id)


def _uuid(request: MemberRequest, name: str) -> UUID | None:
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return None


def _context(series: Series, row: MissedQuestion, shown: Question, images: dict[int, Any]) -> dict[str, Any]:
    return {
        "row": row,
        "quiz": row.attempt.quiz,
        "question": shown,
        "images": images,
        "number": series.number(row.question_id),
        "count": len(series.ids),
        "here": series.address("practice_question", row.question_id),
        "leave": series.address("practice_leave", row.question_id),
        "next": series.after(row.question_id),
    }


@login_required
@never_cache
@require_safe
def corrected(request: MemberRequest, question_id: UUID) -> HttpResponse:
    """Show the last answer to a question corrected, when it comes back, and the way to the next one."""
    row = _own(request, question_id)
    if row.response is None:
        return redirect(_same_series(request, "practice_question", question_id))
    shown = missed.question_of(row, row.turn - 1)
    images = question_images([shown])
    context = _context(_series(request, row), row, shown, images) | {
        "review": correct(shown, row.response, images=images),
        "lesson": _lesson(row, shown),
        "learnt": row.left_at is not None,
    }
    return render(request, "quizzes/practice_question.html", context)


def _lesson(row: MissedQuestion, shown: Question) -> Page | None:
    """Return the lesson that explains the question, if it is still in the module."""
    if not shown.lesson_id:
        return None
    module = course_path(row.attempt.quiz)
    return Page.objects.live().filter(pk=shown.lesson_id, path__startswith=module).first()


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: MemberRequest, question_id: UUID) -> HttpResponse:
    """Take a question away («Je la connais»), lead to the next, and offer it back. A GET leads to it."""
    if request.method != "POST":
        return redirect(_same_series(request, "practice_question", question_id))
    following = _series(request).after(question_id) or reverse("quizzes:practice")
    if not missed.leave(request.user, question_id):
        return redirect(following)
    return redirect(f"{following}{'&' if '?' in following else '?'}{REMOVED}={question_id}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bring_back(request: MemberRequest, question_id: UUID) -> HttpResponse:
    """Put a question back in the queue, and show it. Doing it twice changes nothing more."""
    if request.method == "POST" and missed.bring_back(request.user, question_id):
        messages.success(request, _("La question est de nouveau dans votre liste."))
    if missed.find(request.user, question_id) is None:
        return redirect("quizzes:practice")
    return redirect(_same_series(request, "practice_question", question_id))
