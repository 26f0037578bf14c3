"""Files to read: the samples, and archives made on the fly."""

import io
import uuid
import zipfile
from pathlib import Path

from PIL import Image

from courses.quizzes.exchange import reading

from .strategies import SEED, bare

SAMPLES = Path(__file__).parent / "samples"


def png(size=(200, 100), color="blue") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


def archive(files: dict[str, bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    packed.seek(0)
    return packed


def qti_package(**more: bytes) -> io.BytesIO:
    root = SAMPLES / "qti"
    files = {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.xml"))}
    return archive(files | {"images/atelier.png": png()} | more)


def read(content, seed: uuid.UUID = SEED):
    """Return what becomes of the questions of a file, given as text, bytes or a file."""
    if isinstance(content, str):
        content = content.encode()
    file = io.BytesIO(content) if isinstance(content, bytes) else content
    return list(reading.read(file, reading.check(file).format, seed))


def read_one(content):
    [imported] = read(content)
    return imported


def value_of(imported):
    """Return the raw value of what was taken, without ids."""
    assert imported.block, imported.refusal
    return bare(imported.block["value"])


def moodle(question: str) -> str:
    return f"<quiz>{question}</quiz>"


def item(body: str, *declarations: str, processing: str = "match_correct") -> str:
    template = f"http://www.imsglobal.org/question/qti_v2p1/rptemplates/{processing}"
    return (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="Essai">'
        f"{''.join(declarations)}<itemBody>{body}</itemBody>"
        f'<responseProcessing template="{template}"/></assessmentItem>'
    )


def declaration(*values, cardinality="single", base="identifier", more="") -> str:
    correct = "".join(f"<value>{value}</value>" for value in values)
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{base}">'
        f"<correctResponse>{correct}</correctResponse>{more}</responseDeclaration>"
    )
