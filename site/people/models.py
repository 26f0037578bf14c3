"""Who uses the site: accounts, profiles, territories, structures (SIAE), federations and their members."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser, Group
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from .text import search_key

# Twice the length of a name: a ligature counts for two letters.
NAME_KEY_LENGTH = 300


class UserManager(BaseUserManager["User"]):
    """Make accounts from an e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Return a new saved account. Without a password the person can only come in by a reset link."""
        if not email:
            msg = "An account needs an e-mail address."
            raise ValueError(msg)
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Return a new saved account that may do everything."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> User:
        """Find an account by its login, whatever its case."""
        return self.get(email=(email or "").lower())


class User(AbstractUser):
    """A person with an account. The e-mail address is the login; it is kept in lower case and never changes."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("adresse e-mail"), unique=True)
    first_name = models.CharField(_("prénom"), max_length=80, blank=True)
    last_name = models.CharField(_("nom"), max_length=80, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("compte")
        verbose_name_plural = _("comptes")
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case")
        ]

    def __str__(self) -> str:
        return self.display_name

    def clean(self) -> None:
        """Write the address the way it is stored and compared."""
        super().clean()
        self.email = self.email.lower()

    @property
    def display_name(self) -> str:
        """What other members see: first and last name, never the e-mail address."""
        return self.get_full_name() or str(_("Membre du réseau"))


class Territory(models.Model):
    """A French région or département, named and coded by INSEE (Code officiel géographique)."""

    class Kind(models.TextChoices):
        REGION = "region", _("région")
        DEPARTMENT = "departement", _("département")

    kind = models.CharField(_("type"), max_length=12, choices=Kind)
    code = models.CharField(_("code INSEE"), max_length=3)
    name = models.CharField(_("nom"), max_length=80)
    parent = models.ForeignKey(
        "self", verbose_name=_("région"), null=True, blank=True, on_delete=models.PROTECT, related_name="departments"
    )

    class Meta:
        verbose_name = _("territoire")
        verbose_name_plural = _("territoires")
        ordering = ["kind", "code"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="territory_code_is_unique"),
            models.CheckConstraint(
                condition=models.Q(kind="region", parent=None) | models.Q(kind="departement", parent__isnull=False),
                name="territory_department_has_a_region",
                violation_error_message=_("Un département appartient à une région."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})" if self.kind == self.Kind.DEPARTMENT else self.name


class Structure(models.Model):
    """An SIAE (structure d'insertion par l'activité économique), Code du travail art. L. 5132-4."""

    class Kind(models.TextChoices):
        ACI = "ACI", _("Atelier ou chantier d'insertion (ACI)")
        EI = "EI", _("Entreprise d'insertion (EI)")
        ETTI = "ETTI", _("Entreprise de travail temporaire d'insertion (ETTI)")
        AI = "AI", _("Association intermédiaire (AI)")

    kind = models.CharField(_("type"), max_length=4, choices=Kind)
    name = models.CharField(_("nom"), max_length=150)
    name_key = models.CharField(max_length=NAME_KEY_LENGTH, editable=False)
    department = models.ForeignKey(
        Territory,
        verbose_name=_("département"),
        on_delete=models.PROTECT,
        limit_choices_to={"kind": Territory.Kind.DEPARTMENT},
        related_name="structures",
    )

    class Meta:
        verbose_name = _("structure")
        verbose_name_plural = _("structures")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["department", "kind", "name_key"], name="structure_is_known_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep beside the name the form under which two spellings of it are one structure."""
        self.name_key = search_key(self.name)
        if (fields := kwargs.get("update_fields")) is not None and "name" in fields:
            kwargs["update_fields"] = {*fields, "name_key"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse a name that no one could search for, and a second spelling of a structure that is known."""
        super().clean()
        self.name = " ".join(self.name.split())
        self.name_key = search_key(self.name)
        if not 0 < len(self.name_key) <= NAME_KEY_LENGTH:
            raise ValidationError({"name": _("Écrivez ce nom avec des lettres ordinaires.")})
        twins = Structure.objects.filter(department=self.department_id, kind=self.kind, name_key=self.name_key)
        if twins.exclude(pk=self.pk).exists():
            raise ValidationError({"name": _("Cette structure est déjà connue dans ce département.")})


class Profile(models.Model):
    """What a member says of their work. Kept apart from the account, which only signs in."""

    class JobFunction(models.TextChoices):
        SUPERVISOR = "eti", _("Encadrant(e) technique d'insertion")
        SUPPORT_WORKER = "asp", _("Accompagnateur(trice) socio-professionnel(le) ou CIP")
        COORDINATOR = "coordination", _("Coordination ou responsable de structure")
        TRAINER = "formation", _("Formateur(trice)")
        NETWORK = "reseau", _("Fédération ou réseau")
        OTHER = "autre", _("Autre fonction")

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    job_function = models.CharField(_("fonction"), max_length=20, choices=JobFunction)
    structure = models.ForeignKey(
        Structure,
        verbose_name=_("structure"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="profiles",
    )
    department = models.ForeignKey(
        Territory,
        verbose_name=_("département"),
        on_delete=models.PROTECT,
        limit_choices_to={"kind": Territory.Kind.DEPARTMENT},
        related_name="profiles",
    )

    class Meta:
        verbose_name = _("profil")
        verbose_name_plural = _("profils")

    def __str__(self) -> str:
        return f"{self.user} – {self.get_job_function_display()}"


class Federation(ClusterableModel):
    """A network of SIAE that writes and publishes modules in a space of its own.

    Each role has a group, made with the federation; `courses.catalog` gives these groups their rights on the
    federation's pages, so that a membership is all an administrator has to set.
    """

    name = models.CharField(_("nom"), max_length=150, unique=True)
    slug = models.SlugField(_("identifiant"), max_length=60, unique=True)
    description = models.TextField(_("présentation"), blank=True)
    website = models.URLField(_("site web"), blank=True)
    author_group = models.OneToOneField(Group, editable=False, on_delete=models.PROTECT, related_name="+")
    editor_group = models.OneToOneField(Group, editable=False, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("fédération")
        verbose_name_plural = _("fédérations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Make the groups of the roles with the federation, so that it never exists without them."""
        from .services import ensure_role_groups

        with transaction.atomic():
            ensure_role_groups(self)
            super().save(*args, **kwargs)


class Membership(models.Model):
    """The role that a person holds in a federation."""

    class Role(models.TextChoices):
        AUTHOR = "author", _("Rédaction : écrit des modules, sans publier")
        EDITOR = "editor", _("Édition : écrit, relit et publie")

    user = models.ForeignKey(User, verbose_name=_("personne"), on_delete=models.CASCADE, related_name="memberships")
    federation = ParentalKey(
        Federation, verbose_name=_("fédération"), on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(_("rôle"), max_length=10, choices=Role, default=Role.AUTHOR)

    class Meta:
        verbose_name = _("membre")
        verbose_name_plural = _("membres")
        constraints = [models.UniqueConstraint(fields=["user", "federation"], name="membership_is_unique")]

    def __str__(self) -> str:
        return f"{self.user} – {self.federation} ({self.get_role_display()})"
