"""What a member does with a sheet they propose: begin it, save it, send it, take it back. Each is one transaction.

The row of the proposal is locked first: a second tap, or a second tab, waits for the first one and finds what it did.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Page, TaskState, WorkflowState

from forum import anonymity
from forum.models import Post, Topic
from people.models import User

from . import drafts, rights
from .forms import SheetForm, step_faults
from .models import (
    MAX_STEPS,
    TITLE_MAX_LENGTH,
    SheetCredit,
    SheetPage,
    SheetPhoto,
    SheetProposal,
    SheetSpacePage,
)
from .photos import erase_images
from .session_sources import sentences
from .spaces import ensure_review, sheet_index, space_collection, space_of

# The fields of the page that the form fills as they are.
_SAME = (
    "title", "summary", "context", "audience", "problem", "materials", "cost", "safety", "before", "after",
    "reproducible", "sources", "contact_mode", "contact", "change_note",
)  # fmt: skip


class StaleError(Exception):
    """The proposal was changed elsewhere since the form was shown."""


class LockedError(Exception):
    """The sheet is being reviewed: it does not change meanwhile."""


class IncompleteError(Exception):
    """The sheet cannot be sent as it stands: `form` and `faults` (of the steps) say why."""

    def __init__(self, form: SheetForm, faults: Mapping[int, str]) -> None:
        super().__init__()
        self.form = form
        self.faults = faults


# -- Where a sheet stands ------------------------------------------------------------------------------------------

DRAFT, IN_REVIEW, TO_CORRECT = gettext_lazy("Brouillon"), gettext_lazy("En relecture"), gettext_lazy("À corriger")
PUBLISHED, WITHDRAWN = gettext_lazy("Publiée"), gettext_lazy("Retirée du site")
PUBLISHED_CHANGED = gettext_lazy("Publiée, avec des changements pas encore envoyés")
PUBLISHED_IN_REVIEW = gettext_lazy("Publiée, nouvelle version en relecture")
PUBLISHED_TO_CORRECT = gettext_lazy("Publiée, nouvelle version à corriger")


@dataclass(frozen=True, slots=True)
class Remark:
    """A word of a reviewer to the author."""

    text: str
    by: str
    about: str = ""


@dataclass(slots=True)
class Standing:
    """Where a proposed sheet stands: in words, and what reviewers wrote."""

    label: Any
    code: str
    in_review: bool = False
    remarks: list[Remark] = field(default_factory=list)


def standings(proposals: Iterable[SheetProposal]) -> dict[int, Standing]:
    """Return where each proposal stands, in at most three queries. Their pages come with them (`select_related`)."""
    proposals = list(proposals)
    pages = {proposal.page_id: proposal for proposal in proposals if proposal.page_id}
    states: dict[int, WorkflowState] = {}
    remarks: dict[int, list[Remark]] = {}
    if pages:
        found = WorkflowState.objects.filter(
            base_content_type=ContentType.objects.get_for_model(Page), object_id__in=[str(pk) for pk in pages]
        )
        latest = found.select_related("current_task_state__finished_by").order_by("pk")
        states = {int(state.object_id): state for state in latest}
        for page_id, state in states.items():
            task = state.current_task_state
            if task is not None and task.comment:
                by = task.finished_by.display_name if task.finished_by else _("La relecture")
                remarks.setdefault(page_id, []).append(Remark(task.comment, by))
        remarked = Page.wagtail_admin_comments.rel.related_model.objects.filter(page__in=pages, resolved_at=None)
        for comment in remarked.select_related("user").order_by("pk"):
            name = comment.contentpath.partition(".")[0]
            about = str(SheetPage._meta.get_field(name).verbose_name) if name in _field_names() else ""
            remarks.setdefault(comment.page_id, []).append(Remark(comment.text, comment.user.display_name, about))
    result = {}
    for proposal in proposals:
        standing = _standing(proposal, states.get(proposal.page_id or 0))
        standing.remarks = remarks.get(proposal.page_id or 0, [])
        result[proposal.pk] = standing
    return result


def _field_names() -> set[str]:
    return {one.name for one in SheetPage._meta.get_fields()}


def _standing(proposal: SheetProposal, state: WorkflowState | None) -> Standing:
    page = proposal.page
    live = page is not None and page.live
    status = state.status if state else ""
    if status == WorkflowState.STATUS_IN_PROGRESS:
        return Standing(PUBLISHED_IN_REVIEW if live else IN_REVIEW, "review", in_review=True)
    if status == WorkflowState.STATUS_NEEDS_CHANGES:
        return Standing(PUBLISHED_TO_CORRECT if live else TO_CORRECT, "correct")
    if live:
        return Standing(PUBLISHED_CHANGED if proposal.unsent else PUBLISHED, "published")
    if page is not None and page.first_published_at:
        return Standing(WITHDRAWN, "withdrawn")
    return Standing(DRAFT, "draft")


def standing_of(proposal: SheetProposal) -> Standing:
    """Return where one proposal stands."""
    return standings([proposal])[proposal.pk]


def own_proposals(user: User) -> QuerySet[SheetProposal]:
    """Return what a person proposes, with the pages."""
    return SheetProposal.objects.filter(owner=user).select_related("page")


# -- Beginning -----------------------------------------------------------------------------------------------------


def data_from_topic(user: User, topic: Topic) -> drafts.Data:
    """Return a first text from a discussion: its opening post says the problem, the accepted answer gives the steps."""
    posts = {post.pk: post for post in _source_posts(user, topic)}
    opening = next((post for post in posts.values() if post.opening), None)
    answer = posts.get(topic.accepted_post_id or 0)
    return {
        "problem": "\n\n".join(sentences(opening.body)) if opening else "",
        "steps": drafts.steps_from_parts(sentences(answer.body)) if answer else [],
        "credit_me": not opened_anonymously(user, topic),
    }


def _source_posts(user: User, topic: Topic) -> list[Post]:
    """Return the posts that a sheet takes its text from, as far as the person may read them."""
    posts = Post.objects.visible_to(user).readable().filter(topic=topic)
    wanted = posts.filter(Q(opening=True) | Q(pk=topic.accepted_post_id))
    return list(wanted.select_related("author").order_by("pk"))


def data_of_page(page: SheetPage) -> drafts.Data:
    """Return the values of the form for a page as it is."""
    data: drafts.Data = {name: getattr(page, name) for name in _SAME}
    data["trades"] = [str(trade.pk) for trade in page.trades.all()]
    data["competences"] = [str(competence.pk) for competence in page.competences.all()]
    data["territory"] = str(page.territory_id or "")
    data["steps"] = [{"title": step.value["title"], "text": step.value["text"]} for step in page.steps]
    return data


@transaction.atomic
def begin(
    owner: User, *, title: str, submission: uuid.UUID, topic: Topic | None = None, variant_of: SheetPage | None = None
) -> SheetProposal:
    """Begin a sheet: blank, from a discussion that the person reads, or as a variant of a published sheet.

    The same form sent twice begins one.
    """
    data: drafts.Data = {"credit_me": True}
    if topic is not None:
        data |= data_from_topic(owner, topic)
    if variant_of is not None:
        own = ("contact_mode", "contact", "change_note", "before", "after")
        data |= {name: value for name, value in data_of_page(variant_of).items() if name not in own}
    data |= {"title": title, "contact_mode": "none", "licence": False}
    proposal, _created = SheetProposal.objects.get_or_create(
        owner=owner,
        submission=submission,
        defaults={"title": title[:TITLE_MAX_LENGTH], "data": data, "topic": topic, "variant_of": variant_of},
    )
    return proposal


# -- Writing -------------------------------------------------------------------------------------------------------


def _lock(owner: User, pk: int) -> SheetProposal:
    proposal = SheetProposal.objects.select_for_update().get(pk=pk, owner=owner)
    if proposal.page_id:
        proposal.page = SheetPage.objects.get(pk=proposal.page_id)
    return proposal


@transaction.atomic
def save(
    owner: User, pk: int, data: drafts.Data, photos: Mapping[int, Mapping[str, Any]], *, revision: int | None
) -> SheetProposal:
    """Keep what was typed. `photos` gives the texts and the step of photos by their id.

    Without a `revision`, what another tab wrote is replaced.
    Raises StaleError, LockedError, SheetProposal.DoesNotExist.
    """
    proposal = _lock(owner, pk)
    if standing_of(proposal).in_review:
        raise LockedError
    known = {photo.pk: photo for photo in proposal.photos.all()}
    changes = [
        (known[photo_id], values)
        for photo_id, values in photos.items()
        if photo_id in known and any(getattr(known[photo_id], name) != value for name, value in values.items())
    ]
    if drafts.same(data, proposal.data, sent=proposal.page_id is not None) and not changes:
        return proposal
    if revision is not None and revision != proposal.revision:
        raise StaleError
    for photo, values in changes:
        SheetPhoto.objects.filter(pk=photo.pk).update(**values)
    proposal.data = data
    proposal.title = " ".join(data.get("title", "").split())[:TITLE_MAX_LENGTH] or _("Fiche sans titre")
    proposal.unsent = True
    proposal.revision += 1
    proposal.updated_at = timezone.now()
    proposal.save(update_fields=["data", "title", "unsent", "revision", "updated_at"])
    return proposal


@transaction.atomic
def add_step(owner: User, pk: int) -> None:
    """Add a blank step after the others, up to the most that a sheet may have."""
    proposal = _lock(owner, pk)
    steps = list(proposal.data.get("steps", []))
    if len(steps) < MAX_STEPS:
        proposal.data = {**proposal.data, "steps": [*steps, {"title": "", "text": ""}]}
        proposal.revision += 1
        proposal.save(update_fields=["data", "revision"])


@transaction.atomic
def move_step(owner: User, pk: int, verb: str, place: int) -> None:
    """Move a step up or down, or take it away, with its photos."""
    proposal = _lock(owner, pk)
    steps = proposal.data.get("steps", [])
    order = drafts.moved(range(len(steps)), verb, place)
    proposal.data = {**proposal.data, "steps": [steps[old] for old in order]}
    proposal.unsent, proposal.revision = True, proposal.revision + 1
    proposal.save(update_fields=["data", "unsent", "revision"])
    new_places = {old + 1: new for new, old in enumerate(order, 1)}
    for photo in proposal.photos.exclude(step=0):
        SheetPhoto.objects.filter(pk=photo.pk).update(step=new_places.get(photo.step, 0))


@transaction.atomic
def reread(owner: User, pk: int) -> SheetProposal:
    """Take the text of the page as reviewers left it, unless the author has written since. It changes nothing twice."""
    proposal = _lock(owner, pk)
    if proposal.page is None or proposal.unsent or proposal.synced_revision == proposal.page.latest_revision_id:
        return proposal
    return _take_page(proposal)


@transaction.atomic
def discard_changes(owner: User, pk: int) -> SheetProposal:
    """Forget what was not sent, and go back to the page as it is. Raises LockedError."""
    proposal = _lock(owner, pk)
    if standing_of(proposal).in_review:
        raise LockedError
    return _take_page(proposal) if proposal.page else proposal


def _take_page(proposal: SheetProposal) -> SheetProposal:
    assert proposal.page is not None  # noqa: S101  (for the type checker)
    page: SheetPage = proposal.page.get_latest_revision_as_object()
    kept = ("credit_me", "co_authors", "licence")
    proposal.data = {
        **{name: proposal.data[name] for name in kept if name in proposal.data},
        **data_of_page(page),
    }
    proposal.title, proposal.unsent = page.title[:TITLE_MAX_LENGTH], False
    proposal.synced_revision, proposal.revision = page.latest_revision_id, proposal.revision + 1
    proposal.save()
    places = {}
    for number, step in enumerate(page.steps, 1):
        if (photo := step.value["photo"]) and photo.get("image"):
            places[photo["image"].pk] = number, photo
    for block in page.photos:
        if block.value.get("image"):
            places.setdefault(block.value["image"].pk, (0, block.value))
    SheetPhoto.objects.filter(proposal=proposal).exclude(image__in=places).update(proposal=None)
    for image_id, (number, photo) in places.items():
        SheetPhoto.objects.filter(image=image_id).update(
            proposal=proposal, step=number, alt=photo["alt"] or "", caption=photo["caption"] or ""
        )
    return proposal


@transaction.atomic
def discard(owner: User, pk: int) -> None:
    """Throw away a sheet that was never sent, with its photos."""
    proposal = SheetProposal.objects.select_for_update().get(pk=pk, owner=owner, page=None)
    erase_images(proposal.photos.all())
    proposal.delete()


# -- Sending -------------------------------------------------------------------------------------------------------


def checked(proposal: SheetProposal) -> tuple[SheetForm, dict[int, str]]:
    """Return the form filled with what is written, and what is wrong with the steps."""
    places = rights.places_to_send_to(proposal.owner)
    form = SheetForm(proposal.data, places=places, sent=proposal.page_id is not None)
    return form, step_faults(proposal.data.get("steps", []))


def fill(page: SheetPage, proposal: SheetProposal, cleaned: Mapping[str, Any]) -> SheetPage:
    """Write the values of the form in a page, which is not saved."""
    for name in _SAME:
        setattr(page, name, cleaned.get(name) or "")
    page.contact_mode = cleaned.get("contact_mode") or SheetPage.Contact.NONE
    page.territory = cleaned.get("territory")
    page.trades = list(cleaned.get("trades") or ())
    page.competences = list(cleaned.get("competences") or ())
    page.variant_of, page.topic = proposal.variant_of, proposal.topic
    photos = list(proposal.photos.select_related("image")) if proposal.pk else []
    steps = proposal.data.get("steps", [])
    numbers = drafts.kept_steps(steps)
    by_step = {numbers[photo.step]: photo for photo in photos if photo.step in numbers}
    page.steps = [
        (
            "step",
            {
                "title": steps[place - 1]["title"].strip(),
                "text": steps[place - 1]["text"].strip(),
                "photo": _photo(by_step.get(number)),
            },
        )
        for place, number in numbers.items()
    ]
    in_steps = {photo.pk for photo in by_step.values()}
    page.photos = [("photo", _photo(photo)) for photo in photos if photo.pk not in in_steps]
    return page


def _photo(photo: SheetPhoto | None) -> dict[str, Any]:
    if photo is None:
        return {"image": None, "alt": "", "caption": ""}
    return {"image": photo.image, "alt": photo.alt, "caption": photo.caption}


def draft_page(proposal: SheetProposal) -> SheetPage:
    """Return the sheet as it would look, complete or not, without saving it."""
    form, _faults = checked(proposal)
    form.is_valid()
    values = {**proposal.data, **form.cleaned_data}
    for name in ("trades", "competences", "territory"):
        values[name] = form.cleaned_data.get(name)
    page = fill(SheetPage(live=False, reviewed_on=timezone.localdate()), proposal, values)
    place = rights.place_named(proposal.owner, proposal.data.get("destination", ""))
    page.federation_id, page.network_id = place.get("federation_id"), place.get("network_id")
    if proposal.page is not None:
        page.federation_id, page.network_id = proposal.page.federation_id, proposal.page.network_id
    page.title = page.title or proposal.title
    return page


def credit_names(proposal: SheetProposal) -> list[SheetCredit]:
    """Return who the sheet would credit, unsaved: the authors of the discussion, the owner, who they name.

    An anonymous post is credited to «Anonyme du réseau», once: it tells nothing of its author.
    """
    credited: list[SheetCredit] = []
    seen: set[int] = set()
    for post in _source_posts(proposal.owner, proposal.topic) if proposal.topic else []:
        if post.anonymous:
            if not any(credit.anonymous for credit in credited):
                credited.append(SheetCredit(anonymous=True))
        elif post.author is not None and post.author.pk not in seen:
            seen.add(post.author.pk)
            credited.append(SheetCredit(user=post.author, name=post.author.display_name))
    if proposal.data.get("credit_me") and proposal.owner_id not in seen:
        credited.append(SheetCredit(user=proposal.owner, name=proposal.owner.display_name))
    names = str(proposal.data.get("co_authors", ""))[:300].split(",")
    credited += [SheetCredit(name=" ".join(name.split())[:170], typed=True) for name in names if name.strip()]
    for position, credit in enumerate(credited):
        credit.position = position
    return credited


def _write_credits(proposal: SheetProposal, page: SheetPage) -> None:
    """Say whom the sheet credits. Who left since, with their name kept or not, stays as they chose."""
    page.credits.exclude(user=None, anonymous=False, typed=False).delete()
    wanted = credit_names(proposal)
    for credit in wanted:
        credit.sheet = page
    SheetCredit.objects.bulk_create(wanted)


@transaction.atomic
def send(owner: User, pk: int) -> SheetPage:
    """Send a sheet to its reviewers, or what was corrected. Sent twice, it is reviewed once.

    Raises IncompleteError, SheetProposal.DoesNotExist, and `spaces.NoHomeError` on a site without pages.
    """
    proposal = _lock(owner, pk)
    if proposal.page is not None and standing_of(proposal).in_review:
        return proposal.page
    form, faults = checked(proposal)
    if not form.is_valid() or faults:
        raise IncompleteError(form, faults)
    page = proposal.page
    if page is None:
        page = _add_page(proposal, form.cleaned_data)
    else:
        page = fill(page.get_latest_revision_as_object(), proposal, form.cleaned_data)
        page.reviewed_on = timezone.localdate()
    _write_credits(proposal, page)
    space = page.get_parent().specific
    _hand_over_photos(proposal, space)
    revision = page.save_revision(user=owner, log_action=True)
    SheetProposal.objects.filter(pk=pk).update(
        page=page, unsent=False, synced_revision=revision.pk, updated_at=timezone.now(), revision=F("revision") + 1
    )
    _start_review(page, owner)
    return page


def _add_page(proposal: SheetProposal, cleaned: Mapping[str, Any]) -> SheetPage:
    place = rights.place_named(proposal.owner, cleaned["destination"])
    space = space_of(
        federation=rights.federations_to_send_to().filter(pk=place.get("federation_id")).first(),
        network=rights.networks_to_send_to(proposal.owner).filter(pk=place.get("network_id")).first(),
    )
    page = fill(SheetPage(live=False, owner=proposal.owner, has_unpublished_changes=True), proposal, cleaned)
    page.slug = _free_slug(space, page.title)
    # The tree gives two children the same place unless its writers wait for each other.
    space = SheetSpacePage.objects.select_for_update(of=("self",)).get(pk=space.pk)
    added: SheetPage = space.add_child(instance=page)
    return added


def _free_slug(space: SheetSpacePage, title: str) -> str:
    base = slugify(title)[:60].strip("-") or "fiche"
    taken = set(space.get_children().filter(slug__startswith=base).values_list("slug", flat=True))
    wanted = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(slug for slug in wanted if slug not in taken)


def _hand_over_photos(proposal: SheetProposal, space: SheetSpacePage) -> None:
    collection = space_collection(space)
    for photo in proposal.photos.select_related("image"):
        if photo.image.collection_id != collection.pk:
            photo.image.collection = collection
            photo.image.save(update_fields=["collection"])


def _start_review(page: SheetPage, owner: User) -> None:
    """Start the review, or start it again where it asked for corrections.

    Nobody is named as having asked for it: Wagtail would write to them with addresses of the admin, which is closed to
    members. They are told by the site's own notifications.
    """
    state = page.current_workflow_state
    if state is not None and state.status == WorkflowState.STATUS_NEEDS_CHANGES:
        state.resume(user=owner)
    elif state is None:
        workflow = page.get_workflow() or ensure_review(sheet_index())
        workflow.start(page, None)


@transaction.atomic
def take_back(owner: User, pk: int) -> None:
    """Take a sheet back from its reviewers, to go on writing. Doing it again changes nothing."""
    proposal = _lock(owner, pk)
    state = proposal.page.current_workflow_state if proposal.page else None
    if state is not None:
        state.cancel(user=owner)


def opened_anonymously(user: User, topic: Topic) -> bool:
    """Whether the person opened this discussion without their name: said to them alone."""
    return topic.anonymous and anonymity.opened(user, topic)


# -- Leaving -------------------------------------------------------------------------------------------------------


@transaction.atomic
def forget_author(user: User, *, keep_name: bool) -> None:
    """Untie a person from the sheets that credit them: their name stays as it is, or becomes «Ancien membre»."""
    credited = SheetCredit.objects.filter(user=user)
    credited.update(user=None, **({} if keep_name else {"name": ""}))
    for proposal in SheetProposal.objects.select_for_update().filter(owner=user):
        if proposal.page_id is None:
            erase_images(proposal.photos.all())
    SheetProposal.objects.filter(owner=user).delete()


def reviews_of(page: SheetPage) -> QuerySet[TaskState]:
    """Return the steps of the reviews of a sheet, latest first."""
    states: QuerySet[TaskState] = TaskState.objects.filter(
        workflow_state__base_content_type=ContentType.objects.get_for_model(Page),
        workflow_state__object_id=str(page.pk),
    )
    return states.order_by("-pk")
