"""What the forum does after the site has answered."""

from __future__ import annotations

from django.db import OperationalError
from django.tasks import task

from people.tasks import retry


@task
@retry(OperationalError)
def tell_about_post(post_id: int) -> None:
    """Tell the people whom a new post concerns."""
    from .notices import tell_about_post

    tell_about_post(post_id)


@task
@retry(OperationalError)
def tell_about_mentions(post_id: int) -> None:
    """Tell the people whom a changed post names, and had not named before."""
    from .notices import tell_about_mentions

    tell_about_mentions(post_id)
