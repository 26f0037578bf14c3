"""`eti demo`: a whole site on this machine, with its content and an account for each role, in one command."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

import courses.packs
from courses.packs.content import load_content
from courses.packs.faults import PackError
from eti.worker import WorkerBeside, end_with_parent
from forum.services import ensure_moderator_group
from people.models import Federation, Membership, Profile, Territory, User

BLOCKING_THREADS = 4
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105  (letters that no one takes for others)
FEDERATION = "reseau-eti"


@dataclass(frozen=True, slots=True)
class Account:
    """A person of the demonstration."""

    email: str
    first_name: str
    last_name: str
    what: str
    job_function: str
    role: str = ""
    is_superuser: bool = False
    moderates: bool = False


ACCOUNTS = (
    Account("encadrant@exemple.fr", "Karim", "Benali", "suit des modules, écrit dans le forum", "eti"),
    Account(
        "redactrice@exemple.fr",
        "Claire",
        "Fontaine",
        "écrit des modules et les soumet à relecture",
        "formation",
        Membership.Role.AUTHOR,
    ),
    Account(
        "editrice@exemple.fr", "Awa", "Diop", "écrit, relit et publie des modules", "reseau", Membership.Role.EDITOR
    ),
    Account("moderation@exemple.fr", "Luc", "Moreau", "modère le forum", "coordination", moderates=True),
    Account("admin@exemple.fr", "Inès", "Garcia", "administre tout le site", "autre", is_superuser=True),
)


class _State:
    """What the demonstration made in VAR_DIR, kept there in `demo.json`: only that may be deleted by `--reset`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "demo.json"
        data = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.made: list[str] = data.get("made", [])
        self.content: str = data.get("content", "")

    def save(self) -> None:
        self.path.write_text(json.dumps({"made": sorted(self.made), "content": self.content}, indent=1))


