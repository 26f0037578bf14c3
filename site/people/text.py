"""How two French texts are compared, wherever the site compares what people type."""

import unicodedata

_MARKS = str.maketrans({**dict.fromkeys("’‘ʼ´`′", "'"), **dict.fromkeys("‐‑‒–—−", "-"), "œ": "oe", "æ": "ae"})


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_MARKS).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_MARKS)


def search_key(text: str) -> str:
    """Return the form under which two spellings of one text are equal. The key of a key is the key itself.

    Case, accents (composed or not), ligatures, kinds of apostrophe, of dash and of space, and doubled spaces don't
    count: «L’Œuvre  d’Été» and «l'oeuvre d'ete» have the same key.
    """
    # Unfolding a character may give one that folds again («ᴬ» gives «A»): a second pass settles every character.
    return " ".join(_fold(_fold(text)).split())
