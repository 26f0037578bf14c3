"""Factories of practice sheets. A proposal goes through the same services as on the site."""

import io
import uuid

from PIL import Image

from people.models import Federation, Membership
from practices import proposals
from practices.models import SheetPage, SheetProposal
from tests.courses.factories import make_home
from tests.factories import FederationFactory, MembershipFactory, UserFactory

TEXTS = {
    "title": "Lancer la journée par un échauffement",
    "summary": "Dix minutes ensemble avant de porter.",
    "context": "Un chantier d'espaces verts, huit salariés.",
    "audience": "Toute l'équipe.",
    "problem": "Des douleurs au dos dès la première heure.",
    "materials": "Un endroit plat.",
    "cost": "Dix minutes par jour.",
    "safety": "On ne force jamais sur une douleur.",
    "before": "Trois arrêts en deux mois.",
    "after": "Aucun arrêt depuis.",
    "reproducible": "Toute équipe.",
    "sources": "",
    "contact": "",
    "co_authors": "",
    "change_note": "",
    "contact_mode": "none",
    "territory": "",
}
STEPS = [
    {"title": "Se réunir au même endroit", "text": "En cercle, outils posés."},
    {"title": "Bouger doucement", "text": "Chevilles, genoux, épaules."},
]


def make_reviewers(federation=None) -> Federation:
    """Return a federation with an editor, who reviews its sheets."""
    make_home()
    federation = federation or FederationFactory()
    MembershipFactory(federation=federation, role=Membership.Role.EDITOR)
    return federation


def sheet_data(federation, **changed):
    """Return what a complete form holds."""
    return {
        **TEXTS,
        "trades": [],
        "competences": [],
        "steps": [dict(step) for step in STEPS],
        "credit_me": True,
        "licence": True,
        "destination": f"f{federation.pk}" if federation else "",
        **changed,
    }


def make_proposal(owner=None, federation=None, *, topic=None, variant_of=None, **changed) -> SheetProposal:
    """Return a proposal that may be sent."""
    owner = owner or UserFactory()
    federation = federation or make_reviewers()
    data = sheet_data(federation, **changed)
    proposal = proposals.begin(owner, title=data["title"], submission=uuid.uuid4(), topic=topic, variant_of=variant_of)
    return proposals.save(owner, proposal.pk, data, {}, revision=proposal.revision)


def make_sent(owner=None, federation=None, **changed) -> SheetPage:
    """Return a sheet that waits for its reviewers."""
    proposal = make_proposal(owner, federation, **changed)
    return proposals.send(proposal.owner, proposal.pk)


def approve(page, reviewer=None) -> SheetPage:
    """Publish a sheet that is in review, as a reviewer does."""
    reviewer = reviewer or UserFactory(is_superuser=True)
    state = page.current_workflow_task_state
    state.task.specific.on_action(state, reviewer, "approve")
    return SheetPage.objects.get(pk=page.pk)


def reject(page, comment, reviewer=None) -> SheetPage:
    """Ask for corrections."""
    reviewer = reviewer or UserFactory(is_superuser=True)
    state = page.current_workflow_task_state
    state.task.specific.on_action(state, reviewer, "reject", comment=comment)
    return SheetPage.objects.get(pk=page.pk)


def make_sheet(owner=None, federation=None, **changed) -> SheetPage:
    """Return a published sheet."""
    return approve(make_sent(owner, federation, **changed))


def picture(size=(800, 600), kind="JPEG", **options) -> bytes:
    """Return the bytes of a plain picture."""
    output = io.BytesIO()
    Image.new("RGB", size, "orange").save(output, kind, **options)
    return output.getvalue()
