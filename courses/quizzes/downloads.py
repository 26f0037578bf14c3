"""The tables of a quiz to download: its attempts and its questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from courses.catalog.downloads import Cell, Table, in_french
from courses.catalog.figures import rounded
from courses.questions.blocks import AnyQuestionBlock
from courses.questions.kinds import Question
from pages.markdown import plain_text, render_inline_markdown

from .models import Attempt, QuizPage
from .statistics import QuestionStatistics

BATCH = 2000


def attempts_table(attempts: QuerySet[Attempt], *, anonymous: bool, addresses: bool) -> Table:
    """Return a row for each attempt. Anonymous people have a number, which holds in this file alone."""
    names = [_("Personne")] if anonymous else [_("Prénom"), _("Nom"), *([_("Adresse e-mail")] if addresses else [])]
    headings = [
        *names,
        *(_("Essai"), _("Commencé"), _("Rendu"), _("Durée (min)"), _("Points"), _("Points possibles")),
        *(_("Note (%)"), _("Réussi")),
    ]
    return Table(_("Essais"), headings, _attempt_rows(attempts, anonymous=anonymous, addresses=addresses))


def _attempt_rows(attempts: QuerySet[Attempt], *, anonymous: bool, addresses: bool) -> Iterator[list[Cell]]:
    numbers: dict[int, int] = {}
    for attempt in attempts.iterator(chunk_size=BATCH):
        if anonymous:
            names: list[Cell] = [numbers.setdefault(attempt.user_id, len(numbers) + 1)]
        else:
            user = attempt.user
            names = [user.first_name, user.last_name, *([user.email] if addresses else [])]
        yield [
            *names,
            attempt.number,
            attempt.started_at,
            attempt.submitted_at,
            _minutes(attempt),
            attempt.score,
            attempt.max_score,
            attempt.percent,
            _outcome(attempt),
        ]


def _minutes(attempt: Attempt) -> Decimal | None:
    if attempt.submitted_at is None:
        return None
    return rounded((attempt.submitted_at - attempt.started_at).total_seconds() / 60)


def _outcome(attempt: Attempt) -> str:
    if attempt.percent is None:
        return _("note à venir")
    if attempt.mode == QuizPage.Mode.POSITIONING:
        return ""
    return _("oui") if attempt.passed else _("non")


def questions_table(items: Iterable[QuestionStatistics]) -> Table:
    """Return a row for each question."""
    headings = [
        *(_("N°"), _("Question"), _("Type"), _("Compétences"), _("Posée (fois)"), _("Réussite (%)")),
        *(_("Distinction"), _("Ce qu'il faut en penser"), _("Sans réponse (%)"), _("Erreurs les plus fréquentes")),
    ]
    return Table(_("Questions"), headings, map(_question_row, items))


def _kind(question: Question) -> str:
    """Return the kind of a question as the editor names it."""
    return str(AnyQuestionBlock().child_blocks[str(question.kind)].label)


def _question_row(item: QuestionStatistics) -> list[Cell]:
    discrimination = item.discrimination
    return [
        item.place,
        plain_text(render_inline_markdown(item.question.text)),
        _kind(item.question),
        ", ".join(item.question.competence_codes),
        item.seen,
        rounded(item.facility),
        None if discrimination is None else Decimal(repr(discrimination)).quantize(Decimal("0.01")),
        item.verdict.word,
        rounded(item.unanswered),
        " ; ".join(f"{mistake.text} ({in_french(rounded(mistake.percent))} %)" for mistake in item.mistakes),
    ]
