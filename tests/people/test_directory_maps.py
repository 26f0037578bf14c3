import json
import re
from pathlib import Path

import pytest

from people.directory_map import CLASSES, class_of, drawing, legend
from people.maps import build

FILE = Path(build.__file__).with_name("departments.json")
OVERSEAS = {"971", "972", "973", "974", "976"}
MAINLAND = {f"{n:02}" for n in range(1, 96) if n != 20} | {"2A", "2B"}


def test_all_101_departments_are_drawn_in_less_than_60_kilobytes():
    drawn = drawing()
    assert {shape.code for shape in drawn.mainland} == MAINLAND
    boxed = {shape.code for frame in drawn.frames for shape in frame.shapes}
    assert boxed == OVERSEAS | {"75", "92", "93", "94"}
    assert FILE.stat().st_size < 60_000


def test_paths_are_closed_relative_and_made_of_whole_numbers():
    raw = json.loads(FILE.read_text())
    shapes = [*raw["mainland"].values(), *(s for f in raw["frames"] for s in f["departments"].values())]
    assert all(re.fullmatch(r"(m-?\d+ -?\d+l(-?\d+ ?)+z)+", shape["d"]) for shape in shapes)
    assert all(0 < shape["x"] < raw["width"] and 0 < shape["y"] < raw["height"] for shape in shapes)


@pytest.mark.parametrize(
    ("structures", "shade"), [(0, 0), (1, 1), (2, 1), (3, 2), (5, 2), (6, 3), (10, 3), (11, 4), (5000, 4)]
)
def test_departments_are_shaded_by_classes(structures, shade):
    assert class_of(structures) == shade


def test_the_legend_says_each_class_in_words():
    assert legend() == [(0, "0"), (1, "1 à 2"), (2, "3 à 5"), (3, "6 à 10"), (4, "11 ou plus")]
    assert len(legend()) == len(CLASSES)


# -- The script that draws -----------------------------------------------------------------------------------------

LEFT = [(0.0, 0.0), (10.0, 0.0), (10.3, 5.0), (9.8, 7.0), (10.0, 10.0), (0.0, 10.0)]
RIGHT = [(10.0, 0.0), (20.0, 0.0), (20.0, 10.0), (10.0, 10.0), (9.8, 7.0), (10.3, 5.0)]


def test_two_neighbours_keep_the_same_border():
    corners = build.junctions([LEFT, RIGHT])
    assert corners == {(10.0, 0.0), (10.0, 10.0)}
    left, right = (build.simplify(ring, corners, 0.25) for ring in (LEFT, RIGHT))
    assert (10.3, 5.0) in left
    assert {point for point in left if 9 < point[0] < 11} == {point for point in right if 9 < point[0] < 11}


def test_an_island_is_simplified_the_same_whichever_way_it_turns():
    island = [(0.0, 0.0), (5.0, 0.1), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
    simple = build.simplify(island, set(), 0.5)
    assert sorted(simple) == [(0.0, 0.0), (0.0, 10.0), (10.0, 0.0), (10.0, 10.0)]
    assert sorted(build.simplify(island[::-1], set(), 0.5)) == sorted(simple)


def test_a_path_says_each_step_from_the_one_before():
    assert build.path_data([[(5, 5), (8, 4), (6, 9)], [(1, 1), (2, 1), (1, 2)]]) == "m5 5l3-1-2 5zm-4 -4l1 0-1 1z"


def test_a_number_stands_inside_its_shape_and_outside_its_hole():
    square = [(0.0, 0.0), (30.0, 0.0), (30.0, 30.0), (0.0, 30.0)]
    hole = [(10.0, 10.0), (20.0, 10.0), (20.0, 20.0), (10.0, 20.0)]
    x, y = build.roomiest_place([square, hole], square)
    assert 0 < x < 30
    assert 0 < y < 30
    assert not (10 <= x <= 20 and 10 <= y <= 20)
    assert build.area(square) == 900


def test_the_projection_gives_the_origin_of_lambert_93():
    x, y = build.lambert_93(3, 46.5)
    assert (round(x), round(-y)) == (700000, 6600000)
