"""Style sheets joined into one: their addresses lead to where the files are now, each is closed after itself. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable

NOWHERE = 'url("about:invalid")'
DEEPEST_IMPORT = 10

_STRING = r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
_TOKEN = re.compile(
    rf"""
    (?P<comment>/\*.*?(?:\*/|\Z))
    | (?P<import>@import\s*(?:url\(\s*(?P<bare>{_STRING}|(?:\\.|[^)"'\\])*?)\s*\)|(?P<quoted>{_STRING}))
        (?P<media>[^;{{}}]*)(?:;|\Z))
    | (?P<charset>@charset\s+(?:{_STRING})\s*;)
    | (?P<url>(?<![\w-])url\(\s*(?P<address>{_STRING}|(?:\\.|[^)"'\\])*?)\s*(?:\)|\Z))
    | (?P<string>{_STRING})
    | (?P<broken>["'](?:\\.|[^\n\\])*)
    | (?P<open>[{{(\[])
    | (?P<close>[}})\]])
    | (?P<space>\s+)
    | (?P<other>(?:\\.|[^\s"'{{}}()\[\]/@u\\])+|.)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(\n)|(.))", re.IGNORECASE | re.DOTALL)
_KEPT_AS_IS = re.compile(r"#|data:|blob:|about:", re.IGNORECASE)
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]", re.IGNORECASE)
_SOURCE_MAP = re.compile(r"/\*[#@]\s*sourceMappingURL=")
_KINDS = ("comment", "import", "charset", "url", "string", "broken", "open", "close", "space", "other")
_CLOSING = {"{": "}", "(": ")", "[": "]"}


def joined(paths: Iterable[str], read: Callable[[str], str]) -> str:
    """Return the sheets at these paths as one sheet, to be loaded from the folder that the paths are relative to.

    `read` gives the text of a sheet, and raises FileNotFoundError when there is none. Addresses become relative to that
    folder; those that lead out of it or to another site lead nowhere. Imported sheets stand where they were imported.
    What a sheet leaves open, by mistake, is closed before the next one.
    """
    return "\n".join(_Sheet(path, read, ()).text() for path in paths)


class _Sheet:
    """One sheet being written again, token by token."""

    def __init__(self, path: str, read: Callable[[str], str], above: tuple[str, ...]) -> None:
        self.folder = posixpath.dirname(path)
        self.read = read
        self.above = (*above, path)
        self.source = read(path)
        self.still_open: list[str] = []
        self.begun = ""
        """How the rule begins that is not ended yet."""

    def text(self) -> str:
        """Return the sheet as it stands among others."""
        return "".join([*(self.token(match) for match in _TOKEN.finditer(self.source)), self.end()])

    def token(self, match: re.Match[str]) -> str:
        """Return what a token becomes."""
        kind = next(name for name in _KINDS if match[name] is not None)
        text = match[0]
        if kind == "comment":
            return _comment(text)
        if kind == "charset":
            return ""
        if kind == "import" and not self.still_open:
            return self.imported(match)
        if kind in ("open", "close") and not self.balanced(text):
            return ""
        if kind == "url":
            text = _moved(_unquoted(match["address"]), self.folder)
        elif kind == "broken":
            text += text[0]
        if not self.still_open and text in ("}", ";"):
            self.begun = ""
        elif kind != "space":
            self.begun = self.begun or text
        return text

    def balanced(self, bracket: str) -> bool:
        """Keep count of a bracket; say whether it has its place: one that closes nothing has none."""
        if bracket in _CLOSING:
            self.still_open.append(_CLOSING[bracket])
            return True
        if bracket not in self.still_open:
            return False
        while self.still_open.pop() != bracket:
            pass
        return True

    def imported(self, match: re.Match[str]) -> str:
        """Return the sheet that this one imports, if it is one of ours."""
        address = _unquoted(match["quoted"] if match["bare"] is None else match["bare"])
        path = _path(address, self.folder)
        if path is None or path in self.above or len(self.above) > DEEPEST_IMPORT:
            return ""
        try:
            sheet = _Sheet(path, self.read, self.above).text()
        except FileNotFoundError:
            return ""
        media = match["media"].strip()
        return f"@media {media} {{\n{sheet}\n}}\n" if media else f"{sheet}\n"

    def end(self) -> str:
        """Return what closes all that the sheet has left open, as its end did when it was alone."""
        closing = "".join(reversed(self.still_open))
        if not self.begun or closing.endswith("}"):
            return closing
        return closing + (";" if self.begun == "@" else "{}")


def _comment(text: str) -> str:
    if _SOURCE_MAP.match(text):
        return ""
    return text if len(text) >= len("/**/") and text.endswith("*/") else f"{text}*/"


def _unquoted(text: str) -> str:
    if text[:1] in ("'", '"'):
        text = text[1:-1]
    return _ESCAPE.sub(_unescaped, text.strip())


def _unescaped(match: re.Match[str]) -> str:
    code, newline, character = match.groups()
    if code:
        number = int(code, 16)
        return chr(number) if 0 < number < 0x11_0000 and not 0xD800 <= number < 0xE000 else "\N{REPLACEMENT CHARACTER}"
    return "" if newline else character


def _path(address: str, folder: str) -> str | None:
    """Return where an address leads, from the common folder; None when it leads out of it."""
    path = re.split("[?#]", address, maxsplit=1)[0]
    if not path or _ABSOLUTE.match(address):
        return None
    moved = posixpath.normpath(f"{folder}/{path}")
    return None if moved.startswith("..") else moved


def _moved(address: str, folder: str) -> str:
    """Return an address as seen from the common folder."""
    if _KEPT_AS_IS.match(address):
        moved = address
    elif (path := _path(address, folder)) is not None:
        moved = path + address[len(re.split("[?#]", address, maxsplit=1)[0]) :]
    else:
        return NOWHERE
    quoted = re.sub(r'["\\\n\r\f]', lambda found: f"\\{ord(found[0]):x} ", moved)
    return f'url("{quoted}")'
