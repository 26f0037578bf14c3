"""Playing a package: launching it, the documents and files of its frame, and what it reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from courses.catalog.access import open_page
from courses.catalog.models import LessonPage, course_activities
from courses.interactive.packages.models import Package, PackageVersion
from courses.interactive.packages.permissions import may_open
from courses.interactive.packages.serving import (
    FileToken,
    file_base,
    frame_policy,
    open_file,
    open_to_frames,
    read_token,
    serve_file,
)
from people.http import MemberRequest
from people.models import Federation

from . import cmi5, h5p, results, scorm
from .launching import Launch, launch_token, read_launch
from .models import NO_BLOCK, InteractivePage, PlayState, Registration, Rule
from .places import NoSuchPlaceError, Place, activity_iri, place_in
from .reading import answers_to, result_text

LARGEST_REPORT = 1024 * 1024
MOST_STATEMENTS_AT_ONCE = 200
PAGES = (".html", ".htm", ".xhtml")
LAUNCHED_LONG_AGO = _(
    "Cette activité est ouverte depuis trop longtemps. Rechargez la page pour la relancer : ce qui était enregistré "
    "l'est toujours."
)
NEEDS_A_PERSON = _("Un contenu cmi5 ne s'essaie pas ici : placez-le dans un module, publiez, puis ouvrez la page.")


def _playable(package_id: int) -> PackageVersion:
    """Return the version that a package plays now, or raise Http404."""
    versions = PackageVersion.objects.select_related("package", "library").defer("content")
    return get_object_or_404(versions, current_of=package_id)


def _address(version: PackageVersion, href: str, query: dict[str, str]) -> str:
    """Return where the frame of a launched version goes: the player's host if there is one, and its first document."""
    href, hash_sign, place = href.partition("#")
    joint = "&" if "?" in href else "?"
    return f"{settings.PLAYER_ORIGIN}{file_base(version)}{href}{joint}{urlencode(query)}{hash_sign}{place}"


def items_of(version: PackageVersion) -> list[dict[str, Any]]:
    """Return the parts of a SCORM or cmi5 package that can be launched, in order."""
    items: list[dict[str, Any]] = version.structure.get("items", [])
    return [item for item in items if item.get("href")]


def item_of(version: PackageVersion, item_id: str) -> dict[str, Any]:
    """Return a launchable part by its identifier, the first one for «», or raise Http404."""
    for item in items_of(version):
        if item_id in {"", item["id"]}:
            return item
    raise Http404


def _has_result(registration: Registration) -> bool:
    return registration.score is not None or registration.done_at is not None


def _launched(
    request: HttpRequest,
    version: PackageVersion,
    item_id: str,
    place: Place | None = None,
    registration: Registration | None = None,
    federation: Federation | None = None,
) -> HttpResponse:
    """Lead to a launched content, or tell the script of the page where it is and what to do with its reports."""
    wants_json = request.headers.get("Accept") == "application/json"
    page_id, block_id = (place.page_id, place.block_id) if place else (0, NO_BLOCK)
    href, query = "", dict[str, str]()
    if version.package.kind != Package.Kind.H5P:
        item = item_of(version, item_id)
        item_id, href = str(item["id"]), str(item["href"])
        if registration and item.get("type") == "asset":
            registration = results.update_outcome(registration.pk, scorm.note_opened(registration, item))
        if version.package.kind == Package.Kind.CMI5 and registration is None:
            if wants_json:
                return _refusal(NEEDS_A_PERSON, HTTPStatus.CONFLICT)
            return _words(request, NEEDS_A_PERSON, HTTPStatus.CONFLICT)
        if version.package.kind == Package.Kind.CMI5 and registration and federation:
            query = cmi5.launch(registration, item, federation, _player_origin(request)).parameters
    launch = launch_token(registration, page_id, block_id, version.pk, item_id)
    frame = _address(version, href, query | {"eti": launch})
    if not wants_json:
        return redirect(frame)
    told = {
        "frame": frame,
        "report": reverse("playing:report", args=[launch]) if registration else "",
        "text": result_text(registration) if registration and _has_result(registration) else "",
    }
    return JsonResponse(told)


def _player_origin(request: HttpRequest) -> str:
    return settings.PLAYER_ORIGIN or request.build_absolute_uri("/").rstrip("/")


