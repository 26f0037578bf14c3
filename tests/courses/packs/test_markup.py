"""The splitting of a lesson into Markdown and directives: total, and nothing written is lost."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.packs.markup import Directive, Stretch, markup_faults, read_parts, read_table, split_body


def split(text: str, first_line: int = 1) -> tuple[list, list]:
    faults: list = []
    return split_body(text, lambda *fault: faults.append(fault), first_line=first_line), faults


# Lines that look like what the parser looks for, mixed with anything.
LINES = st.one_of(
    st.sampled_from(
        [
            "",
            ":::",
            "  :::  ",
            ":::retenir",
            ':::loi {reference="a" date="b"}',
            "::: image {src=x.png}",
            ":::{",
            "::::",
            ':::x {a="',
            ':::x {a="\\""}',
            ":::x {a=b a=c}",
            "### Titre",
            "###",
            "| a | b |",
            "| --- | :-: |",
            "|",
            "`a",
            "<b>",
        ]
    ),
    st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=30),
)


@settings(deadline=None)
@given(st.lists(LINES, max_size=25), st.integers(1, 50))
def test_any_text_is_split_without_losing_a_line(lines: list[str], first_line: int) -> None:
    blocks, faults = split("\n".join(lines), first_line)
    found = [line for block in blocks for line in block.text.split("\n") if line.strip()]
    written = [line for line in lines if line.strip() and not line.lstrip().startswith(":::")]
    assert [line.rstrip() for line in found] == [line.rstrip() for line in written]
    numbers = range(first_line, first_line + len(lines) + 1)
    assert all(line in numbers for line, _problem, _remedy in faults)
    for block in blocks:
        assert block.line in numbers
        at = block.line - first_line + (1 if isinstance(block, Directive) else 0)
        if block.text:
            assert lines[at].rstrip() == block.text.split("\n")[0].rstrip()


@settings(deadline=None)
@given(st.lists(LINES, max_size=25))
def test_the_content_of_a_directive_can_always_be_read(lines: list[str]) -> None:
    faults: list = []
    directive = Directive(1, "etapes", "\n".join(lines))
    parts = read_parts(directive, lambda *fault: faults.append(fault))
    table = read_table(directive, lambda *fault: faults.append(fault))
    assert faults or (parts and table.rows)
    list(markup_faults(directive.text))


@settings(deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        st.text(st.characters(exclude_characters="\n\r\\", exclude_categories=["Cs"])),
        max_size=4,
    )
)
def test_attributes_are_read_as_they_were_written(attributes: dict[str, str]) -> None:
    written = " ".join('{}="{}"'.format(name, value.replace('"', '\\"')) for name, value in attributes.items())
    (block,), faults = split(f":::loi {{{written}}}\n:::")
    assert faults == []
    assert block.attributes == attributes


def test_a_body_is_split_in_order_with_its_lines() -> None:
    blocks, faults = split("\nUn\n\n:::retenir\nDeux\n:::\n\n\nTrois\n", 10)
    assert faults == []
    assert blocks == [Stretch(11, "Un"), Directive(13, "retenir", "Deux"), Stretch(18, "Trois")]


@pytest.mark.parametrize(
    "text",
    [
        "a < b et c > d",
        "`<b>` se dit gras",
        "``<i>``",
        "<https://www.exemple.fr>",
        "<moi@exemple.fr>",
        "l'heure : 7 h <5>",
        "[a](/aide/) [b](#c) [d](mailto:e@f.fr) [g](tel:112)",
        "C#",
        "## Titre",
        "### Titre",
        "a\n---\nb",
        "5 = 5",
    ],
)
def test_ordinary_text_is_no_fault(text: str) -> None:
    assert list(markup_faults(text)) == []


@pytest.mark.parametrize("text", ["un ` seul\n\n<b>x</b> ` ", "</p>", "<br/>", "<img src=x>", "<?php", "<!DOCTYPE>"])
def test_html_is_seen_wherever_it_hides(text: str) -> None:
    assert re.search("HTML", " ".join(problem for _line, problem, _remedy in markup_faults(text)))


def test_a_cell_may_hold_a_bar() -> None:
    table = read_table(
        Directive(1, "tableau", "| a | b |\n|---|---|\n| x \\| y | z |"), lambda *fault: pytest.fail(str(fault))
    )
    assert table.rows == (("x | y", "z"),)
