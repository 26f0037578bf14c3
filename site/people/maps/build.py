"""Make `departments.json`, the outlines of the map of the départements, from a GeoJSON file.

    python site/people/maps/build.py departements-avec-outre-mer.geojson

Where the input comes from, and its licence: README.md, beside this file. Only the standard library is needed.

The borders are cut into arcs where three of them meet, and each arc is simplified once: two neighbours keep the same
border, without a gap. Coordinates are whole numbers in the drawing's own units, paths are relative.
"""

from __future__ import annotations

import json
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

type Point = tuple[float, float]
type Pixel = tuple[int, int]
type Ring = list[Point]

OUTPUT = Path(__file__).with_name("departments.json")
WIDTH, HEIGHT = 1000, 1120


@dataclass(frozen=True)
class Frame:
    """A part of the drawing: which départements, where on the page, and how far they may be simplified (in units)."""

    name: str
    title: str
    codes: tuple[str, ...]
    box: tuple[int, int, int, int]  # left, top, width, height
    tolerance: float
    smallest: float  # area of an island below which it is left out, in square units


MAINLAND = "metropole"
INNER_PARIS = ("75", "92", "93", "94")
FRAMES = (
    Frame("paris", "Paris", INNER_PARIS, (20, 20, 180, 170), 0.8, 4),
    Frame("971", "Guadeloupe", ("971",), (20, 960, 160, 140), 1.2, 6),
    Frame("972", "Martinique", ("972",), (215, 960, 160, 140), 1.2, 6),
    Frame("973", "Guyane", ("973",), (410, 960, 160, 140), 1.2, 6),
    Frame("974", "La Réunion", ("974",), (605, 960, 160, 140), 1.2, 6),
    Frame("976", "Mayotte", ("976",), (800, 960, 160, 140), 1.2, 4),
)
MAINLAND_BOX = (30, 20, 940, 910)
MAINLAND_TOLERANCE, MAINLAND_SMALLEST = 1.3, 8.0


# -- Projections ---------------------------------------------------------------------------------------------------


def lambert_93(longitude: float, latitude: float) -> Point:
    """Project to Lambert-93 (RGF93), in metres, with the constants that IGN publishes; y grows downwards."""
    n, c, e = 0.7256077650532670, 11754255.426096, 0.0818191910428158
    x0, y0, central = 700000.0, 12655612.049876, math.radians(3)
    phi = math.radians(latitude)
    isometric = math.atanh(math.sin(phi)) - e * math.atanh(e * math.sin(phi))
    radius, angle = c * math.exp(-n * isometric), n * (math.radians(longitude) - central)
    return x0 + radius * math.sin(angle), -(y0 - radius * math.cos(angle))


def local(rings: Iterable[Ring]) -> Callable[[float, float], Point]:
    """Return the projection of a small territory: degrees, narrowed by the cosine of its middle latitude."""
    latitudes = [y for ring in rings for _x, y in ring]
    narrow = math.cos(math.radians((min(latitudes) + max(latitudes)) / 2))
    return lambda longitude, latitude: (longitude * narrow, -latitude)


# -- Geometry ------------------------------------------------------------------------------------------------------


