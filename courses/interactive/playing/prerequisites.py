"""The conditions under which a SCO may be opened, as SCORM 1.2 writes them (AICC script). Pure.

Source: SCORM 1.2 CAM 2.3.2.5.2.2, after AICC CMI001: `&` and, `|` or, `~` not, `=` and `<>`, `{A,B}` a set,
`n*{A,B}` at least n of a set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MAX_LENGTH = 4_096
MAX_DEPTH = 40
DONE = frozenset({"completed", "passed"})
_TOKEN = re.compile(r"""\s*(?:(<>|[&|~(){}=,*])|"([^"]*)"|([^\s&|~(){}=,*<>"]+))""")
# AICC looks at the first letter of a status only.
_STATUSES = ("passed", "completed", "failed", "incomplete", "browsed", "not attempted")


class _ScriptError(ValueError):
    pass


def prerequisites_met(expression: str, states: Mapping[str, str]) -> bool:
    """Whether a condition holds; `states` has the status of each item («passed», «incomplete»…) by its identifier.

    A condition that can't be read, or an item that isn't there, hinders nobody.
    """
    text = expression.strip()
    if not text or len(text) > MAX_LENGTH:
        return True
    try:
        return _Script(text, states).value()
    except _ScriptError:
        return True


class _Script:
    """A reading of one condition, from left to right: `|` binds less than `&`, and `~` most."""

    def __init__(self, text: str, states: Mapping[str, str]) -> None:
        self.states = states
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        self.depth = 0
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise _ScriptError
            position = match.end()
            kind = "sign" if match[1] else "text" if match[2] is not None else "name"
            self.tokens.append((kind, match[1] or match[2] or match[3] or ""))

    def value(self) -> bool:
        found = self.any_of()
        if self.at != len(self.tokens):
            raise _ScriptError
        return found

    def sign(self, *signs: str) -> str:
        """Take one of these signs if it comes next."""
        if self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            if kind == "sign" and text in signs:
                self.at += 1
                return text
        return ""

    def word(self) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] == "sign":
            raise _ScriptError
        self.at += 1
        return self.tokens[self.at - 1][1]

    def any_of(self) -> bool:
        found = self.all_of()
        while self.sign("|"):
            found = self.all_of() or found
        return found

    def all_of(self) -> bool:
        found = self.one()
        while self.sign("&"):
            found = self.one() and found
        return found

    def one(self) -> bool:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _ScriptError
        try:
            return self._one()
        finally:
            self.depth -= 1

    def _one(self) -> bool:
        if self.sign("~"):
            return not self.one()
        if self.sign("("):
            found = self.any_of()
            if not self.sign(")"):
                raise _ScriptError
            return found
        if self.sign("{"):
            values = self.rest_of_set()
            return all(values)
        name = self.word()
        if self.sign("*"):
            if not name.isascii() or not name.isdecimal() or len(name) > 4 or not self.sign("{"):
                raise _ScriptError
            return sum(self.rest_of_set()) >= int(name)
        if sign := self.sign("=", "<>"):
            same = self.has_status(name, self.word())
            return same if sign == "=" else not same
        return name not in self.states or self.states[name] in DONE

    def rest_of_set(self) -> list[bool]:
        values = [self.any_of()]
        while self.sign(","):
            values.append(self.any_of())
        if not self.sign("}"):
            raise _ScriptError
        return values

    def has_status(self, name: str, status: str) -> bool:
        meant = next((known for known in _STATUSES if status and known.startswith(status.lower()[:1])), "")
        return self.states.get(name, "not attempted") == meant
