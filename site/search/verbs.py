"""Verbs of the third group that people of the trade use, with the forms that no stemmer brings to their infinitive.

Families as French grammars give them (Bescherelle's tables): an infinitive, and the stems and endings of its family.
"""

from __future__ import annotations

from collections.abc import Iterator

from people.text import search_key

# Of each family: the end of its infinitives and its verbs, then each of its stems with its endings. A form is a verb
# without that end, then a stem, then an ending; `-` is nothing.
_FAMILIES = """
dre: vendre rendre répondre attendre entendre défendre descendre perdre mordre tordre fondre tendre étendre
    suspendre correspondre confondre pondre tondre fendre pendre dépendre détendre prétendre
  d = - s ons ez ent ais ait aient ant u ue us ues rai ra ras rons rez ront rait raient
prendre: prendre apprendre comprendre reprendre entreprendre surprendre
  pren = d ds ons ez nent ais ait aient ant
  pri = s se ses rent
  prendr = ai a as ons ez ont ait aient
mettre: mettre permettre transmettre remettre admettre soumettre promettre commettre compromettre
  met = s tons tez tent tais tait taient tant
  mi = s se ses rent
  mettr = ai a as ons ez ont ait aient
enir: tenir maintenir obtenir contenir soutenir entretenir retenir appartenir venir intervenir prévenir convenir
    devenir revenir parvenir provenir détenir survenir
  ien = s t nent drai dra dras drons drez dront drait draient
  en = ons ez ais ait aient ant u ue us ues
  in = t rent
uire: construire conduire produire réduire instruire détruire traduire introduire séduire cuire reconduire
    reconstruire enduire déduire
  ui = s t te ts tes sons sez sent sais sait saient sant rai ra ront rait
indre: craindre plaindre contraindre peindre atteindre éteindre teindre joindre rejoindre repeindre ceindre
  in = s t te ts tes
  ign = ons ez ent ais ait aient ant
  indr = ai a ont ait aient
cevoir: recevoir percevoir concevoir apercevoir décevoir
  çoi = s t vent
  cev = ons ez ais ait aient ant
  çu = - e s es
  cevr = ai a ont ait aient
rir: ouvrir couvrir découvrir recouvrir offrir souffrir rouvrir
  r = e es ons ez ent ais ait aient ant ira irai iront irait
  ert = - e s es
érir: acquérir requérir conquérir
  ier = s t
  ièr = ent
  ér = ons ez ais ait aient ant
  i = s se ses rent
  err = ai a ont ait
crire: écrire inscrire décrire prescrire transcrire souscrire réécrire
  cri = s t te ts tes
  criv = ons ez ent ais ait aient ant
  crir = ai a ont ait
ivre: suivre poursuivre vivre survivre
  i = s t
  iv = ons ez ent ais ait aient ant i ie is ies ra ront rait
voir: voir revoir prévoir entrevoir
  v = u ue us ues it irent
  voi = s t ent
  voy = ons ez ais ait aient ant
  verr = ai a ont ait
avoir: savoir
  ai = s t
  av = ons ez ent ais ait aient
  u = - e s es
  aur = a ai ont ait
  ach = ant e ent
pouvoir: pouvoir
  pouv = ons ez ais ait aient ant
  pourr = a ai ont ait aient
  puiss = e ent
vouloir: vouloir
  voul = ons ez ais ait aient ant u ue
  voudr = a ai ont ait aient
  veul = ent
devoir: devoir
  dev = ons ez ais ait aient ant
  devr = a ai ont ait aient
faire: faire refaire défaire
  fai = s t te ts tes sons sais sait saient sant
  fer = a ai ons ez ont ait aient
re: dire redire interdire contredire
  - = s t te ts tes sons sez sent sait saient sant ra ront rait
re: élire relire
  - = s t sons sez sent sait saient sant
ourir: courir parcourir secourir recourir accourir
  our = s t ons ez ent ais ait aient ant u ue us ues ra ront rait
vir: servir desservir
  r = - s t
  v = ons ez ent ais ait aient ant i ie is ies
tir: partir sortir repartir sentir ressentir mentir
  - = s t
  t = ons ez ent ais ait aient ant i ie is ies
mir: dormir endormir
  - = s t
  m = ons ez ent ais ait aient ant i ie
oudre: coudre recoudre moudre
  oud = - s
  ous = ons ez ent ait ant u ue us ues
  oul = ons ez ent ait ant u ue
oudre: résoudre dissoudre
  ou = s t
  olv = ons ez ent ait ant
  olu = - e s es
traire: extraire distraire soustraire
  trai = s t te ts tes ent
  tray = ons ez ait ant
attre: battre abattre combattre rabattre
  at = s
  att = - ons ez ent ait aient ant u ue us ues ra ront
aître: connaître reconnaître paraître apparaître disparaître
  ai = s t ssons ssez ssent ssait ssaient ssant
  u = - e s es
  aît = - ra
loir: falloir valoir prévaloir
  l = ait u ant ent
  udr = a ait ont
  ut = -
"""


def _lines() -> Iterator[str]:
    """Give the lines of the table, those that go on joined."""
    whole = ""
    for line in _FAMILIES.strip().splitlines():
        if line.startswith("    "):
            whole += f" {line.strip()}"
        else:
            if whole:
                yield whole
            whole = line
    yield whole


def _infinitives() -> dict[str, str]:
    known: dict[str, str] = {}
    end, verbs = "", list[str]()
    for line in _lines():
        if "=" not in line:
            end, _colon, names = line.partition(":")
            verbs = names.split()
            known |= {search_key(verb): verb for verb in verbs}
            continue
        stem, _equals, endings = line.partition("=")
        for verb in verbs:
            for ending in endings.split():
                form = verb.removesuffix(end) + stem.strip().strip("-") + ending.strip("-")
                known.setdefault(search_key(form), verb)
    return known


INFINITIVES = _infinitives()
"""Form without accents → infinitive."""
