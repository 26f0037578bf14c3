"""What a person chooses when they close their account. Apps above register their choice in `AppConfig.ready()`.

Each choice is a question of the form with a few answers; `people.signals.account_leaving` brings the answers, by key,
to whoever asked, inside the transaction and before the account goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LeavingChoice:
    """A question to who leaves: `options` are (value, label) pairs, and `default` is the value of one of them."""

    key: str
    label: Any
    options: Sequence[tuple[str, Any]]
    default: str
    help: Any = ""


_choices: dict[str, LeavingChoice] = {}


def register_leaving_choice(choice: LeavingChoice) -> None:
    """Ask a question to who leaves. Registering it again replaces it."""
    _choices[choice.key] = choice


def leaving_choices() -> Sequence[LeavingChoice]:
    """Return the questions, in the order in which they were registered."""
    return list(_choices.values())


def with_defaults(answers: Mapping[str, str]) -> dict[str, str]:
    """Return an answer to each question: the default one where the person gave none."""
    return {choice.key: answers.get(choice.key, choice.default) for choice in leaving_choices()}
