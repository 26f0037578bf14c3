"""What keeps a post back before anyone reads it: new members, links, floods, the same text again and again.

The rules are pure (`suspicions`, `same_text`, `repeated_links`); what they need to know of earlier posts is fetched
here. A member is trusted after a few posts that stood, or because a federation or a network has accepted them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.models import Membership, NetworkMembership, User
from people.text import search_key

from . import anonymity
from .models import ForumSettings, Member, Post
from .rights import rights_of

FIRST_DAY = timedelta(hours=24)
REMEMBERED = timedelta(days=7)
SAME_TEXT_FROM = 40
"""Letters and digits from which the same text twice is no coincidence: «Merci, bonne idée» may be said anywhere."""

SAME_LINK_POSTS = 3
SAME_LINK_PEOPLE = 4
_LATEST_POSTS = 500

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]\"'`]+", re.IGNORECASE)
_OFFICIAL = ("gouv.fr", "legifrance.gouv.fr", "service-public.fr", "europa.eu", "inrs.fr", "ameli.fr")

_BAD_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("argent facile", r"\b(gagne[rz]? de l'argent|argent facile|revenus? passifs?|bitcoin|crypto ?monnaies?)\b"),
        ("prêt", r"\b(pret|credit) (rapide|entre particuliers|sans justificatif)\b"),
        ("jeux d'argent", r"\b(casino|paris sportifs|jackpot)\b"),
        ("médicaments", r"\b(viagra|cialis|cbd pas cher)\b"),
        ("référencement", r"\b(backlinks?|seo services?|achat de liens)\b"),
        ("voyance", r"\b(voyant|marabout|retour d'affection)\b"),
        ("messagerie privée", r"\b(whatsapp|telegram)\b.{0,40}\+?\d[\d .]{7,}"),
    )
)

SUSPICIONS: Mapping[str, object] = {
    "link": gettext_lazy("contient un lien"),
    "pattern": gettext_lazy("ressemble à une publicité"),
    "repetition": gettext_lazy("répète les mêmes caractères"),
}
"""What a text alone may be suspected of, in words for the moderators."""


# -- Rules ---------------------------------------------------------------------------------------------------------


def links_in(text: str) -> list[str]:
    """Return the links of a text that lead out of the site, each as host and path: what makes two of them the same."""
    found = []
    for match in _LINK.finditer(text):
        address = match.group().rstrip(".,;:!?*_»")
        parts = urlsplit(address if "//" in address else f"//{address}")
        host = (parts.hostname or "").removeprefix("www.")
        if host and host not in _own_hosts():
            found.append(f"{host}{parts.path.rstrip('/')}")
    return found


def _own_hosts() -> set[str]:
    own = urlsplit(str(getattr(settings, "WAGTAILADMIN_BASE_URL", ""))).hostname
    return {host.removeprefix("www.") for host in (own, *settings.ALLOWED_HOSTS) if host}


def normalised(text: str) -> str:
    """Return the letters and digits of a text: two texts that differ by spaces, accents or signs are the same."""
    return "".join(filter(str.isalnum, search_key(text)))


def same_text(text: str, others: Iterable[str]) -> bool:
    """Whether one of these texts is the whole of this one, or its end (a title comes before it)."""
    mine = normalised(text)
    kept = (normalised(other) for other in others)
    return any(len(other) >= SAME_TEXT_FROM and mine.endswith(other) for other in kept)


def suspicions(text: str) -> list[str]:
    """Return what a text alone may be suspected of: keys of SUSPICIONS."""
    key = search_key(text)
    found = {
        "link": bool(links_in(text)),
        "pattern": any(pattern.search(key) for _name, pattern in _BAD_PATTERNS),
        "repetition": bool(re.search(r"([^\W_])\1{9,}|(\b\w{3,}\b)(?:\W+\2){5,}", key)),
    }
    return [name for name, is_so in found.items() if is_so]


def repeated_links(links: Collection[str], others: Iterable[str], times: int) -> bool:
    """Whether one of these links stands in as many of the other texts. Official sites may be quoted by all."""
    watched = {link for link in links if not _is_official(link)}
    counts = Counter(link for text in others for link in set(links_in(text)) & watched)
    return any(number >= times for number in counts.values())


def _is_official(link: str) -> bool:
    host = link.partition("/")[0]
    return any(host == domain or host.endswith(f".{domain}") for domain in _OFFICIAL)


# -- Trust ---------------------------------------------------------------------------------------------------------


def is_trusted(user: User) -> bool:
    """Whether the person's posts need no reading before: they have shown it, or someone answers for them."""
    if Member.objects.filter(user=user, trusted_at__isnull=False).exists():
        return True
    return (
        user.is_superuser
        or Membership.objects.filter(user=user).exists()
        or NetworkMembership.objects.filter(user=user, accepted_at__isnull=False).exists()
        or rights_of(user).moderates_any
    )


def note_approval(user: User) -> None:
    """Trust the person from now on if enough of their posts stood."""
    from .services import member_of

    wanted = ForumSettings.load().trusted_after
    if anonymity.standing_posts(user, timezone.now() - FIRST_DAY, enough=wanted) >= wanted:
        member_of(user)
        Member.objects.filter(user=user, trusted_at=None).update(trusted_at=timezone.now())


# -- Before a post -------------------------------------------------------------------------------------------------


def must_be_reviewed(author: User, body: str) -> bool:
    """Whether a moderator reads this post before the others do.

    Raises TooManyPostsError, with what to say, for a flood of a new member and for the same text a second time.
    """
    from .services import TooManyPostsError

    if rights_of(author).moderates_any:
        return False
    now = timezone.now()
    mine = anonymity.texts_of(author, now - REMEMBERED)
    if same_text(body, (text for text, _at in mine)):
        raise TooManyPostsError(
            _(
                "Vous avez déjà publié ce texte dans le forum ces derniers jours. "
                "Si la question vaut aussi ici, donnez plutôt le lien vers votre premier message."
            )
        )
    links = links_in(body)
    if repeated_links(links, (text for text, _at in mine), SAME_LINK_POSTS):
        return True
    if is_trusted(author):
        return bool(links) and _is_spread_by_many(author, links)
    note_approval(author)
    if is_trusted(author):
        return False
    rules = ForumSettings.load()
    if author.date_joined > now - FIRST_DAY:
        today = sum(at > now - FIRST_DAY for _text, at in mine)
        if today >= rules.first_day_posts:
            raise TooManyPostsError(
                _(
                    "Le premier jour, un nouveau membre publie %(number)d messages au plus. Le vôtre est conservé : "
                    "revenez demain pour le publier."
                )
                % {"number": rules.first_day_posts}
            )
    return rules.hold_first_posts or bool(suspicions(body))


def _is_spread_by_many(author: User, links: Collection[str]) -> bool:
    """Whether several other people have lately posted one of these links."""
    latest = Post.objects.order_by("-pk").values("pk")[:_LATEST_POSTS]
    anywhere = Q()
    for link in links:
        anywhere |= Q(body__icontains=link)
    # Through a subquery of its own: a condition beside the limit would look for the latest that match.
    others = Post.objects.filter(pk__in=list(latest.values_list("pk", flat=True))).filter(
        anywhere, author__isnull=False
    )
    by_person: dict[int, str] = {}
    for person, text in others.exclude(author=author).values_list("author_id", "body"):
        by_person[person] = f"{by_person.get(person, '')}\n{text}"
    return repeated_links(links, by_person.values(), SAME_LINK_PEOPLE)
