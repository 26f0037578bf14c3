"""How two French texts are compared, wherever the site compares what people type."""

import unicodedata

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ´`′", "'"))
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


def search_key(text: str) -> str:
    """Return the form under which two spellings of one text are equal.

    Case, accents (composed or not), ligatures, kinds of apostrophe, of dash and of space, and doubled spaces don't count:
    «L’Œuvre  d’Été» and «l'oeuvre d'ete» have the same key.
    """
    text = text.translate(_APOSTROPHES).translate(_DASHES).casefold().replace("œ", "oe").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())
