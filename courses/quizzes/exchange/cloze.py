"""Moodle's notation of a text with gaps («cloze»): `{1:SHORTANSWER:=right#feedback~%50%nearly~*#others}`. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from courses.questions.kinds import Gap, GapTextQuestion

from .drafts import Draft, french, plain_decimal, short
from .markup import MARK, TextFormat, convert
from .results import QuestionRefusedError
from .rules import FULL, Answer, Hole, number

_TYPED = {"SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"}
_LISTED = {
    *("MULTICHOICE", "MC", "MULTICHOICE_V", "MCV", "MULTICHOICE_H", "MCH"),
    *("MULTICHOICE_S", "MCS", "MULTICHOICE_VS", "MCVS", "MULTICHOICE_HS", "MCHS"),
}
_NUMBERS = {"NUMERICAL", "NM"}
_SEVERAL = {"MULTIRESPONSE", "MR", "MULTIRESPONSE_H", "MRH", "MULTIRESPONSE_S", "MRS", "MULTIRESPONSE_HS", "MRHS"}
# A gap ends at the latest where another begins: no text makes it read on and on.
_START = r"\{\d*:[A-Z_]+:"
_GAP = re.compile(rf"\{{(?P<weight>\d*):(?P<kind>[A-Z_]+):(?P<answers>(?:\\.|(?!{_START})[^\\}}])*)\}}", re.DOTALL)
# An escaped sign is an ordinary character; in HTML, so is the # of an entity.
_ANSWER = re.compile(r"(?:\\.|&\#\w+;|[^\\~])+", re.DOTALL)
_FEEDBACK = re.compile(r"(?P<words>(?:\\.|&\#\w+;|[^\\#])*)(?:\#(?P<feedback>.*))?", re.DOTALL)
_FRACTION = re.compile(r"=|%(-?\d+(?:[.,]\d+)?)%")
_HTML = {TextFormat.HTML, TextFormat.AUTO}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def _released(text: str) -> str:
    return _ESCAPED.sub(r"\1", text).strip()


def _answers(draft: Draft, source: str, form: TextFormat) -> list[Answer]:
    found = []
    for part in map(str.strip, _ANSWER.findall(source)):
        sign = _FRACTION.match(part)
        match = _FEEDBACK.fullmatch(part, sign.end() if sign else 0)
        words, feedback = (match["words"], match["feedback"] or "") if match else (part, "")
        fraction = Decimal((sign[1] or "100").replace(",", ".")) if sign else Decimal(0)
        # What is typed or listed is words alone, whatever the text around it is written in.
        text = draft.label(_released(words), TextFormat.HTML if form in _HTML else TextFormat.PLAIN)
        found.append(Answer(text, fraction, draft.feedback(_released(feedback), form, of=text)))
    return found


def _numbers(draft: Draft, answers: list[Answer]) -> list[Answer]:
    """Return accepted numbers as they may be typed: a gap has no tolerance, so one that had is told."""
    found = []
    for answer in answers:
        value, _colon, tolerance = answer.text.partition(":")
        if value.strip() == "*":
            found.append(answer)
            continue
        if tolerance.strip() and number(tolerance):
            draft.note(f"« {short(value)} » était accepté à {french(number(tolerance))} près : ici, c'est exact.")
        exact = number(value)
        spellings = dict.fromkeys([french(exact), plain_decimal(exact)])
        found += [Answer(spelling, answer.fraction, answer.feedback) for spelling in spellings]
    return found


def _hole(draft: Draft, kind: str, source: str, form: TextFormat) -> Hole:
    if kind in _SEVERAL:
        raise QuestionRefusedError("Un trou attend plusieurs réponses à la fois : ici, un trou n'en a qu'une.")
    answers = _answers(draft, source, form)
    if kind in _LISTED:
        return Hole(listed=True, answers=tuple(answers))
    if kind in _NUMBERS:
        answers = _numbers(draft, answers)
    elif kind not in _TYPED:
        raise QuestionRefusedError(f"Un trou est d'un genre inconnu : « {kind} ».")
    if kind.endswith("C"):
        draft.note("Les majuscules comptaient : ici, elles ne comptent pas.")
    if any("*" in answer.text and answer.text != "*" for answer in answers):
        draft.note("L'étoile remplaçait n'importe quel texte : ici, c'est une étoile. Ajoutez les variantes acceptées.")
    for answer in answers:
        if answer.text == "*" and answer.fraction >= FULL:
            raise QuestionRefusedError("Un trou accepte n'importe quelle réponse.")
    return Hole(listed=False, answers=tuple(answers))


def take_gaps(draft: Draft, source: str, form: TextFormat) -> tuple[str, list[Hole], Decimal]:
    """Return a text with a mark in place of each gap, the gaps, and the sum of their weights."""
    holes: list[Hole] = []
    weights: list[int] = []

    def take(match: re.Match[str]) -> str:
        holes.append(_hole(draft, match["kind"], match["answers"], form))
        weights.append(int(match["weight"] or 1))
        return f"{MARK}{len(holes) - 1}{MARK}"

    text = _GAP.sub(take, source)
    if not holes:
        raise QuestionRefusedError("Texte à trous sans aucun trou lisible.")
    if len(set(weights)) > 1:
        draft.note("Les trous n'avaient pas tous le même poids : ici, chacun vaut une part égale.")
    return text, holes, Decimal(sum(weights))


# -- Writing -------------------------------------------------------------------------------------------------------


def _escape(text: str) -> str:
    return re.sub(r"([\\~#}])", r"\\\1", text)


def _written(gap: Gap) -> str:
    answers = [
        ("=" if answer.correct else "")
        + ("\\" if not answer.correct and _FRACTION.match(answer.text) else "")
        + _escape(answer.text)
        # After «&», the sign would begin an entity.
        + (" " if answer.text.endswith("&") else "")
        + (f"#{_escape(answer.feedback)}" if answer.feedback else "")
        for answer in gap.answers
    ]
    return f"{{1:{'MULTICHOICE' if gap.listed else 'SHORTANSWER'}:{'~'.join(answers)}}}"


def write(question: GapTextQuestion) -> str:
    """Return the text around the gaps as Markdown, with the gaps in Moodle's notation."""
    marked = "".join(f"{gap.before}{MARK}{gap.id}{MARK}" for gap in question.gaps) + question.after
    gaps = {gap.id: _written(gap) for gap in question.gaps}
    return re.sub(f"{MARK}(.+?){MARK}", lambda match: gaps[match[1]], convert(marked, TextFormat.PLAIN).text)
