"""How statements are given back: only their ids, as they came, or with the words of one language. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .agents import IDENTIFIERS

FORMATS = ("exact", "ids", "canonical")


def agent_ids(agent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what identifies an agent or a group: for an anonymous group its members."""
    kept = {name: agent[name] for name in ("objectType", *IDENTIFIERS) if name in agent}
    if not any(name in kept for name in IDENTIFIERS) and "member" in agent:
        kept["member"] = [agent_ids(member) for member in agent["member"]]
    return kept


def _activity_ids(activity: Mapping[str, Any]) -> dict[str, Any]:
    return {name: activity[name] for name in ("objectType", "id") if name in activity}


def only_ids(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement with the least that identifies its agents, activities and verb."""
    made = dict(statement)
    for name in ("actor", "authority"):
        if name in made:
            made[name] = agent_ids(made[name])
    made["verb"] = {"id": made["verb"]["id"]}
    kind = made["object"].get("objectType", "Activity")
    if kind == "Activity":
        made["object"] = _activity_ids(made["object"])
    elif kind in {"Agent", "Group"}:
        made["object"] = agent_ids(made["object"])
    elif kind == "SubStatement":
        made["object"] = only_ids(made["object"])
    if "context" in made:
        context = dict(made["context"])
        for name in ("instructor", "team"):
            if name in context:
                context[name] = agent_ids(context[name])
        if "contextActivities" in context:
            context["contextActivities"] = {
                name: [_activity_ids(one) for one in activities]
                for name, activities in context["contextActivities"].items()
            }
        made["context"] = context
    return made


# -- Languages -----------------------------------------------------------------------------------------------------


def accepted_languages(header: str) -> list[str]:
    """Return the language ranges of an Accept-Language header, the preferred ones first (RFC 9110, 12.5.4)."""
    ranges = []
    for place, part in enumerate(header.split(",")[:20]):
        tag, *parameters = (word.strip() for word in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _equals, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        if tag and weight > 0:
            ranges.append((-weight, place, tag.lower()))
    return [tag for _weight, _place, tag in sorted(ranges)]


def one_language(language_map: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """Return a language map with one entry, the one that the reader likes best."""
    for wanted in languages:
        for tag, text in language_map.items():
            if wanted == "*" or tag.lower() == wanted or tag.lower().startswith(f"{wanted}-"):
                return {tag: text}
        # «fr-CA» is content with «fr».
        for tag, text in language_map.items():
            if wanted.startswith(f"{tag.lower()}-"):
                return {tag: text}
    return dict([next(iter(language_map.items()))]) if language_map else {}


def in_one_language(definition: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    """Return the definition of an activity with one language in each of its texts."""
    made = dict(definition)
    for name in ("name", "description"):
        if name in made:
            made[name] = one_language(made[name], languages)
    for name in ("choices", "scale", "source", "target", "steps"):
        if name in made:
            made[name] = [
                {**one, "description": one_language(one["description"], languages)} if "description" in one else one
                for one in made[name]
            ]
    return made


def activities_in(statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the activity objects of a statement, those of its context and of a sub-statement too."""
    found = []
    if statement["object"].get("objectType", "Activity") == "Activity":
        found.append(statement["object"])
    elif statement["object"]["objectType"] == "SubStatement":
        found += activities_in(statement["object"])
    for activities in statement.get("context", {}).get("contextActivities", {}).values():
        found += activities
    return found


def canonical(
    statement: dict[str, Any], definitions: Mapping[str, Mapping[str, Any]], languages: Sequence[str]
) -> dict[str, Any]:
    """Return a statement, changed in place, with the given definitions of its activities, in one language."""
    for activity in activities_in(statement):
        definition = definitions.get(activity["id"], activity.get("definition"))
        if definition:
            activity["definition"] = in_one_language(definition, languages)
    for part in (statement, statement["object"]):
        if isinstance(part.get("verb"), dict) and "display" in part["verb"]:
            part["verb"]["display"] = one_language(part["verb"]["display"], languages)
    return statement
