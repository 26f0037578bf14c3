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

from courses.questions.blocks import question_from_block
from courses.questions.grading import Kind, UnknownOptionError, check_response
from courses.questions.review import QuestionReview, review

from .outline import Heading, add_anchors

if TYPE_CHECKING:
    from .models import LessonPage

CACHE_SECONDS = 7 * 24 * 3600
# Change this number when a template of a block changes what it writes.
TEMPLATE_VERSION = 1
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


def answered_check(lesson: LessonPage, query: QueryDict) -> QuestionReview | None:
    """Return the corrected inline question that the address answers (`?verifier=<id>&reponse=…`), or None.

    The answer is neither kept nor counted, so it travels in the address: no session, no form token, and the body of the
    lesson stays the same for everyone. Without an answer that the question could have got, it comes back unanswered.
    """
    block_id = query.get("verifier")
    if not block_id:
        return None
    for child in lesson.body:
        if child.id == block_id and child.block_type in set(Kind):
            question = question_from_block(child.id, child.block_type, child.value)
            image = child.value["image"]
            try:
                chosen = check_response(question, query.getlist("reponse"))
            except UnknownOptionError:
                chosen = frozenset()
            # Nothing to correct is no reason to show the key.
            return review(question, chosen, image=image) if chosen else QuestionReview.unanswered(question, image=image)
    return None


def _render(lesson: LessonPage, checks: Mapping[str, QuestionReview]) -> LessonBody:
    parts = []
    for child in lesson.body:
        if child.block_type in set(Kind):
            check = checks.get(child.id) or QuestionReview.unanswered(
                question_from_block(child.id, child.block_type, child.value), image=child.value["image"]
            )
            parts.append(render_to_string("questions/check.html", {"check": check}))
        else:
            parts.append(child.render(context={"page": lesson}))
    html, headings = add_anchors("\n".join(parts))
    return LessonBody(mark_safe(html), tuple(headings))  # noqa: S308  (each part comes from a template)


def render_body(lesson: LessonPage, *, check: QuestionReview | None = None, preview: bool = False) -> LessonBody:
    """Return the lesson's body; with an answered question, the one that shows its correction.

    A preview, or a page that was never published from a revision, is rendered anew: nothing names its content for good.
    """
    if check is not None:
        return _render(lesson, {check.question.id: check})
    if preview or not lesson.live_revision_id:
        return _render(lesson, {})
    generation = cache.get_or_set(GENERATION_KEY, _new_generation, None)
    key = f"lesson-body:{TEMPLATE_VERSION}:{generation}:{lesson.pk}:{lesson.live_revision_id}"
    body = cache.get(key)
    if body is None:
        body = _render(lesson, {})
        cache.set(key, body, CACHE_SECONDS)
    return body
