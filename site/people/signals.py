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