def area(ring: Sequence[Point]) -> float:
    """Return the signed area of a closed ring, whose last point is not repeated."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


def _distance(point: Point, start: Point, end: Point) -> float:
    return math.dist(point, _foot(point, start, end))


def roomiest_place(rings: Sequence[Ring], ring: Ring) -> Point:
    """Return the place inside a ring, and outside its holes, that is the farthest from every border: for a number.

    A grid is looked at, then a finer one around the best place: near enough for a label.
    """
    edges = [edge for other in rings for edge in zip(other, [*other[1:], other[0]], strict=True)]

    def room(point: Point) -> float:
        inside = False
        for (x1, y1), (x2, y2) in edges:
            if (y1 > point[1]) != (y2 > point[1]) and point[0] < (x2 - x1) * (point[1] - y1) / (y2 - y1) + x1:
                inside = not inside
        feet = (_foot(point, start, end) for start, end in edges)
        # A number is wider than it is high.
        return min(math.hypot(0.8 * (foot[0] - point[0]), foot[1] - point[1]) for foot in feet) if inside else -1

    xs, ys = zip(*ring, strict=True)
    x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    half_width, half_height = (max(xs) - min(xs)) / 2, (max(ys) - min(ys)) / 2
    for _zoom in range(3):
        grid = [(x + half_width * i / 10, y + half_height * j / 10) for i in range(-10, 11) for j in range(-10, 11)]
        x, y = max(grid, key=room)
        half_width, half_height = half_width / 8, half_height / 8
    return x, y


def _foot(point: Point, start: Point, end: Point) -> Point:
    """Return the point of a segment that is the nearest to a point."""
    (px, py), (x1, y1), (x2, y2) = point, start, end
    square = (x2 - x1) ** 2 + (y2 - y1) ** 2
    along = max(0.0, min(1.0, ((px - x1) * (x2 - x1) + (py - y1) * (y2 - y1)) / square)) if square else 0.0
    return x1 + along * (x2 - x1), y1 + along * (y2 - y1)


def douglas_peucker(line: Sequence[Point], tolerance: float) -> list[Point]:
    """Leave out the points of an open line that stand within the tolerance of what remains. The ends stay."""
    kept = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        far = max(range(first + 1, last), key=lambda i: _distance(line[i], line[first], line[last]))
        if _distance(line[far], line[first], line[last]) > tolerance:
            kept.add(far)
            spans += [(first, far), (far, last)]
    return [line[i] for i in sorted(kept)]


def _simplified_loop(loop: Sequence[Point], tolerance: float) -> list[Point]:
    """Simplify a ring that meets no other: from its first point in order, and the one farthest from it."""
    turn = min(range(len(loop)), key=lambda i: loop[i])
    points = [*loop[turn:], *loop[:turn]]
    far = max(range(len(points)), key=lambda i: math.dist(points[0], points[i]))
    there = douglas_peucker(points[: far + 1], tolerance)
    back = douglas_peucker([*points[far:], points[0]], tolerance)
    return [*there, *back[1:-1]]


# -- Shared borders ------------------------------------------------------------------------------------------------


def junctions(rings: Iterable[Ring]) -> set[Point]:
    """Return the points where borders part: those with more than two neighbours among all the rings."""
    neighbours: dict[Point, set[Point]] = defaultdict(set)
    for ring in rings:
        for before, point, after in zip([ring[-1], *ring[:-1]], ring, [*ring[1:], ring[0]], strict=True):
            neighbours[point] |= {before, after}
    return {point for point, others in neighbours.items() if len(others) > 2}


def simplify(ring: Ring, corners: set[Point], tolerance: float) -> Ring:
    """Simplify a ring arc by arc. An arc gives the same points whichever neighbour it is read from."""
    first = next((i for i, point in enumerate(ring) if point in corners), None)
    if first is None:
        loop = ring if area(ring) > 0 else ring[::-1]
        return _simplified_loop(loop, tolerance)
    points = [*ring[first:], *ring[: first + 1]]
    result: Ring = []
    start = 0
    for i in range(1, len(points)):
        if points[i] not in corners:
            continue
        arc = points[start : i + 1]
        forwards = (arc[0], arc[1]) <= (arc[-1], arc[-2])
        if arc[0] == arc[-1]:
            simple = _simplified_loop(arc[:-1], tolerance)
            turn = simple.index(arc[0]) if arc[0] in simple else 0
            simple = [*simple[turn:], *simple[:turn], simple[turn]]
        else:
            simple = douglas_peucker(arc if forwards else arc[::-1], tolerance)
            simple = simple if forwards else simple[::-1]
        result += simple[:-1]
        start = i
    return result


# -- Drawing -------------------------------------------------------------------------------------------------------


def rounded(ring: Ring) -> list[Pixel]:
    """Round to whole units, without the points that then fall on the one before or go on straight."""
    points: list[Pixel] = []
    for x, y in ring:
        pixel = (round(x), round(y))
        if not points or points[-1] != pixel:
            points.append(pixel)
    while len(points) > 1 and points[0] == points[-1]:
        points.pop()
    return points


def path_data(rings: Iterable[list[Pixel]]) -> str:
    """Write rings as one SVG path with relative commands."""
    parts = []
    at = (0, 0)
    for ring in rings:
        (x, y), *others = ring
        text = f"m{x - at[0]} {y - at[1]}l"
        last = ring[0]
        numbers: list[str] = []
        for point in others:
            numbers += [str(point[0] - last[0]), str(point[1] - last[1])]
            last = point
        joined = ""
        for number in numbers:
            joined += number if not joined or number.startswith("-") else f" {number}"
        parts.append(f"{text}{joined}z")
        at = ring[0]
    return "".join(parts)


def read(source: Path) -> dict[str, list[Ring]]:
    """Return the rings of each département, in degrees, without the point that closes them."""
    shapes: dict[str, list[Ring]] = {}
    for feature in json.loads(source.read_text(encoding="utf-8"))["features"]:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        shapes[feature["properties"]["code"]] = [
            [(x, y) for x, y, *_ in ring[:-1]] for polygon in polygons for ring in polygon
        ]
    return shapes


def fit(rings: Iterable[Ring], box: tuple[int, int, int, int]) -> Callable[[Point], Point]:
    """Return the move and scale that bring the rings to the middle of a box."""
    xs, ys = zip(*[point for ring in rings for point in ring], strict=True)
    left, top, width, height = box
    scale = min(width / (max(xs) - min(xs)), height / (max(ys) - min(ys)))
    dx = left + (width - scale * (max(xs) - min(xs))) / 2 - scale * min(xs)
    dy = top + (height - scale * (max(ys) - min(ys))) / 2 - scale * min(ys)
    return lambda point: (point[0] * scale + dx, point[1] * scale + dy)


def draw(
    shapes: dict[str, list[Ring]],
    project: Callable[[float, float], Point],
    box: tuple[int, int, int, int],
    tolerance: float,
    smallest: float,
) -> dict[str, dict[str, object]]:
    """Return the path and the place of the number of each département of a part of the map."""
    projected = {code: [[project(x, y) for x, y in ring] for ring in rings] for code, rings in shapes.items()}
    place = fit([ring for rings in projected.values() for ring in rings], box)
    placed = {code: [[place(point) for point in ring] for ring in rings] for code, rings in projected.items()}
    corners = junctions(ring for rings in placed.values() for ring in rings)
    drawn: dict[str, dict[str, object]] = {}
    for code, rings in placed.items():
        largest = max(rings, key=lambda ring: abs(area(ring)))
        kept = [
            ring
            for ring in rings
            if ring is largest or abs(area(ring)) >= smallest or any(point in corners for point in ring)
        ]
        pixels = [rounded(simplify(ring, corners, tolerance)) for ring in kept]
        x, y = roomiest_place([[(float(px), float(py)) for px, py in ring] for ring in pixels], largest)
        drawn[code] = {"d": path_data([ring for ring in pixels if len(ring) > 2]), "x": round(x), "y": round(y)}
    return drawn


def main(source: Path) -> None:
    """Write the file."""
    shapes = read(source)
    overseas = {code for frame in FRAMES if frame.name != "paris" for code in frame.codes}
    mainland = {code: rings for code, rings in shapes.items() if code not in overseas}
    frames = []
    for frame in FRAMES:
        chosen = {code: shapes[code] for code in frame.codes}
        project = lambert_93 if frame.name == "paris" else local(ring for rings in chosen.values() for ring in rings)
        left, top, width, height = frame.box
        box = (left + 8, top + 8, width - 16, height - 40)
        frames.append(
            {
                "name": frame.name,
                "title": frame.title,
                "box": frame.box,
                "departments": draw(chosen, project, box, frame.tolerance, frame.smallest),
            }
        )
    result = {
        "width": WIDTH,
        "height": HEIGHT,
        "mainland": draw(mainland, lambert_93, MAINLAND_BOX, MAINLAND_TOLERANCE, MAINLAND_SMALLEST),
        "frames": frames,
    }
    text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    OUTPUT.write_text(text.replace('},"', '},\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
