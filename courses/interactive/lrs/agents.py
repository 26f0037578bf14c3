"""What identifies an agent of xAPI (1.0.3, part two, 2.4.2). Pure: no database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
"""The inverse functional identifiers: an agent has exactly one, and two agents with the same one are the same."""


def agent_key(agent: Mapping[str, Any]) -> str:
    """Return the identifier of a valid agent as one text («mbox:mailto:…», «account:<homePage>|<name>»).

    «» for an anonymous group, which nothing identifies but its members.
    """
    for name in IDENTIFIERS:
        if name in agent:
            value = agent[name]
            if name == "account":
                return f"account:{value['homePage']}|{value['name']}"
            return f"{name}:{value.lower() if name == 'mbox_sha1sum' else value}"
    return ""


def member_keys(agent: Mapping[str, Any]) -> list[str]:
    """Return the keys of an agent, or of a group and of its members."""
    keys = [agent_key(agent), *(agent_key(member) for member in agent.get("member", ()))]
    return [key for key in keys if key]
