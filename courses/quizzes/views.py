"""Taking a quiz: its questions, a summary, the result. Every view works on one's own attempts only."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses.catalog.access import open_page
from courses.catalog.models import course_activities
from courses.questions.images import question_images
from courses.questions.kinds import OpenQuestion, Question, ResponseError
from courses.questions.review import ask, correct
from pages.templatetags.pages_tags import long_date
from people.http import MemberRequest

from . import services
from .drawing import EmptyQuizError
from .missed import missed_ids
from .models import Attempt, QuizPage
from .regrading import regrades_of
from .results import competence_results, corrections, earlier_attempt, gain_since, next_activity

FIELD = "reponse"
TIME_IS_OVER = _("Le temps est écoulé : les réponses enregistrées ont été notées.")
ALREADY_FINISHED = _("Ce quiz est déjà terminé : voici le résultat.")
NOT_AN_ANSWER = _(
    "Cette réponse ne fait pas partie des choix proposés. Choisissez à nouveau : rien d'autre n'a changé."
)


def _own_attempt(request: MemberRequest, attempt_id: UUID) -> Attempt:
    """Return the attempt if it is this person's; someone else's is as if it did not exist.

    An attempt whose time is over is closed first.
    """
    found = get_object_or_404(Attempt.objects.select_related("quiz"), pk=attempt_id, user=request.user)
    if found.is_late and timezone.now() >= (found.deadline or timezone.now()) + services.GRACE:
        services.submit_attempt(found)
        return get_object_or_404(Attempt.objects.select_related("quiz"), pk=attempt_id, user=request.user)
    return found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: MemberRequest, quiz_id: int) -> HttpResponse:
    """Start an attempt, or go on with the one under way. A GET (after signing in) leads back to the quiz."""
    quiz = open_page(request, QuizPage, quiz_id)
    if request.method != "POST":
        return redirect(quiz.get_url(request))
    try:
        attempt = services.start_attempt(request.user, quiz)
    except services.AttemptLimitError:
        messages.error(request, _("Vous avez fait tous les essais permis pour ce quiz."))
    except services.TooEarlyError as error:
        local = timezone.localtime(error.until)
        messages.error(request, _("Vous pourrez réessayer le %s à %s.") % (long_date(local), local.strftime("%H:%M")))
    except EmptyQuizError:
        messages.error(request, _("Ce quiz n'a pas encore de question."))
    else:
        return _to_questions(attempt, quiz)
    return redirect(quiz.get_url(request))


def _to_questions(attempt: Attempt, quiz: QuizPage, number: int | None = None) -> HttpResponse:
    """Lead to a question, the one to resume at by default, wherever the quiz shows it."""
    if number is None:
        forced = quiz.navigation == QuizPage.Navigation.FORCED
        number = min(attempt.furthest, len(attempt.questions)) if forced else attempt.resume_at()
    if quiz.layout == QuizPage.Layout.ALL:
        response = redirect("quizzes:questions", attempt.pk)
        response["Location"] += f"#question-{number}"
        return response
    return redirect("quizzes:question", attempt.pk, number)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: MemberRequest, attempt_id: UUID, number: int) -> HttpResponse:
    """Show a question with the answer saved so far; keep the answer that is posted, then lead on."""
    attempt = _own_attempt(request, attempt_id)
    quiz = attempt.quiz
    if attempt.submitted_at:
        return _closed(request, attempt)
    total = len(attempt.questions)
    if not 1 <= number <= total:
        raise Http404
    if quiz.layout == QuizPage.Layout.ALL and request.method != "POST":
        return _to_questions(attempt, quiz, number)
    forced = quiz.navigation == QuizPage.Navigation.FORCED
    if forced and number != attempt.furthest:
        return redirect(attempt) if attempt.furthest > total else _to_questions(attempt, quiz, attempt.furthest)
    asked = attempt.questions[number - 1]
    error = ""
    if request.method == "POST":
        leave = forced and not request.headers.get("X-Autosave")
        shown = [] if _is_corrected(attempt, asked) else [(number, asked, FIELD)]
        error = _save(request, attempt, shown, leave=leave)
        if request.headers.get("X-Autosave"):
            return HttpResponse(error, status=409 if error else 204)
        if not error:
            return _after_answer(request, attempt, number)
        if error in {ALREADY_FINISHED, TIME_IS_OVER}:
            return _closed(request, attempt)
    entry = _entry(attempt, number, FIELD, error)
    context = _progress(attempt) | {"entry": entry, "number": number, "total": total, "forced": forced}
    return render(request, "quizzes/question.html", context, status=400 if error else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: MemberRequest, attempt_id: UUID) -> HttpResponse:
    """Show all the questions of an attempt on one page, and keep the answers that are posted."""
    attempt = _own_attempt(request, attempt_id)
    if attempt.submitted_at:
        return _closed(request, attempt)
    if attempt.quiz.layout != QuizPage.Layout.ALL:
        return _to_questions(attempt, attempt.quiz)
    numbered = list(enumerate(attempt.questions, 1))
    error = ""
    if request.method == "POST":
        shown = [(n, q, f"q{n}") for n, q in numbered if not _is_corrected(attempt, q)]
        error = _save(request, attempt, shown)
        if request.headers.get("X-Autosave"):
            return HttpResponse(error, status=409 if error else 204)
        if not error:
            return _after_answer(request, attempt, int(request.POST.get("numero") or 1))
        if error in {ALREADY_FINISHED, TIME_IS_OVER}:
            return _closed(request, attempt)
    images = question_images(attempt.questions)
    entries = [_entry(attempt, n, f"q{n}", images=images) for n, _question in numbered]
    context = _progress(attempt) | {"entries": entries, "error": error, "total": len(entries)}
    return render(request, "quizzes/questions.html", context, status=400 if error else 200)


def _is_corrected(attempt: Attempt, asked: Question) -> bool:
    """Whether a training quiz shows the correction of a question now."""
    if attempt.mode != QuizPage.Mode.TRAINING:
        return False
    answer = attempt.saved.get(asked.id)
    return answer is not None and answer.checked_at is not None


def _entry(
    attempt: Attempt, number: int, name: str, error: str = "", images: dict[int, Any] | None = None
) -> dict[str, Any]:
    """Return what the page shows of one question: its form, or in a training quiz its correction."""
    shown = attempt.questions[number - 1]
    images = question_images([shown]) if images is None else images
    response = attempt.response_to(shown)
    answer = attempt.saved.get(shown.id)
    if _is_corrected(attempt, shown):
        corrected = correct(shown, response, images=images)
        return {"number": number, "question": shown, "images": images, "corrected": corrected}
    error = error or shown.complaint(response)
    return {
        "number": number,
        "question": shown,
        "images": images,
        "asked": ask(shown, response, name=name, images=images, error=error),
        "flagged": bool(answer and answer.flagged),
        "flag_name": f"{name}-marque",
    }


def _save(
    request: MemberRequest, attempt: Attempt, shown: Iterable[tuple[int, Question, str]], *, leave: bool = False
) -> str:
    """Keep what the form holds of the questions. Returns what went wrong, in French, or an empty text."""
    try:
        given = [(n, q.read(request.POST, name), f"{name}-marque" in request.POST) for n, q, name in shown]
        services.save_answers(attempt, given, leave=leave)
    except ResponseError:
        return NOT_AN_ANSWER
    except services.QuestionClosedError:
        return _("Cette question est derrière vous : dans ce quiz, on ne revient pas sur une réponse validée.")
    except services.AttemptClosedError:
        fresh = Attempt.objects.get(pk=attempt.pk)
        return ALREADY_FINISHED if fresh.submitted_at else TIME_IS_OVER
    attempt.__dict__.pop("saved", None)
    return ""


def _progress(attempt: Attempt) -> dict[str, Any]:
    answered = sum(q.is_answered(attempt.response_to(q)) for q in attempt.questions)
    return {"attempt": attempt, "quiz": attempt.quiz, "answered": answered}


def _closed(request: MemberRequest, attempt: Attempt) -> HttpResponse:
    """Lead to the result of an attempt whose answers no longer change."""
    if request.method == "POST" and not services.close_if_late(attempt):
        messages.info(request, ALREADY_FINISHED)
    return redirect(attempt)


def _after_answer(request: MemberRequest, attempt: Attempt, number: int) -> HttpResponse:
    """Lead where the button says; «verifier» and «reprendre» belong to training quizzes."""
    total, quiz = len(attempt.questions), attempt.quiz
    if attempt.mode == QuizPage.Mode.TRAINING and (asked_for := _training_number(request, number)):
        at, checked = asked_for
        if not 1 <= at <= total:
            raise Http404
        chosen = attempt.questions[at - 1]
        response = attempt.response_to(chosen)
        if checked and (not chosen.is_answered(response) or chosen.complaint(response)):
            messages.warning(request, chosen.complaint(response) or _("Répondez d'abord, puis vérifiez."))
        else:
            services.set_checked(attempt, chosen, checked=checked)
        return _to_questions(attempt, quiz, at)
    if quiz.layout == QuizPage.Layout.ALL or "recapitulatif" in request.POST:
        return redirect(attempt)
    if "precedente" in request.POST and number > 1:
        return _to_questions(attempt, quiz, number - 1)
    return redirect(attempt) if number >= total else _to_questions(attempt, quiz, number + 1)


def _training_number(request: MemberRequest, number: int) -> tuple[int, bool] | None:
    for button, checked in (("verifier", True), ("reprendre", False)):
        if value := request.POST.get(button):
            return (int(value) if value.isascii() and value.isdigit() and len(value) < 5 else number), checked
    return None


@login_required
@never_cache
@require_safe
def attempt(request: MemberRequest, attempt_id: UUID) -> HttpResponse:
    """Show the summary of an attempt under way, or the result of a submitted one."""
    current = _own_attempt(request, attempt_id)
    if current.submitted_at is None:
        return render(request, "quizzes/summary.html", _summary(current))
    return render(request, "quizzes/result.html", _result(current))


def _summary(current: Attempt) -> dict[str, Any]:
    rows = []
    for number, asked in enumerate(current.questions, start=1):
        response, answer = current.response_to(asked), current.saved.get(asked.id)
        state = "none" if not asked.is_answered(response) else "part" if not asked.is_complete(response) else "full"
        rows.append({"number": number, "question": asked, "state": state, "flagged": bool(answer and answer.flagged)})
    forced = current.quiz.navigation == QuizPage.Navigation.FORCED
    return {
        "attempt": current,
        "quiz": current.quiz,
        "rows": rows,
        "missing": [row["number"] for row in rows if row["state"] == "none"],
        "partial": [row["number"] for row in rows if row["state"] == "part"],
        "flagged": [row["number"] for row in rows if row["flagged"]],
        "forced": forced,
        "unseen": forced and current.furthest <= len(rows),
        "all_on_one": current.quiz.layout == QuizPage.Layout.ALL,
    }


def _result(current: Attempt) -> dict[str, Any]:
    quiz = current.quiz
    context: dict[str, Any] = {"attempt": current, "quiz": quiz, "course": quiz.course}
    context["may_try_again"] = services.may_try_again(quiz, current.number)
    shown = current.mode == QuizPage.Mode.TRAINING or quiz.shows_correction()
    activities = course_activities(quiz.course)
    everything = corrections(current, activities)
    # One's own answer cannot be marked without its model, whenever the rest is shown.
    context["to_mark_oneself"] = [item.number for item in everything if item.to_mark_oneself]
    context["corrections"] = [item for item in everything if shown or item.to_mark_oneself]
    context["shows_correction"] = shown
    context["next_activity"] = next_activity(current, activities)
    if current.graded_at:
        before = earlier_attempt(current)
        context["competences"] = competence_results(current, before)
        context["gain"] = gain_since(before, current) if before else None
        context["missed"] = len(missed_ids(current))
        context["regrades"] = regrades_of(current)
    return context


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: MemberRequest, attempt_id: UUID) -> HttpResponse:
    """Grade the attempt. Sending it twice shows the same result; a GET (after signing in) leads back to the summary."""
    if request.method == "POST":
        try:
            return redirect(services.submit(attempt_id, user=request.user))
        except Attempt.DoesNotExist:
            raise Http404 from None
    return redirect(_own_attempt(request, attempt_id))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mark_oneself(request: MemberRequest, attempt_id: UUID, question_id: UUID) -> HttpResponse:
    """Keep the points that a person gives to their own answer, by the grid, once it was compared with the model."""
    current = _own_attempt(request, attempt_id)
    marked = next((q for q in current.questions if q.id == str(question_id)), None)
    if not isinstance(marked, OpenQuestion) or marked.marking != "self" or current.submitted_at is None:
        raise Http404
    if request.method == "POST":
        try:
            points = [Decimal(request.POST.get(f"critere-{n}", "")) for n in range(len(marked.grid))]
            services.mark_answer(current, marked.id, points, by=request.user)
        except (InvalidOperation, ResponseError, KeyError):
            messages.error(request, _("Choisissez des points pour chaque critère."))
        else:
            messages.success(request, _("C'est noté."))
    response = redirect(current)
    response["Location"] += f"#reponse-{current.questions.index(marked) + 1}"
    return response
