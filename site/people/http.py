"""Types of requests."""

from django.http import HttpRequest

from .models import User


class MemberRequest(HttpRequest):
    """A request whose view is behind `login_required`: its user is a person with an account."""

    user: User
