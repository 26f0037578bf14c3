"""Following modules: enrol, finish a lesson, come back to it, and the learner's own page."""

from __future__ import annotations

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.catalog.access import open_page
from courses.catalog.models import CoursePage, LessonPage, course_activities
from people.http import MemberRequest

from . import services
from .models import Enrolment
from .reading import dashboard_for, standing_in

_ANCHOR = re.compile(r"[a-z0-9-]{1,80}")


@login_required
@require_safe
def dashboard(request: MemberRequest) -> HttpResponse:
    """«Mon parcours»: continue, what's next, done, results."""
    return render(request, "progress/dashboard.html", {"dashboard": dashboard_for(request.user)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: MemberRequest, course_id: int) -> HttpResponse:
    """Follow a module, then open its next activity. A GET (after signing in) leads back to the module."""
    course = open_page(request, CoursePage, course_id)
    if request.method != "POST":
        return redirect(course.get_url(request))
    services.enrol(request.user, course)
    standing = standing_in(request.user, course, course_activities(course))
    messages.success(request, _("Vous suivez maintenant ce module. Votre avancement est enregistré."))
    return redirect((standing and standing.resume_url) or course.get_url(request))


def _own(request: MemberRequest, lesson: LessonPage) -> QuerySet[Enrolment]:
    """Return this person's enrolment in the lesson's module, as a queryset of one or none."""
    return Enrolment.objects.filter(user=request.user, course=lesson.course)


def _enrolled(enrolment: Enrolment | None) -> Enrolment:
    if enrolment is None:
        raise PermissionDenied(_("Suivez d'abord le module : votre avancement pourra alors être enregistré."))
    return enrolment


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: MemberRequest, activity_id: int) -> HttpResponse:
    """Mark a lesson as done, then open the activity that follows, or the module when there is none.

    Only lessons are finished by hand: a quiz is passed.
    """
    lesson = open_page(request, LessonPage, activity_id)
    if request.method != "POST":
        return redirect(lesson.get_url(request))
    enrolment = _enrolled(services.set_done(_own(request, lesson), lesson.pk))
    activities = course_activities(lesson.course)
    position = next((i for i, activity in enumerate(activities) if activity.id == lesson.pk), len(activities))
    if enrolment.percent == 100:
        messages.success(request, _("Bravo, vous avez terminé ce module."))
        return redirect(lesson.course.get_url(request))
    messages.success(request, _("Leçon terminée : « %(title)s ».") % {"title": lesson.title})
    following = activities[position + 1 :]
    return redirect(following[0].url if following else lesson.course.get_url(request))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: MemberRequest, activity_id: int) -> HttpResponse:
    """Mark a lesson as still to do. A GET (after signing in) leads back to the lesson."""
    lesson = open_page(request, LessonPage, activity_id)
    if request.method != "POST":
        return redirect(lesson.get_url(request))
    _enrolled(services.set_not_done(_own(request, lesson), lesson.pk))
    messages.info(request, _("La leçon est de nouveau à faire."))
    return redirect(lesson.get_url(request))


@login_required
@require_POST
def keep_place(request: MemberRequest, activity_id: int) -> HttpResponse:
    """Remember the title that the reader has reached. Sent by the page as it closes; says nothing back."""
    anchor = request.POST.get("anchor", "")
    if not _ANCHOR.fullmatch(anchor):
        raise Http404
    lesson = open_page(request, LessonPage, activity_id)
    services.keep_place(_enrolled(_own(request, lesson).first()), lesson.pk, anchor)
    return HttpResponse(status=204)
