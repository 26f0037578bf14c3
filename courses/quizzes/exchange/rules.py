"""The marking rules of other systems, made into ours: shares, penalties and wildcards that differ are told. Pure.

Each function returns the kind of question and the values of its own fields. Answers are words alone, feedbacks are
Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from courses.questions import gaps as notation
from courses.questions.answers import answer_key
from courses.questions.kinds import Gap, GapAnswer, Kind

from .drafts import Draft, french, plain_decimal, short, to_decimal
from .markup import MARK, TextFormat, plain
from .results import QuestionRefusedError

FULL = Decimal(100)
_CLOSE = Decimal("0.02")
_PLACES = Decimal("0.000001")
_CENT = Decimal("0.01")
_PLACE = re.compile(f"{MARK}(\\d+){MARK}")
GAP_INSTRUCTION = "Complétez le texte."

type Made = tuple[Kind, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A possible answer and what it earns, in percent of the points; less than zero takes points away."""

    text: str
    fraction: Decimal
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """An accepted number («*»: any other), give or take `tolerance`; both as they were written."""

    value: str
    tolerance: str
    fraction: Decimal
    feedback: str = ""


def _said(fraction: Decimal) -> str:
    return f"{french(fraction.quantize(_CENT))} %"


def _options(answers: Iterable[Answer], right: Sequence[Answer]) -> list[dict[str, Any]]:
    return [{"text": a.text, "correct": a in right, "feedback": a.feedback} for a in answers]


def choice(draft: Draft, answers: Sequence[Answer], *, single: bool) -> Made:
    """Return a question with one right option, or several."""
    answers = [answer for answer in answers if answer.text]
    return _single(draft, answers) if single else _multiple(draft, answers)


def _single(draft: Draft, answers: Sequence[Answer]) -> Made:
    right = [answer for answer in answers if answer.fraction >= FULL]
    if not right:
        raise QuestionRefusedError("Choix unique dont aucune réponse ne vaut 100 %.")
    if len(right) > 1:
        listed = ", ".join(f"« {short(answer.text)} »" for answer in right)
        raise QuestionRefusedError(
            f"Choix unique dont plusieurs réponses valent 100 % ({listed}) : ici, il n'y en a qu'une. Pour un choix "
            "multiple, répartissez 100 % entre les bonnes réponses."
        )
    for answer in answers:
        if 0 < answer.fraction < FULL:
            draft.note(
                f"« {short(answer.text)} » valait {_said(answer.fraction)} : ici, cette réponse ne rapporte rien."
            )
    if any(answer.fraction < 0 for answer in answers):
        draft.note("Des réponses fausses retiraient des points : ici, dans un choix unique, elles n'en retirent pas.")
    return Kind.SINGLE, {"options": _options(answers, right)}


def _multiple(draft: Draft, answers: Sequence[Answer]) -> Made:
    right = [answer for answer in answers if answer.fraction > 0]
    if not right:
        raise QuestionRefusedError("Aucune réponse ne rapporte de points.")
    share = FULL / len(right)
    ours = {True: share, False: -share}
    if any(abs(answer.fraction - ours[answer.fraction > 0]) > _CLOSE for answer in answers):
        listed = ", ".join(f"« {short(answer.text, 30)} » {_said(answer.fraction)}" for answer in answers)
        draft.note(
            f"Barème d'origine : {short(listed, 300)}. Ici, chaque bonne réponse ajoute une part égale des points et "
            "chaque mauvaise en retire autant."
        )
    return Kind.MULTIPLE, {"options": _options(answers, right)}


def true_false(*, answer: bool, feedback_true: str, feedback_false: str) -> Made:
    """Return a statement to call true or false."""
    return Kind.TRUE_FALSE, {
        "answer": "true" if answer else "false",
        "feedback_true": feedback_true,
        "feedback_false": feedback_false,
    }


def matching(draft: Draft, pairs: Sequence[tuple[str, str]]) -> Made:
    """Return a question that matches prompts with texts; a pair without prompt is a match too many."""
    for prompt, match in pairs:
        if prompt and not match:
            raise QuestionRefusedError(f"« {short(prompt)} » ne va avec rien.")
    used = [{"prompt": prompt, "match": match, "feedback": ""} for prompt, match in pairs if prompt]
    matches = {pair["match"] for pair in used}
    extra = list(dict.fromkeys(match for prompt, match in pairs if not prompt and match and match not in matches))
    return Kind.MATCHING, {"pairs": used, "distractors": extra}


def ordering(steps: Sequence[str]) -> Made:
    """Return steps to put in order."""
    return Kind.ORDERING, {"items": [step for step in steps if step]}


def _share(draft: Draft, fraction: Decimal, what: str) -> Decimal:
    if 0 <= fraction <= FULL:
        return fraction.quantize(_CENT)
    kept = min(max(fraction, Decimal(0)), FULL)
    draft.note(f"« {short(what)} » valait {_said(fraction)} : ici {_said(kept)}.")
    return kept


def _other(draft: Draft, fraction: Decimal, feedback: str) -> str:
    """Return the feedback to any other answer, «*» in Moodle."""
    if fraction > 0:
        draft.note(f"N'importe quelle réponse rapportait {_said(fraction)} : ici, elle ne rapporte rien.")
    return feedback