def _digest(parts: Iterable[str | bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()


def _static_stamp() -> str:
    """Changes when static files may have changed: another version of a package, or a file of ours that was touched."""
    packages = sorted(f"{each.metadata['Name']}=={each.version}" for each in distributions())
    files = sorted(path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*"))
    states = ((path, path.stat()) for path in files)
    return _digest([*packages, *(f"{path}:{state.st_size}:{state.st_mtime_ns}" for path, state in states)])


def _content_stamp() -> str:
    """Changes when the content may have changed, or the code that makes pages out of it."""
    code = Path(courses.packs.__file__).parent
    files = sorted([*settings.CONTENT_DIR.rglob("*"), *code.glob("*.py")])
    return _digest(part for path in files if path.is_file() for part in (str(path), path.read_bytes()))


def _address(host: str, port: int) -> str:
    """Return what to type in a browser of this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (shown, not bound)
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def _say_when_ready(url: str) -> None:
    """Print that the site is ready once its first page was answered; asking for it also warms it up."""
    while True:
        try:
            with urllib.request.urlopen(url) as answer:  # noqa: S310  (our own address)
                answer.read()
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.02)
        else:
            break
    print(f"\nLe site est prêt : {url}  (Ctrl+C pour l'arrêter)\n", flush=True)


def load_application(target: str) -> Any:
    """Return the WSGI application, in the process that serves it, and say when the site answers."""
    from eti.wsgi import application

    # Granian's worker hangs when it is told twice to stop, by Ctrl+C and by the server.
    end_with_parent()
    threading.Thread(target=_say_when_ready, args=(os.environ["ETI_DEMO_URL"],), daemon=True).start()
    return application


class Command(BaseCommand):
    """Prepare and serve a demonstration site."""

    help = (
        "Prépare et ouvre un site complet sur cette machine : base de données, contenus, un compte pour chaque rôle. "
        "Tout est rangé dans le dossier VAR_DIR (./var si rien n'est dit)."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host",
            default="127.0.0.1",
            help="adresse d'écoute (127.0.0.1 : cette machine ; sinon, réglez ALLOWED_HOSTS)",
        )
        parser.add_argument(
            "--port", type=int, default=8000, choices=range(1, 65536), metavar="PORT", help="port d'écoute (8000)"
        )
        parser.add_argument("--no-serve", action="store_true", help="prépare le site sans l'ouvrir")
        parser.add_argument(
            "--reset",
            action="store_true",
            help="efface d'abord, SANS DEMANDER, la base, les images, les contenus interactifs, le cache et les "
            "fichiers statiques que la démonstration a faits dans VAR_DIR, puis repart de zéro",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        if not options["no_serve"]:
            self._check_port(host, port)
        self.folder = Path(settings.VAR_DIR)
        self._check_place()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.state = _State(self.folder)
        if options["reset"]:
            with self._step("Remise à zéro"):
                self._reset()
        self._note_what_is_new()
        with self._step("Base de données"):
            is_new = self._migrate()
        self._check_owner()
        with self._step("Fichiers statiques"):
            self._collect_static()
        with self._step("Contenus"):
            self._load_content(is_new=is_new)
        with self._step("Comptes de démonstration"):
            password = self._make_accounts()
        self.state.save()
        self._tell(password, _address(host, port))
        if not options["no_serve"]:
            self._serve(host, port)

    # -- Steps -----------------------------------------------------------------------------------------------------

    @contextmanager
    def _step(self, label: str) -> Iterator[None]:
        self.stdout.write(f"{label}… ", ending="")
        self.stdout.flush()
        start = time.monotonic()
        self.outcome = "fait"
        yield
        self.stdout.write(f"{self.outcome} ({time.monotonic() - start:.1f} s)".replace(".", ","))

    @staticmethod
    def _check_port(host: str, port: int) -> None:
        try:
            family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:
            raise CommandError(
                f"Le port {port} de {host} n'est pas libre ({error.strerror}). Un autre programme l'utilise, peut-être "
                f"une démonstration déjà ouverte. Essayez : eti demo --port {port + 1}"
            ) from None

    def _check_place(self) -> None:
        """Refuse to put accounts with a printed password anywhere but in the embedded database of one machine."""
        database = settings.DATABASES["default"]
        if os.environ.get("DJANGO_SETTINGS_MODULE") != "eti.settings.local":
            raise CommandError("La démonstration ne s'ouvre qu'avec les réglages eti.settings.local.")
        if database["ENGINE"] != "django.db.backends.sqlite3" or self._database.parent != self.folder:
            raise CommandError(
                "La démonstration n'utilise que la base embarquée, dans VAR_DIR : retirez DATABASE_URL pour l'ouvrir."
            )

    @property
    def _database(self) -> Path:
        return Path(settings.DATABASES["default"]["NAME"])

    def _check_owner(self) -> None:
        """Refuse a database that someone else filled: it may be a real site."""
        if self._database.name in self.state.made:
            return
        if User.objects.exists():
            raise CommandError(
                f"{self._database} contient déjà un site que la démonstration n'a pas fait. "
                "Choisissez un autre dossier : VAR_DIR=/tmp/demo-eti eti demo"
            )
        self.state.made.append(self._database.name)

    def _note_what_is_new(self) -> None:
        names = (self._database.name, "media", "private", "packages", "cache", "static")
        self.state.made += [name for name in names if name not in self.state.made and not (self.folder / name).exists()]
        self.state.save()

    def _reset(self) -> None:
        connections.close_all()
        self.outcome = "rien à effacer" if not self.state.made else "fait"
        for name in self.state.made:
            for path in (self.folder / f"{name}{suffix}" for suffix in ("", "-wal", "-shm", "-journal")):
                if path.is_symlink() or path.is_file():
                    path.unlink()
                elif path.is_dir():
                    shutil.rmtree(path)
        self.state.made, self.state.content = [], ""
        self.state.save()

    def _migrate(self) -> bool:
        """Bring the database up to date; return whether it was new."""
        applied = set(MigrationRecorder(connection).applied_migrations())
        # By the names of their files: reading what each of them holds takes longer than all the other steps together.
        missing = {
            (app.label, file.stem)
            for app in apps.get_app_configs()
            for file in (Path(app.path) / "migrations").glob("[!_]*.py")
        } - applied
        if not missing:
            self.outcome = "à jour"
            return False
        call_command("migrate", interactive=False, verbosity=0)
        self.outcome = f"{len(missing)} migrations"
        return not applied

    def _collect_static(self) -> None:
        root = Path(settings.STATIC_ROOT)
        stamp, now = root / "stamp.txt", _static_stamp()
        if stamp.exists() and stamp.read_text() == now:
            self.outcome = "à jour"
            return
        count = sum(1 for finder in get_finders() for _path in finder.list([]))
        self.stdout.write(f"{count} fichiers à préparer, une minute au plus… ", ending="")
        self.stdout.flush()
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(now)

    def _load_content(self, *, is_new: bool) -> None:
        now = _content_stamp()
        if not is_new and self.state.content == now:
            self.outcome = "à jour"
            return
        try:
            report = load_content(settings.CONTENT_DIR)
        except PackError as error:
            self.stdout.write("")
            for fault in error.faults:
                self.stderr.write(str(fault))
            raise CommandError("Les contenus ont des erreurs : rien n'a été chargé.") from None
        self.state.content = now
        self.outcome = f"{len(report.created)} pages créées, {len(report.updated)} mises à jour"

    @transaction.atomic
    def _make_accounts(self) -> str:
        file = self.folder / "demo_password"
        is_new = not file.exists()
        if is_new:
            file.touch(mode=0o600)
            file.write_text("-".join("".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(4)) for _ in range(3)))
        password = file.read_text().strip()
        hashed = ""
        count = 0
        for account in ACCOUNTS:
            user = User.objects.filter(email=account.email).first() or User(email=account.email)
            if user.pk is None or is_new:
                hashed = hashed or make_password(password)  # slow by design: once for all of them
                user.password = hashed
                count += 1
                self._make_account(user, account)
        self.outcome = f"{count} créés" if count else "à jour"
        return password

    @staticmethod
    def _make_account(user: User, account: Account) -> None:
        user.first_name, user.last_name = account.first_name, account.last_name
        user.is_staff = user.is_superuser = account.is_superuser
        user.save()
        EmailAddress.objects.update_or_create(
            user=user, email=account.email, defaults={"verified": True, "primary": True}
        )
        department = Territory.objects.get(kind=Territory.Kind.DEPARTMENT, code="13")
        Profile.objects.update_or_create(
            user=user, defaults={"job_function": account.job_function, "department": department}
        )
        if account.role:
            Membership.objects.update_or_create(
                user=user, federation=Federation.objects.get(slug=FEDERATION), defaults={"role": account.role}
            )
        if account.moderates:
            user.groups.add(ensure_moderator_group())

    # -- Words and service -----------------------------------------------------------------------------------------

    def _tell(self, password: str, url: str) -> None:
        width = max(len(account.email) for account in ACCOUNTS)
        lines = ["", "Comptes, tous avec le même mot de passe :", ""]
        lines += [f"  {account.email:<{width}}  {account.what}" for account in ACCOUNTS]
        lines += [
            "",
            f"  Mot de passe : {self.style.SUCCESS(password)}",
            "",
            f"À ouvrir :   {url}",
            f"             {url}formations/   les modules",
            f"             {url}forum/        le forum",
            f"             {url}admin/        écrire et publier (redactrice, editrice, admin)",
            "",
            "Les e-mails que le site envoie s'affichent ici (autre choix : EMAIL_URL, voir README).",
        ]
        self.stdout.write("\n".join(lines))

    def _serve(self, host: str, port: int) -> None:
        os.environ["ETI_DEMO_URL"] = _address(host, port)
        # Loaded before the server makes its worker: where processes fork, the worker starts with everything at hand.
        from eti.wsgi import application  # noqa: F401

        connections.close_all()
        self.stdout.flush()
        sys.stdout.flush()
        server = Server(
            "eti.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=1,
            workers_kill_timeout=5,
            blocking_threads=BLOCKING_THREADS,
            log_level=LogLevels.warning,
        )
        if hasattr(signal, "SIGHUP"):
            # A closed terminal stops the site; granian would only reload it.
            server.on_startup(lambda: signal.signal(signal.SIGHUP, server.signal_handler_interrupt))
        with WorkerBeside():
            server.serve(target_loader=load_application)
        self.stdout.write("Le site est arrêté. À bientôt.")