@require_safe
@never_cache
def play(request: HttpRequest, page_id: int, block_id: UUID = NO_BLOCK) -> HttpResponse:
    """Open a registration for a signed-in person and launch the content. A visitor plays unrecorded."""
    model = InteractivePage if block_id == NO_BLOCK else LessonPage
    page = cast("InteractivePage | LessonPage", open_page(request, model, page_id))
    if not page.course.is_readable_by(request.user):
        return redirect_to_login(page.get_url(request))
    try:
        place = place_in(page, block_id)
    except NoSuchPlaceError:
        raise Http404 from None
    version = _playable(place.package_id)
    if version.package.kind == Package.Kind.CMI5 and not request.user.is_authenticated:
        # It speaks to the record store in the person's name, or does not work.
        return redirect_to_login(page.get_url(request))
    registration = results.register(request.user, place, version) if request.user.is_authenticated else None
    return _launched(request, version, request.GET.get("item", ""), place, registration, page.course.federation)


@login_required
@require_safe
@never_cache
def preview_package(request: MemberRequest, package_id: int) -> HttpResponse:
    """Play a package out of any page, for those who may choose it for one. Nothing is recorded."""
    version = _playable(package_id)
    if not may_open(request.user, version.package):
        raise PermissionDenied
    return _launched(request, version, request.GET.get("item", ""))


@csrf_exempt
def contents(request: HttpRequest, token: str, path: str) -> HttpResponseBase:
    """Serve a file of a package, or its player's document where the address carries a launch (`?eti=`)."""
    launched = request.GET.get("eti", "") if request.method in ("GET", "HEAD") else ""
    if not launched:
        return serve_file(request, token, path)
    try:
        right = read_token(token)
        launch = read_launch(launched)
    except BadSignature:
        return _words(request, LAUNCHED_LONG_AGO, HTTPStatus.GONE)
    if right.version_id != launch.version_id:
        raise Http404
    if right.kind == Package.Kind.H5P:
        return _h5p_document(request, launched, launch, token)
    if not path.lower().endswith(PAGES):
        return serve_file(request, token, path)
    return _package_document(request, launched, launch, token, path, right)


def _framed(
    request: HttpRequest, html: str | bytes, base: str, kind: str, *, connect: Sequence[str] = (), status: int = 200
) -> HttpResponse:
    """Return a document for the frame, under the frame's own policy, kept by nobody."""
    response = HttpResponse(html, status=status)
    open_to_frames(response)
    address = request.build_absolute_uri(base or "/contenus/")
    response.headers["Content-Security-Policy"] = frame_policy(address, kind, connect)
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _words(request: HttpRequest, text: Any, status: int) -> HttpResponse:
    """Say something in place of a content."""
    return _framed(request, render_to_string("playing/words.html", {"text": text}), "", Package.Kind.H5P, status=status)


def _reports_to(request: HttpRequest, launched: str, launch: Launch) -> str:
    """Return where a content sends its reports; nowhere if nothing is recorded."""
    return request.build_absolute_uri(reverse("playing:report", args=[launched])) if launch.registration_id else ""


def _h5p_document(request: HttpRequest, launched: str, launch: Launch, token: str) -> HttpResponse:
    versions = PackageVersion.objects.select_related("package", "library")
    version = get_object_or_404(versions, pk=launch.version_id)
    states = None
    if launch.registration_id:
        states = list(PlayState.objects.filter(registration=launch.registration_id))
    base = f"/contenus/{token}/"
    activity = activity_iri(launch.page_id, launch.block_id)
    report_url = _reports_to(request, launched, launch)
    context = {
        "version": version,
        "base": base,
        "content_id": h5p.CONTENT_ID,
        "integration": h5p.integration(version, base, activity, states),
        "player": {"report": report_url, "activity": activity},
    }
    html = render_to_string("playing/h5p_frame.html", context)
    return _framed(request, html, base, Package.Kind.H5P, connect=[report_url] if report_url else [])


def _package_document(
    request: HttpRequest, launched: str, launch: Launch, token: str, path: str, right: FileToken
) -> HttpResponse:
    """Return the page of a part with the runtime that it looks for put in."""
    version = get_object_or_404(PackageVersion.objects.select_related("package"), pk=launch.version_id)
    registration = None
    if launch.registration_id:
        registrations = Registration.objects.select_related("user", "version__package")
        registration = get_object_or_404(registrations, pk=launch.registration_id)
    report_url = _reports_to(request, launched, launch)
    context = scorm.launch_context(registration, right.kind, item_of(version, launch.item), report_url)
    with open_file(right, path) as file:
        html = scorm.inject(file.read(), context)
    connect = [report_url] if report_url else []
    if right.kind == Package.Kind.CMI5:
        connect.append(request.build_absolute_uri(reverse("lrs:root")))
    return _framed(request, html, f"/contenus/{token}/", right.kind, connect=connect)


