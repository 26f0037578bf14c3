"""Where static files are stored once collected."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed names, so browsers keep files for good; ES modules that import each other get the hashed names too."""

    support_js_module_import_aggregation = True
    # A file that a third-party stylesheet names but does not ship must not stop the site.
    manifest_strict = False
