"""Types of requests, and of the parts of addresses."""

from django.http import HttpRequest
from django.urls import register_converter
from django.urls.converters import IntConverter

from .models import User


class MemberRequest(HttpRequest):
    """A request whose view is behind `login_required`: its user is a person with an account."""

    user: User


class RowIdConverter(IntConverter):
    """The number of a row in an address. A longer one is in no database, and SQLite would fail on it."""

    regex = "[0-9]{1,18}"


register_converter(RowIdConverter, "rowid")
