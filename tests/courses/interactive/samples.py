"""The real packages that stand beside the checkout, good and bad ones: their README says what each must give."""

from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples"

GOOD = [
    "h5p/standalone-test.h5p",
    "h5p/drag-text.h5p",
    "h5p/interactive-content-2260.h5p",
    "h5p/valid3-3-images.h5p",
    "h5p/greetingcard1.h5p",
    "h5p/valid2.h5p",
]

MALFORMED = [
    "h5p/malformed/2-invalid-libraries.h5p",
    "h5p/malformed/broken-content-json.h5p",
    "h5p/malformed/broken-h5p-json.h5p",
    "h5p/malformed/corrupt_archive.h5p",
    "h5p/malformed/invalid-core-version.h5p",
    "h5p/malformed/invalid-h5p-json-schema.h5p",
    "h5p/malformed/invalid-language-file-json.h5p",
    "h5p/malformed/invalid-library-directory-name.h5p",
    "h5p/malformed/invalid-library-json.h5p",
    "h5p/malformed/malformed-library-directory.h5p",
    "h5p/malformed/missing-preloaded-js.h5p",
    "h5p/malformed/xss-svg.h5p",
]


def sample(name: str) -> Path:
    """Return the path of a sample package, as «h5p/valid2.h5p».

    They are other people's work and no part of this repository: where they are not, the test says so and is skipped.
    """
    path = SAMPLES / name
    if not SAMPLES.is_dir():
        pytest.skip(f"The sample packages are not there: they stand beside the checkout, in {SAMPLES}")
    return path
