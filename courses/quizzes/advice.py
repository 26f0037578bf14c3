"""What the editor of a quiz is told before publishing it: about the quiz itself, then about its questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Count, Q
from django.utils import timezone

from courses.questions.advising import Advice, advise
from courses.questions.kinds import OpenQuestion, Question, ScaleQuestion
from courses.questions.raw import questions_from_raw

from .blocks import DRAW
from .models import BankQuestion, QuestionBank, QuizPage
from .rules import setting_faults

HASTE = 20
"""Seconds for a question under which nobody has the time to read it."""


class Settings(Protocol):
    """The settings of a quiz that advice looks at. The values are those of `QuizPage`."""

    mode: str
    attempts_allowed: int | None
    hours_between_attempts: int
    time_limit: int | None
    feedback: str
    feedback_from: datetime | None


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw, and what it may take: `available` questions of a bank, which holds `held` in all."""

    bank: int | None
    count: int
    title: str = ""
    available: int = 0
    held: int = 0


def draw_faults(draws: Sequence[Draw]) -> list[str]:
    """Return what makes a draw impossible, in French."""
    found = []
    if any(draw.bank is None for draw in draws):
        found.append("Un tirage n'a pas de banque : choisissez-la.")
    found.extend(
        f"Le tirage dans « {draw.title} » demande {draw.count} questions, et n'en trouve que {draw.available} "
        "à tirer : demandez-en moins, ou complétez la banque."
        for draw in draws
        if draw.bank is not None and draw.count > draw.available
    )
    return found


def draw_advice(draws: Sequence[Draw]) -> list[str]:
    """Return what would make possible draws better, in French."""
    asked: Counter[int] = Counter()
    possible = [draw for draw in draws if draw.bank is not None and draw.count <= draw.available]
    for draw in possible:
        asked[draw.bank or 0] += draw.count
    banks = {draw.bank or 0: draw for draw in possible}
    found = [
        f"Les tirages dans « {banks[bank].title} » demandent {count} questions ensemble, et la banque n'en a que "
        f"{banks[bank].held} : certains essais en auront moins que prévu."
        for bank, count in asked.items()
        if count > banks[bank].held
    ]
    found.extend(
        f"Le tirage dans « {draw.title} » prend toutes les questions qu'il trouve : chaque essai aura les mêmes."
        for draw in possible
        if 0 < draw.available == draw.count and asked[draw.bank or 0] <= draw.held
    )
    return found


def quiz_advice(quiz: Settings, questions: Sequence[Question], total: int, now: datetime) -> list[str]:
    """Return what would make the quiz better, in French. `questions` are those written in it; `total` counts draws."""
    found = [*_feedback_advice(quiz, now)]
    marked_by_oneself = any(isinstance(q, OpenQuestion) and q.marking == "self" for q in questions)
    marked_by_another = any(isinstance(q, OpenQuestion) and q.marking == "trainer" for q in questions)
    if quiz.mode == "certifying":
        if marked_by_oneself:
            found.append(
                "Une certification contient une réponse ouverte que chacun évalue soi-même : faites-la noter par un "
                "formateur."
            )
        if quiz.attempts_allowed is None:
            found.append("Une certification sans nombre d'essais limité se réussit à force de recommencer.")
        if quiz.time_limit is None:
            found.append("Une certification sans limite de temps laisse chercher chaque réponse ailleurs.")
    if quiz.mode == "training" and marked_by_another:
        found.append(
            "Un entraînement corrige aussitôt, mais une réponse ouverte y attendra qu'un formateur la lise : préférez "
            "l'auto-évaluation."
        )
    if total and quiz.mode != "positioning" and total == len(questions):
        if not any(question.is_scored for question in questions):
            found.append("Aucune question ne rapporte de points : personne ne peut atteindre le seuil de réussite.")
        elif any(isinstance(question, ScaleQuestion) for question in questions):
            found.append("Un auto-positionnement ne rapporte pas de points : il a plutôt sa place avant le module.")
    if quiz.time_limit and total and quiz.time_limit * 60 < total * HASTE:
        seconds = quiz.time_limit * 60 // total
        found.append(f"Le temps limité laisse {seconds} secondes par question : c'est trop peu pour lire et répondre.")
    return found


def _feedback_advice(quiz: Settings, now: datetime) -> Iterator[str]:
    if quiz.mode == "training":
        return
    if quiz.feedback == "date" and quiz.feedback_from and quiz.feedback_from <= now:
        yield "La date du corrigé est passée : il se montre dès la fin de chaque essai."
    again_at_once = quiz.attempts_allowed != 1 and not quiz.hours_between_attempts
    if quiz.mode == "certifying" and quiz.feedback == "end" and again_at_once:
        yield (
            "Le corrigé se montre dès la fin d'un essai et l'on peut recommencer aussitôt : fixez un délai entre deux "
            "essais, ou montrez le corrigé plus tard."
        )


# -- Of a quiz as it stands ----------------------------------------------------------------------------------------


def advice_for(quiz: QuizPage) -> Advice:
    """Return what is said of a quiz as it stands: two queries for all its draws, one if it repeats another quiz."""
    written = list(quiz.questions.get_prep_value()) if quiz.questions else []
    draws = _draws([block["value"] for block in written if block["type"] == DRAW])
    counted: list[tuple[int, Question]] = []
    number = 0
    for block in written:
        if block["type"] == DRAW:
            number += int(block["value"].get("count") or 0)
        for question in questions_from_raw([block]):
            number += 1
            counted.append((number, question))
    questions = [question for _number, question in counted]
    broken = [str(words) for words in setting_faults(quiz, quiz.repeats).values()]
    return advise(
        counted,
        broken=[*broken, *draw_faults(draws)],
        general=[*quiz_advice(quiz, questions, number, timezone.now()), *draw_advice(draws)],
    )


def _draws(raw: list[dict[str, Any]]) -> list[Draw]:
    banks = {value["bank"] for value in raw if value.get("bank")}
    if not banks:
        return [Draw(None, int(value.get("count") or 0)) for value in raw]
    counts: dict[str, Any] = {f"held_{bank}": Count("pk", filter=Q(bank=bank)) for bank in banks}
    for place, value in enumerate(raw):
        wanted = Q(bank=value.get("bank"))
        if code := value.get("competence"):
            wanted &= Q(codes__contains=f"|{code}|")
        counts[f"draw_{place}"] = Count("pk", filter=wanted)
    found = BankQuestion.objects.drawable().filter(bank__in=banks).aggregate(**counts)
    titles = dict(QuestionBank.objects.filter(pk__in=banks).values_list("pk", "title"))
    return [
        Draw(
            value.get("bank") or None,
            int(value.get("count") or 0),
            titles.get(value.get("bank") or 0, ""),
            found[f"draw_{place}"],
            found.get(f"held_{value.get('bank')}", 0),
        )
        for place, value in enumerate(raw)
    ]
