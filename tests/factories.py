"""Factories: each makes one valid thing, with what it needs around it."""

import factory
from factory.django import DjangoModelFactory

from people.models import Federation, Membership, Profile, Structure, Territory, User

PASSWORD = "truelle-et-brouette-42"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"personne{n}@exemple.fr")
    first_name = "Camille"
    last_name = factory.Sequence(lambda n: f"Martin{n}")
    password = factory.PostGenerationMethodCall("set_password", PASSWORD)

    @classmethod
    def _after_postgeneration(cls, instance, create, results=None):
        if create:
            instance.save()


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = Territory
        django_get_or_create = ("kind", "code")

    kind = Territory.Kind.REGION
    code = "93"
    name = "Provence-Alpes-Côte d'Azur"


class DepartmentFactory(DjangoModelFactory):
    class Meta:
        model = Territory
        django_get_or_create = ("kind", "code")

    kind = Territory.Kind.DEPARTMENT
    code = "13"
    name = "Bouches-du-Rhône"
    parent = factory.SubFactory(RegionFactory)


class StructureFactory(DjangoModelFactory):
    class Meta:
        model = Structure

    kind = Structure.Kind.ACI
    name = factory.Sequence(lambda n: f"Chantier des Calanques {n}")
    department = factory.SubFactory(DepartmentFactory)


class ProfileFactory(DjangoModelFactory):
    class Meta:
        model = Profile

    user = factory.SubFactory(UserFactory)
    job_function = Profile.JobFunction.SUPERVISOR
    department = factory.SubFactory(DepartmentFactory)
    structure = factory.SubFactory(StructureFactory)


class FederationFactory(DjangoModelFactory):
    class Meta:
        model = Federation

    name = factory.Sequence(lambda n: f"Fédération {n}")
    slug = factory.Sequence(lambda n: f"federation-{n}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    federation = factory.SubFactory(FederationFactory)
    role = Membership.Role.EDITOR