@csrf_exempt
@require_http_methods(["POST", "OPTIONS"])
@never_cache
def report(request: HttpRequest, launch: str) -> HttpResponse:
    """Take in what a launched content reports. The launch token is the right to: no cookie is looked at.

    A page that closes sends it as text, since a beacon may not ask for permission first.
    """
    if request.method == "OPTIONS":
        return _open_answer(HttpResponse(status=HTTPStatus.NO_CONTENT))
    try:
        launched = read_launch(launch)
    except BadSignature:
        return _open_answer(_refusal(_("Cette activité est ouverte depuis trop longtemps."), HTTPStatus.GONE))
    if launched.registration_id is None:
        return _open_answer(JsonResponse({"statements": [], "result": None}))
    if int(request.headers.get("Content-Length") or 0) > LARGEST_REPORT:
        return _open_answer(_refusal(_("Ce rapport est trop gros."), HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
    try:
        sent = read_report(request.body)
    except ValueError:
        return _open_answer(_refusal(_("Ce rapport ne se lit pas."), HTTPStatus.BAD_REQUEST))
    try:
        results.check_rate(launched.registration_id)
        received = results.receive(launched.registration_id, sent)
    except results.TooManyReportsError:
        answer: HttpResponse = _refusal(_("Trop de rapports à la fois."), HTTPStatus.TOO_MANY_REQUESTS)
        answer.headers["Retry-After"] = "60"
        return _open_answer(answer)
    except (Registration.DoesNotExist, NoSuchPlaceError):
        return _open_answer(_refusal(_("Cette activité n'existe plus."), HTTPStatus.GONE))
    registration = received.registration
    return _open_answer(
        JsonResponse(
            {
                "statements": [str(number) for number in received.statements],
                "result": {
                    "score": None if registration.score is None else float(registration.score),
                    "done": registration.done_at is not None,
                    "text": result_text(registration),
                },
            }
        )
    )


def _refusal(text: Any, status: int) -> HttpResponse:
    return JsonResponse({"error": text}, status=status)


def _open_answer(response: HttpResponse) -> HttpResponse:
    """Let a frame without an origin read the answer."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def read_report(body: bytes) -> results.Report:
    """Return what a player sent. Raises ValueError for what is no report."""
    try:
        return _report_of(json.loads(body))
    except RecursionError:
        raise ValueError from None


def _report_of(sent: Any) -> results.Report:
    if not isinstance(sent, dict):
        raise ValueError  # noqa: TRY004  (what was sent is wrong, not how this was called)
    seconds = sent.get("seconds", 0)
    return results.Report(
        id=str(sent.get("id") or "")[:40],
        statements=_list(sent.get("statements"))[:MOST_STATEMENTS_AT_ONCE],
        states=_states(sent.get("states"), "key"),
        cmi=_states(sent.get("cmi"), "item"),
        seconds=int(seconds) if isinstance(seconds, (int, float)) and 0 <= seconds <= 24 * 3600 else 0,
        seen=sent.get("seen") is True,
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _states(value: Any, name: str) -> list[results.StateReport]:
    found = []
    for row in _list(value)[: results.MOST_STATES]:
        if not isinstance(row, dict):
            continue
        key, sequence = row.get(name), row.get("sequence")
        if isinstance(key, str) and 0 < len(key) <= 255 and type(sequence) is int and 0 <= sequence < 2**62:
            found.append(results.StateReport(key, sequence, _without_nul(row.get("data"))))
    return found


def _without_nul(value: Any) -> Any:
    """Return data that every database can keep: PostgreSQL takes no NUL in JSON."""
    text = json.dumps(value, allow_nan=False)
    return json.loads(text.replace("\\u0000", "")) if "\\u0000" in text else value


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: MemberRequest, page_id: int) -> HttpResponse:
    """Take the person's word that they are done, where the rule allows it, and open what follows."""
    page = open_page(request, InteractivePage, page_id)
    if request.method != "POST":
        return redirect(page.get_url(request))
    if page.rule not in {Rule.DECLARED, Rule.SEEN}:
        raise PermissionDenied(_("Cette activité se termine en la faisant : il n'y a rien à déclarer."))
    results.declare_done(request.user, place_in(page, NO_BLOCK), _playable(page.package_id))
    messages.success(request, _("Activité terminée : « %(title)s ».") % {"title": page.title})
    activities = course_activities(page.course)
    position = next((i for i, activity in enumerate(activities) if activity.id == page.pk), len(activities))
    following = activities[position + 1 :]
    return redirect(following[0].url if following else page.course.get_url(request))


@login_required
@require_safe
@never_cache
def answers(request: MemberRequest, page_id: int) -> HttpResponse:
    """Show what the person has answered to each part of an activity, and their best score."""
    page = open_page(request, InteractivePage, page_id)
    registration = Registration.objects.filter(user=request.user, page=page.pk, block_id=NO_BLOCK).first()
    if registration is None:
        return redirect(page.get_url(request))
    context = {"page": page, "course": page.course, "registration": registration, "answers": answers_to(registration)}
    return render(request, "playing/answers.html", context | {"result": result_text(registration)})