def _without_wildcards(draft: Draft, text: str) -> str:
    star = "\ufdd1"
    literal = text.replace("\\*", star)
    if "*" in literal:
        draft.note(
            f"« {short(text)} » : l'étoile remplaçait n'importe quel texte. Ici, ajoutez les variantes acceptées."
        )
    return " ".join(literal.replace("*", " ").split()).replace(star, "*")


def short_answer(
    draft: Draft, answers: Sequence[Answer], *, case_matters: bool = False, wildcards: bool = True
) -> Made:
    """Return a question to answer in a few words. Two spellings that are one answer here become one."""
    other = ""
    kept: dict[str, dict[str, Any]] = {}
    for answer in answers:
        if answer.text == "*" and wildcards:
            other = _other(draft, answer.fraction, answer.feedback)
            continue
        text = _without_wildcards(draft, answer.text) if wildcards else answer.text
        if not answer_key(text):
            raise QuestionRefusedError(f"La réponse « {short(answer.text)} » n'a ni lettre ni chiffre.")
        share = _share(draft, answer.fraction, text)
        twin = kept.setdefault(answer_key(text), {"text": text, "share": share, "feedback": answer.feedback})
        if twin["share"] != share:
            draft.note(f"« {short(twin['text'])} » et « {short(text)} » sont ici une seule réponse.")
            if share > twin["share"]:
                twin.update(text=text, share=share, feedback=answer.feedback)
    if case_matters:
        draft.note("Les majuscules comptaient : ici, elles ne comptent pas.")
    found = [value | {"share": plain_decimal(value["share"])} for value in kept.values()]
    return Kind.SHORT_ANSWER, {"answers": found, "typo": False, "feedback_other": other}


def number(text: str) -> Decimal:
    """Return the number that a text is. Raises QuestionRefusedError."""
    found = to_decimal(text)
    if found is None or abs(found) >= Decimal(10) ** 12:
        raise QuestionRefusedError(f"« {short(text)} » n'est pas un nombre que le site sait lire.")
    return found


def _rounded(draft: Draft, text: str) -> str:
    found = number(text)
    kept = found.quantize(_PLACES)
    if kept != found:
        draft.note(f"« {short(text)} » a été arrondi à six décimales.")
    return plain_decimal(kept)


def numerical(draft: Draft, amounts: Sequence[Amount], *, unit: str = "", unit_typed: bool = False) -> Made:
    """Return a question to answer by a number."""
    other = ""
    answers = []
    for amount in amounts:
        if amount.value.strip() == "*":
            other = _other(draft, amount.fraction, amount.feedback)
            continue
        answers.append(
            {
                "value": _rounded(draft, amount.value),
                "tolerance": _rounded(draft, amount.tolerance or "0").lstrip("-"),
                "share": plain_decimal(_share(draft, amount.fraction, amount.value)),
                "feedback": amount.feedback,
            }
        )
    if len(unit) > 20:
        raise QuestionRefusedError(f"L'unité « {short(unit)} » dépasse 20 caractères.")
    return Kind.NUMERICAL, {
        "answers": answers,
        "unit": unit,
        "unit_rule": "typed" if unit and unit_typed else "shown",
        "feedback_other": other,
    }


def open_answer(model_answer: str = "") -> Made:
    """Return a question that a trainer reads."""
    return Kind.OPEN, {"marking": "trainer", "model_answer": model_answer, "criteria": []}


@dataclass(frozen=True, slots=True)
class Hole:
    """A gap to be: what may stand in it, right (100 %) or not, chosen from a list or typed."""

    listed: bool
    answers: tuple[Answer, ...]


def _gap(draft: Draft, number: int, before: str, hole: Hole) -> Gap:
    answers = []
    seen: set[str] = set()
    for answer in hole.answers:
        correct = answer.fraction >= FULL
        if 0 < answer.fraction < FULL:
            told = f"« {short(answer.text)} » valait {_said(answer.fraction)}"
            draft.note(f"Trou {number} : {told} : ici, c'est une erreur.")
        if not hole.listed and not correct:
            if answer.feedback:
                draft.note(f"Trou {number} : le retour à la réponse « {short(answer.text)} » n'a pas été repris.")
            continue
        if answer.text not in seen:
            seen.add(answer.text)
            answers.append(GapAnswer("", answer.text, correct, answer.feedback))
    if not any(answer.correct for answer in answers):
        raise QuestionRefusedError(f"Trou {number} : aucune réponse ne vaut 100 %.")
    return Gap(str(number), before, tuple(answers), hole.listed)


def gap_text(draft: Draft, text: str, holes: Sequence[Hole]) -> Made:
    """Return a text with gaps. In the text, `MARK`, a number and `MARK` stand for a hole, the first one being 0.

    The text is Markdown; what surrounds the gaps becomes words alone. Whole paragraphs before the one of the first gap
    are the instruction.
    """
    start = text.rfind("\n\n", 0, text.find(MARK)) + 2
    instruction, body = (text[:start].strip(), text[start:]) if start > 1 else ("", text)
    *parts, after = _PLACE.split(plain(body, TextFormat.MARKDOWN, inline=False).text)
    gaps = tuple(
        _gap(draft, number, before, holes[int(place)])
        for number, (before, place) in enumerate(zip(parts[::2], parts[1::2], strict=True), 1)
    )
    return Kind.GAP_TEXT, {
        "text": instruction or GAP_INSTRUCTION,
        "body": notation.write(gaps, after),
        "typo": False,
    }
