"""The real packages that stand beside the checkout, good and bad ones: their README says what each must give."""

from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples"

GOOD = [
    "h5p/standalone-test.h5p",
    "h5p/drag-text.h5p",
    "h5p/interactive-content-2260.h5p",
    "h5p/valid3-3-images.h5p",
    "h5p/greetingcard1.h5p",
    "h5p/valid2.h5p",
]


def sample(name: str) -> Path:
    """Return the path of a sample package, as «h5p/valid2.h5p»."""
    path = SAMPLES / name
    if not path.is_file():
        raise FileNotFoundError(path)
    return path
