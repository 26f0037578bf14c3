"""Taking a quiz: one question a page, a summary, the result. Every view works on one's own attempts only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses.catalog.access import open_page
from courses.questions.grading import UnknownOptionError
from courses.questions.review import QuestionReview
from people.http import MemberRequest

from . import services
from .models import Attempt, QuizPage
from .results import lesson_links, question_images, reviews


def _own_attempt(request: MemberRequest, attempt_id: UUID) -> Attempt:
    """Return the attempt if it is this person's; someone else's is as if it did not exist."""
    return get_object_or_404(Attempt.objects.select_related("quiz"), pk=attempt_id, user=request.user)


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
    except services.EmptyQuizError:
        messages.error(request, _("Ce quiz n'a pas encore de question."))
    else:
        return redirect("quizzes:question", attempt.pk, attempt.first_unanswered())
    return redirect(quiz.get_url(request))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: MemberRequest, attempt_id: UUID, number: int) -> HttpResponse:
    """Show a question with the answer saved so far; keep the answer that is posted, then lead on."""
    attempt = _own_attempt(request, attempt_id)
    if attempt.submitted_at:
        return redirect(attempt)
    total = len(attempt.questions)
    if not 1 <= number <= total:
        raise Http404
    asked = attempt.questions[number - 1]
    error = ""
    if request.method == "POST":
        try:
            services.save_answer(attempt, number, request.POST.getlist("reponse"))
        except UnknownOptionError:
            error = _(
                "Cette réponse ne fait pas partie des choix proposés. Choisissez à nouveau : rien d'autre n'a changé."
            )
        except services.AttemptClosedError:
            messages.info(request, _("Ce quiz est déjà terminé : voici le résultat."))
            return redirect(attempt)
        else:
            return _after_answer(request, attempt, number, total)
    chosen = attempt.responses.get(asked.id, [])
    return render(
        request,
        "quizzes/question.html",
        {
            "attempt": attempt,
            "quiz": attempt.quiz,
            "review": QuestionReview.unanswered(asked, chosen, image=question_images(attempt.quiz).get(asked.id)),
            "number": number,
            "total": total,
            "answered": len([q for q in attempt.questions if attempt.responses.get(q.id)]),
            "error": error,
        },
        status=400 if error else 200,
    )


def _after_answer(request: MemberRequest, attempt: Attempt, number: int, total: int) -> HttpResponse:
    if request.headers.get("X-Autosave"):
        return HttpResponse(status=204)
    if "precedente" in request.POST and number > 1:
        return redirect("quizzes:question", attempt.pk, number - 1)
    if "recapitulatif" in request.POST or number == total:
        return redirect(attempt)
    return redirect("quizzes:question", attempt.pk, number + 1)


@login_required
@require_safe
def attempt(request: MemberRequest, attempt_id: UUID) -> HttpResponse:
    """Show the summary of an attempt under way, or the result of a submitted one."""
    current = _own_attempt(request, attempt_id)
    context: dict[str, Any] = {"attempt": current, "quiz": current.quiz}
    if current.submitted_at is None:
        rows = [(n, q, bool(current.responses.get(q.id))) for n, q in enumerate(current.questions, start=1)]
        context |= {"rows": rows, "missing": [n for n, _q, answered in rows if not answered]}
        return render(request, "quizzes/summary.html", context)
    context |= {"reviews": reviews(current), "lessons": lesson_links(current), "course": current.quiz.course}
    context["may_try_again"] = services.may_try_again(request.user, current.quiz)
    return render(request, "quizzes/result.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: MemberRequest, attempt_id: UUID) -> HttpResponse:
    """Grade the attempt. Sending it twice shows the same result; a GET (after signing in) leads back to the summary."""
    current = _own_attempt(request, attempt_id)
    if request.method == "POST":
        services.submit_attempt(current)
    return redirect(current)
