"""Statements, tools and sessions for the tests of the LRS, and a client that speaks xAPI."""

import json
import uuid
from base64 import b64encode

import factory
from django.test import Client as WebClient
from factory.django import DjangoModelFactory

from courses.interactive.lrs import services
from courses.interactive.lrs.identities import actor_of
from courses.interactive.lrs.models import Client
from tests.factories import FederationFactory, UserFactory

ANSWERED = "http://adlnet.gov/expapi/verbs/answered"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
ACTIVITY = "https://exemple.fr/activites/1/"
AGENT = {"objectType": "Agent", "mbox": "mailto:camille@exemple.fr"}


class ClientFactory(DjangoModelFactory):
    """A tool; its secret is in `secret`."""

    class Meta:
        model = Client

    federation = factory.SubFactory(FederationFactory)
    name = factory.Sequence(lambda n: f"Outil {n}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        client = model_class(*args, **kwargs)
        client.secret = services.give_credentials(client)
        client.save()
        return client


def make_statement(**parts) -> dict:
    """Return a valid statement; `parts` replace its properties, None leaves one out."""
    statement = {
        "id": str(uuid.uuid4()),
        "actor": AGENT,
        "verb": {"id": ANSWERED, "display": {"fr": "a répondu"}},
        "object": {"objectType": "Activity", "id": ACTIVITY},
    } | parts
    return {name: value for name, value in statement.items() if value is not None}


def open_session(user=None, *, registration=None, activity=ACTIVITY, federation=None):
    """Return a session of a launched content, whose token is in `token`."""
    session, key = services.open_session(
        user or UserFactory(), federation or FederationFactory(), registration or uuid.uuid4(), activity
    )
    session.token = services.fetch(key)
    return session


def own_statement(session, **parts) -> dict:
    """Return a statement that a launched content may send."""
    return make_statement(
        **{
            "actor": actor_of(session.user),
            "object": {"id": session.activity},
            "context": {"registration": str(session.registration)},
        }
        | parts
    )


class Speaker:
    """Speaks xAPI with credentials: a tool's, or the token of a session."""

    def __init__(self, owner=None) -> None:
        self.web = WebClient(headers={"X-Experience-API-Version": "1.0.3"})
        if isinstance(owner, Client):
            self.web.defaults["HTTP_AUTHORIZATION"] = (
                "Basic " + b64encode(f"{owner.key}:{owner.secret}".encode()).decode()
            )
        elif owner is not None:
            self.web.defaults["HTTP_AUTHORIZATION"] = f"Basic {owner.token}"

    def get(self, resource, headers=None, **parameters):
        return self.web.get(f"/xapi/{resource}", _query(parameters), headers=headers)

    def head(self, resource, **parameters):
        return self.web.head(f"/xapi/{resource}", _query(parameters))

    def send(self, method, resource, content=b"", *, kind="application/json", headers=None, **parameters):
        body = content if isinstance(content, bytes | str) else json.dumps(content)
        return self.web.generic(
            method,
            f"/xapi/{resource}",
            body,
            content_type=kind,
            headers=headers,
            query_params=_query(parameters),
        )

    def post(self, resource, content, **options):
        return self.send("POST", resource, content, **options)

    def put(self, resource, content, **options):
        return self.send("PUT", resource, content, **options)

    def delete(self, resource, **options):
        return self.send("DELETE", resource, **options)


def _query(parameters):
    return {name: json.dumps(value) if isinstance(value, dict) else str(value) for name, value in parameters.items()}
