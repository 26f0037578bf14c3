"""What the pages of the forum show to moderators."""

from __future__ import annotations

from django import template

from forum.models import ForumSettings
from forum.reports import number_waiting
from people.models import User

register = template.Library()


@register.simple_tag
def waiting_number(user: User) -> str:
    """Return how many messages wait for this moderator, «99+» for more; nothing for none."""
    number = number_waiting(user)
    return "99+" if number > 99 else str(number or "")


@register.simple_tag
def charter_url() -> str:
    """Return the address of the charter: the page that the settings name, else the one that comes with the site."""
    page = ForumSettings.load().charter_page
    return (page.get_url() if page and page.live else None) or "/charte-du-forum/"
