r"""The notation of a text with gaps. Pure.

«Le verre va dans la [[benne verte|colonne à verre]].» asks to type one of two accepted answers.
«Un D3E est un [[*équipement électrique#Oui.|emballage#Non, pas d'emballage ici.]].» asks to choose from a list: the
star marks the right choice, the sign # starts what is said to who chose it. A backslash makes an ordinary character of
any of `| # * [ ] \`.
"""

from __future__ import annotations

import re

from .kinds.base import text_id
from .kinds.written import Gap, GapAnswer

# An escaped character, or a gap: read from left to right, so that an escaped bracket never opens one.
_TOKEN = re.compile(r"\\.|\[\[((?:\\.|[^\]\\]|\](?!\]))*)\]\]", re.DOTALL)
_ESCAPED = re.compile(r"\\([|#*\[\]\\])")


def _split(text: str, mark: str, at_most: int = 0) -> list[str]:
    """Split at a mark, but not where a backslash makes an ordinary character of it."""
    parts = [""]
    for token in re.findall(r"\\.|.", text, re.DOTALL):
        if token == mark and not (at_most and len(parts) > at_most):
            parts.append("")
        else:
            parts[-1] += token
    return parts


def _plain(text: str) -> str:
    return " ".join(_ESCAPED.sub(r"\1", text).split())


def escape(text: str) -> str:
    """Return a text that stands for itself inside a gap."""
    return re.sub(r"([|#*\[\]\\])", r"\\\1", text)


def parse(body: str) -> tuple[tuple[Gap, ...], str]:
    """Return the gaps of a text, and what follows the last one. Gaps are numbered from «1»."""
    gaps = []
    end = 0
    found = (match for match in _TOKEN.finditer(body) if match[1] is not None)
    for number, match in enumerate(found, 1):
        written = [part.strip() for part in _split(match[1], "|")]
        listed = any(part.startswith("*") for part in written)
        answers = []
        for part in written:
            text, *feedback = _split(part.removeprefix("*") if listed else part, "#", 1)
            shown = _plain(text)
            answers.append(
                GapAnswer(text_id(shown), shown, part.startswith("*") if listed else True, _plain("".join(feedback)))
            )
        gaps.append(Gap(str(number), _ESCAPED.sub(r"\1", body[end : match.start()]), tuple(answers), listed))
        end = match.end()
    return tuple(gaps), _ESCAPED.sub(r"\1", body[end:])


def write(gaps: tuple[Gap, ...], after: str) -> str:
    """Return the text that `parse` reads as these gaps."""
    parts = []
    for gap in gaps:
        answers = "|".join(
            ("*" if gap.listed and answer.correct else "")
            + escape(answer.text)
            + (f"#{escape(answer.feedback)}" if answer.feedback else "")
            for answer in gap.answers
        )
        parts.append(f"{_outside(gap.before)}[[{answers}]]")
    return "".join(parts) + _outside(after)


def _outside(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
