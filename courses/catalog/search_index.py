"""Modules and their activities in the search of the site.

The questions of a lesson are not indexed: a passage would give their answers away. Of the other activities, what names
them is. Where a module asks for an account, its activities are found by who has one; the module itself by everyone.
"""

from __future__ import annotations

from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from courses.questions.kinds import Kind
from search.cms import PageKind, register_pages, stream_text
from search.registry import MEMBERS, PUBLIC

from .models import Activity, CoursePage, LessonPage, activity_models

_LABELS = {"lesson": _("leçon"), "quiz": _("quiz"), "interactive": _("activité interactive")}


def _course_text(course: CoursePage) -> str:
    return "\n".join((course.summary, stream_text(course.objectives), stream_text(course.introduction)))


def _course_facets(course: CoursePage) -> dict[str, Any]:
    return {
        "theme": [theme.slug for theme in course.themes.all()],
        "fed": course.federation.slug,
        "level": course.level,
    }


def _activity_text(activity: Activity) -> str:
    if isinstance(activity, LessonPage):
        return f"{activity.summary}\n{stream_text(activity.body, without=Kind)}"
    return activity.summary


def _activity_audience(activity: Activity) -> str:
    return PUBLIC if activity.course.open_access else MEMBERS


def _activity_facets(activity: Activity) -> dict[str, Any]:
    return _course_facets(activity.course)


def register() -> None:
    """Tell the search of modules, and of each type of activity that an app has added."""
    register_pages(
        PageKind(
            kind="module",
            label=_("module"),
            family="lessons",
            model=CoursePage,
            text=_course_text,
            facets=_course_facets,
            weight=0.8,
        )
    )
    for model in activity_models():
        register_pages(
            PageKind(
                kind=model.activity_kind,
                label=_LABELS.get(model.activity_kind, model._meta.verbose_name),
                family="lessons",
                model=cast("type[Page]", model),
                text=_activity_text,
                facets=_activity_facets,
                audience=_activity_audience,
            )
        )
