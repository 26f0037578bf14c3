"""What people tells the apps above it."""

from django.dispatch import Signal

personal_data = Signal()
"""Someone asks for a copy of what the site keeps about them (RGPD, articles 15 and 20). Argument: `user` (User).

A receiver returns its part as (key, data) pairs: the key is a French word of its own, the data anything that
`DjangoJSONEncoder` can write. An app connects it in its `AppConfig.ready()`:

    def export(sender, user, **kwargs):
        return [("progression", [{"module": …, "pourcentage": …} for … in …])]

    personal_data.connect(export, dispatch_uid="progress_personal_data")
"""

account_leaving = Signal()
"""Someone closes their account. Sent inside the transaction, while all that is theirs is still there.

Arguments: `user` (User), `choices` (what they answered to each question of `people.leaving`, by its key).
"""

network_requested = Signal()
"""Someone asked to join a network. Argument: `membership` (NetworkMembership). Sent inside the transaction."""

network_answered = Signal()
"""A network answered who asked to join. Sent inside the transaction.

Arguments: `network`, `user_id` (who asked), `membership` (the accepted NetworkMembership, or None: refused).
"""

contact_sent = Signal()
"""A member wrote to another through the site. Argument: `message` (ContactMessage). Sent inside the transaction."""

contact_reported = Signal()
"""A member reported a message to the moderators. Argument: `message` (ContactMessage). Sent inside the transaction."""
