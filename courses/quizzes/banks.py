"""What uses a question bank."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from wagtail.models import ReferenceIndex

from .blocks import DRAW
from .models import QuestionBank, QuizPage


def drawn_bank_ids(stream: Iterable[dict[str, Any]]) -> set[int]:
    """Return the banks that the raw questions of a quiz draw from."""
    return {block["value"]["bank"] for block in stream if block["type"] == DRAW and block["value"].get("bank")}


def quizzes_drawing_from(bank: QuestionBank) -> list[QuizPage]:
    """Return the quizzes that draw from a bank, as published or in the latest draft, by title."""
    references = ReferenceIndex.get_references_to(bank).filter(content_type=ContentType.objects.get_for_model(QuizPage))
    published = [int(pk) for pk in references.values_list("object_id", flat=True)]
    # The index knows the pages as they are published; a draft of a published page is in its revision only.
    drafts = QuizPage.objects.filter(has_unpublished_changes=True, latest_revision__isnull=False)
    contents = drafts.values_list("pk", "latest_revision__content")
    drafted = [pk for pk, content in contents.iterator() if bank.pk in drawn_bank_ids(_stream(content))]
    return list(QuizPage.objects.filter(pk__in={*published, *drafted}).order_by("title"))


def _stream(revision: dict[str, Any]) -> list[dict[str, Any]]:
    questions = revision.get("questions") or "[]"
    found: list[dict[str, Any]] = json.loads(questions) if isinstance(questions, str) else questions
    return found
