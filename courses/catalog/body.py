"""The body of a lesson as HTML. It is the same for everyone, so it is made once per revision and kept in the cache."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from courses.questions.images import question_images
from courses.questions.kinds import Kind, Question, ResponseError
from courses.questions.raw import question_from_raw
from courses.questions.review import Asked, Corrected, as_put_to_all, ask, correct

from .outline import Heading, add_anchors, in_slides

if TYPE_CHECKING:
    from .models import LessonPage

CACHE_SECONDS = 7 * 24 * 3600
# Change this number when a template of a block changes what it writes.
TEMPLATE_VERSION = 3
GENERATION_KEY = "lesson-body:generation"


def _new_generation() -> str:
    return uuid.uuid4().hex


def forget_bodies(**kwargs: Any) -> None:
    """Leave every rendered body behind: an image, a document or the address of a page that it shows has changed."""
    cache.set(GENERATION_KEY, _new_generation(), None)


@dataclass(frozen=True, slots=True)
class LessonBody:
    """Rendered content and its table of contents."""

    html: SafeString
    headings: tuple[Heading, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A question inside a lesson: asked, or corrected once it was answered."""

    asked: Asked
    corrected: Corrected | None = None

    @property
    def question(self) -> Question:
        """The question."""
        return self.asked.question


def answered_check(lesson: LessonPage, query: QueryDict) -> Check | None:
    """Return the corrected inline question that the address answers (`?verifier=<id>&reponse=…`), or None.

    The answer is neither kept nor counted, so it travels in the address: no session, no form token, and the body of the
    lesson stays the same for everyone. Without an answer that the question could have got, it comes back unanswered.
    """
    block_id = query.get("verifier")
    raw = next((block for block in _raw_questions(lesson) if block["id"] == block_id), None) if block_id else None
    if raw is None:
        return None
    question = as_put_to_all(question_from_raw(raw))
    images = question_images([question])
    try:
        response = question.read(query, "reponse")
    except ResponseError:
        response = question.check(None)
    error = question.complaint(response)
    asked = ask(question, response, images=images, error=error)
    # Nothing to correct is no reason to show the key.
    if error or not question.is_answered(response):
        return Check(asked)
    return Check(asked, correct(question, response, images=images))


def _raw_questions(lesson: LessonPage) -> list[dict[str, Any]]:
    kinds = set(Kind)
    return [block for block in lesson.body.get_prep_value() if block["type"] in kinds]


def _render(lesson: LessonPage, checks: Mapping[str, Check], *, preview: bool = False) -> LessonBody:
    questions = {raw["id"]: as_put_to_all(question_from_raw(raw)) for raw in _raw_questions(lesson)}
    images = question_images(questions.values())
    parts = []
    for child in lesson.body:
        if child.id in questions and child.block_type in set(Kind):
            check = checks.get(child.id) or Check(ask(questions[child.id], images=images))
            parts.append(render_to_string("questions/check.html", {"check": check}))
        else:
            parts.append(child.render(context={"page": lesson, "block_id": child.id, "preview": preview}))
    html, headings = add_anchors("\n".join(parts))
    if lesson.layout == lesson.Layout.SLIDES:
        html = in_slides(html)
    return LessonBody(mark_safe(html), tuple(headings))  # noqa: S308  (each part comes from a template)


def render_body(lesson: LessonPage, *, check: Check | None = None, preview: bool = False) -> LessonBody:
    """Return the lesson's body; with an answered question, the one that shows its correction.

    A preview, or a page that was never published from a revision, is rendered anew: nothing names its content for good.
    """
    if check is not None:
        return _render(lesson, {check.question.id: check}, preview=preview)
    if preview or not lesson.live_revision_id:
        return _render(lesson, {}, preview=preview)
    generation = cache.get_or_set(GENERATION_KEY, _new_generation, None)
    key = f"lesson-body:{TEMPLATE_VERSION}:{generation}:{lesson.pk}:{lesson.live_revision_id}"
    body = cache.get(key)
    if body is None:
        body = _render(lesson, {})
        cache.set(key, body, CACHE_SECONDS)
    return body
