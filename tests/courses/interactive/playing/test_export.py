"""The copy that a person takes of their data: what they did in interactive activities."""

import json
from decimal import Decimal

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from courses.interactive.playing.export import personal_data_of_playing
from people.signals import personal_data
from tests.courses.interactive.factories import PlayStateFactory, RegistrationFactory, make_interactive
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def exported(user):
    """Return the part of activities as it is written to the file."""
    parts = {
        key: value
        for receiver, response in personal_data.send(type(user), user=user)
        if receiver is personal_data_of_playing
        for key, value in response
    }
    return json.loads(json.dumps(parts["activités interactives"], cls=DjangoJSONEncoder))


def test_a_person_gets_their_results_and_what_contents_keep_of_them():
    registration = RegistrationFactory(page=make_interactive(title="Les gestes"), score=Decimal("0.75"), seconds=90)
    PlayStateFactory(registration=registration, key="sco-1", data={"réponse": "été"})
    RegistrationFactory(page=registration.page)
    (activity,) = exported(registration.user)
    assert (activity["page"], activity["temps en secondes"]) == ("Les gestes", 90)
    assert activity["contenu"] == registration.version.package.title
    assert Decimal(activity["meilleur score en % (déclaré par l'appareil)"]) == 75
    (state,) = activity["reprise"]
    assert (state["partie"], state["contenu"]) == ("sco-1", '{"réponse": "été"}')


def test_a_person_without_activities_gets_an_empty_list():
    assert exported(UserFactory()) == []


def test_the_copy_takes_as_many_queries_however_many_activities(django_assert_num_queries):
    user = UserFactory()
    for _ in range(4):
        PlayStateFactory(registration=RegistrationFactory(user=user))
    with django_assert_num_queries(2):
        ((_key, activities),) = personal_data_of_playing(type(user), user=user)
    assert len(activities) == 4
