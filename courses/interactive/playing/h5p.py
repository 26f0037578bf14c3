"""What the H5P core needs to know of a content to play it: its «integration», made here and never by the browser."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from courses.interactive.packages.models import PackageVersion

from .models import PlayState

CONTENT_ID = 1
SAVE_SECONDS = 10

# The words that the core itself shows (what a library shows comes with it).
WORDS = {
    "fullscreen": "Plein écran",
    "disableFullscreen": "Quitter le plein écran",
    "download": "Télécharger",
    "copyrights": "Droits d'utilisation",
    "embed": "Intégrer",
    "reuse": "Réutiliser",
    "reuseContent": "Réutiliser ce contenu",
    "reuseDescription": "Réutiliser ce contenu.",
    "downloadDescription": "Télécharger ce contenu sous forme de fichier H5P.",
    "copyrightsDescription": "Voir les droits d'utilisation de ce contenu.",
    "embedDescription": "Voir le code à intégrer pour ce contenu.",
    "h5pDescription": "Aller sur H5P.org pour découvrir d'autres contenus.",
    "contentCopied": "Le contenu est copié dans le presse-papiers",
    "copyToClipboard": "Copier",
    "connectionLost": "Connexion perdue. Les résultats seront envoyés quand elle sera rétablie.",
    "connectionReestablished": "Connexion rétablie.",
    "resubmitScores": "Nouvel essai d'envoi des résultats.",
    "offlineDialogHeader": "La connexion au site est perdue",
    "offlineDialogBody": "Vos résultats n'ont pas pu être envoyés. Vérifiez votre connexion à internet.",
    "offlineDialogRetryMessage": "Nouvel essai dans :num…",
    "offlineDialogRetryButtonLabel": "Réessayer maintenant",
    "offlineSuccessfulSubmit": "Les résultats sont envoyés.",
    "contentChanged": "Ce contenu a changé depuis votre dernière visite.",
    "startingOver": "Vous recommencez depuis le début.",
    "confirmDialogHeader": "Confirmer",
    "confirmDialogBody": "Confirmez-vous ? Vous ne pourrez pas revenir en arrière.",
    "cancelLabel": "Annuler",
    "confirmLabel": "Confirmer",
    "close": "Fermer",
    "size": "Taille",
    "width": "largeur",
    "height": "hauteur",
    "showAdvanced": "Montrer plus d'options",
    "hideAdvanced": "Montrer moins d'options",
    "advancedHelp": "Ajoutez ce script à votre page pour que la taille du contenu s'adapte :",
    "showMore": "Montrer plus",
    "showLess": "Montrer moins",
    "subLevel": "Niveau inférieur",
    "title": "Titre",
    "author": "Auteur",
    "year": "Année",
    "source": "Source",
    "license": "Licence",
    "licenseExtras": "Précisions sur la licence",
    "changes": "Modifications",
    "thumbnail": "Miniature",
    "noCopyrights": "Ce contenu ne dit rien de ses droits d'utilisation.",
    "copyrightInformation": "Droits d'utilisation",
    "copyrightString": "Droits",
    "originator": "Auteur",
    "copyrightWarning": "Les contenus protégés ne peuvent pas être partagés.",
    "contentType": "Type de contenu",
    "licenseU": "Non précisée",
    "licenseCCBY": "Attribution",
    "licenseCCBYSA": "Attribution – Partage dans les mêmes conditions",
    "licenseCCBYND": "Attribution – Pas de modification",
    "licenseCCBYNC": "Attribution – Pas d'utilisation commerciale",
    "licenseCCBYNCSA": "Attribution – Pas d'utilisation commerciale – Partage dans les mêmes conditions",
    "licenseCCBYNCND": "Attribution – Pas d'utilisation commerciale – Pas de modification",
    "licenseCC40": "4.0 International",
    "licenseCC30": "3.0 non transposée",
    "licenseCC25": "2.5 générique",
    "licenseCC20": "2.0 générique",
    "licenseCC10": "1.0 générique",
    "licenseGPL": "Licence publique générale GNU",
    "licenseV3": "Version 3",
    "licenseV2": "Version 2",
    "licenseV1": "Version 1",
    "licensePD": "Domaine public",
    "licenseCC010": "CC0 1.0 universel, versé au domaine public",
    "licensePDM": "Marque du domaine public",
    "licenseC": "Tous droits réservés",
    "editor": "Éditeur",
    "licensee": "Titulaire de la licence",
    "by": "par",
}


def integration(
    version: PackageVersion, base: str, activity: str, states: Iterable[PlayState] | None
) -> dict[str, Any]:
    """Return the core's settings for a content whose files are at `base` (ends with «/»).

    `states` are what it saved before; None for someone of whom nothing is recorded. No person, no address to send to
    and no other content is in it.
    """
    folder = base.rstrip("/")
    metadata = version.structure
    return {
        "baseUrl": folder,
        "url": folder,
        "urlLibraries": f"{folder}/libraries",
        "siteUrl": folder,
        "postUserStatistics": False,
        "reportingIsEnabled": False,
        "saveFreq": False if states is None else SAVE_SECONDS,
        "hubIsEnabled": False,
        # Images that a content draws on a canvas come from another origin: this frame has none.
        "crossorigin": "anonymous",
        "ajax": {},
        "l10n": {"H5P": WORDS},
        "loadedJs": [],
        "loadedCss": [],
        "core": {"scripts": [], "styles": []},
        "contents": {
            f"cid-{CONTENT_ID}": {
                "library": version.library.ubername if version.library else "",
                "jsonContent": json.dumps(version.content),
                "fullScreen": "1" if version.library and version.library.metadata.get("fullscreen") else "0",
                "exportUrl": "",
                "embedCode": "",
                "resizeCode": "",
                "url": activity,
                "contentUrl": f"{folder}/content",
                "title": version.package.title,
                "metadata": {**metadata, "title": metadata.get("title") or version.package.title},
                "displayOptions": {
                    "frame": has_licence(metadata),
                    "export": False,
                    "embed": False,
                    "copyright": True,
                    "icon": False,
                    "copy": False,
                },
                "contentUserData": _saved(states or ()),
                "styles": [],
                "scripts": [],
            }
        },
    }


def has_licence(metadata: dict[str, Any]) -> bool:
    """Whether a content says under which rights it stands: then it has a button that tells them."""
    return metadata.get("license") not in {None, "", "U"}


def _saved(states: Iterable[PlayState]) -> dict[str, dict[str, str]]:
    """Return saved states as the core reads them: by part («0» is the whole), then by kind, each as text."""
    found: dict[str, dict[str, str]] = {}
    for state in states:
        part, _slash, kind = state.key.partition("/")
        if isinstance(state.data, str) and state.data:
            found.setdefault(part, {})[kind] = state.data
    return found
