"""What the forum tells: to its own search index and notices, and to the apps above it.

All are sent inside the transaction of the change: what takes time belongs in a task, enqueued on commit.
"""

from django.dispatch import Signal

post_published = Signal()
"""Readers see a new post: sent, or let through by a moderator. Once a post. Argument: `post` (with its topic)."""

post_changed = Signal()
"""The text of a post that readers see has changed, or it came back after having gone. Argument: `post`."""

post_gone = Signal()
"""Readers no longer see a post: deleted, hidden. Argument: `post`."""

topic_changed = Signal()
"""A topic has another title, category, page, tags or accepted answer, or is hidden or shown, with all that is in it.

Argument: `topic`, as it is now (`topic.hidden` tells whether readers see it).
"""

topic_gone = Signal()
"""A topic has been merged into another one: nothing is left at its address. Argument: `topic`."""

answer_accepted = Signal()
"""The author of a question has marked a reply as the answer. Arguments: `topic`, `post`."""

moderated = Signal()
"""A moderator did something that its author is told of. Argument: `action` (`ModerationAction`)."""

post_reported = Signal()
"""A member reported a post. Argument: `report` (`Report`)."""

audience_changed = Signal()
"""Other people read a category than before, with all its topics. Argument: `category`."""
