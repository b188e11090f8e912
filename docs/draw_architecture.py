"""Draw docs/pictures/architecture.svg: every room, and which rooms it imports, read from the code.

Usage: python docs/draw_architecture.py [-o FILE] [--table]

`--table` prints the rooms as a Markdown table instead.

A room is a folder of modules, or a module that lies directly on a floor. Rooms of one floor share a
band; within it a room stands above all that it imports. Imports that follow from others (a room
imports B, and B imports C) are left out, so that the lines can be told apart.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections import defaultdict
from dataclasses import dataclass
from html import escape
from pathlib import Path

import grimp

FLOORS = {
    "installation": "#2f6f8f",
    "visuals": "#8a5a9e",
    "rnn": "#b5703c",
    "messages": "#5b7f4d",
    "midi_data": "#7a7a7a",
}
WIDTH_PX, ROW_HEIGHT_PX, BOX_HEIGHT_PX, MARGIN_PX = 1400, 66, 34, 20
CHARACTER_WIDTH_PX = 7.6
GAP_PX = 14
STAGGER_PX = 150
ROOT = Path(__file__).parents[1]
DEFAULT_OUTPUT = ROOT / "docs" / "pictures" / "architecture.svg"

Graph = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Box:
    """A room as it is drawn, in pixels."""

    room: str
    left: float
    top: float
    width: float

    @property
    def label(self) -> str:
        """The room's name without its floor."""
        return self.room.split(".", 1)[-1]

    @property
    def middle(self) -> float:
        """Horizontal middle."""
        return self.left + self.width / 2


def room_of(module: str, packages: set[str]) -> str:
    """The room a module lies in."""
    if module in packages:
        return module
    parent = module.rpartition(".")[0]
    return module if parent in FLOORS and parent not in ("messages", "midi_data") else parent


def read_rooms() -> Graph:
    """Imports between rooms, from the source."""
    graph = grimp.build_graph(*FLOORS)
    modules = graph.modules
    packages = {module for module in modules if graph.find_children(module)}
    rooms: Graph = defaultdict(set)
    for module in sorted(modules):
        here = room_of(module, packages)
        rooms[here]  # a room that imports nothing is drawn, too
        for imported in graph.find_modules_directly_imported_by(module):
            if (there := room_of(imported, packages)) != here:
                rooms[here].add(there)
    empty = [room for room in rooms if room in FLOORS and not rooms[room]]
    return {
        room: set(names)
        for room, names in rooms.items()
        if room not in empty or room in ("messages", "midi_data")
    }


def without_implied(rooms: Graph) -> Graph:
    """The transitive reduction of an acyclic graph."""
    reachable: Graph = {}

    def reach(room: str) -> set[str]:
        if room not in reachable:
            reachable[room] = set()  # a circle ends here
            reachable[room] = set().union(*({name} | reach(name) for name in rooms.get(room, ())))
        return reachable[room]

    return {
        room: {name for name in names if not any(name in reach(other) for other in names - {name})}
        for room, names in rooms.items()
    }


def levels_of(rooms: Graph) -> dict[str, int]:
    """Height of each room within its floor, 0 at the bottom."""
    levels: dict[str, int] = {}

    def level(room: str, path: frozenset[str] = frozenset()) -> int:
        if room not in levels:
            floor = room.split(".")[0]
            below = [
                name
                for name in rooms.get(room, ())
                if name.split(".")[0] == floor and name not in path
            ]
            levels[room] = 1 + max((level(name, path | {room}) for name in below), default=-1)
        return levels[room]

    for room in sorted(rooms):
        level(room)
    return levels


def lay_out(rooms: Graph) -> tuple[list[Box], list[tuple[str, float, float]]]:
    """Boxes of all rooms, and each floor's name, top and height."""
    levels, boxes, bands = levels_of(rooms), [], []
    top = float(MARGIN_PX)
    for floor in ("installation", "visuals", "rnn", "messages", "midi_data"):
        names = [room for room in rooms if room.split(".")[0] == floor]
        begin = top
        for level in range(max(levels[name] for name in names), -1, -1):
            row = sorted(name for name in names if levels[name] == level)
            top = _lay_row(row, top, boxes)
        bands.append((floor, begin, top - begin))
        top += 26
    return boxes, bands


def _lay_row(row: list[str], top: float, boxes: list[Box]) -> float:
    widths = [CHARACTER_WIDTH_PX * len(room.split(".", 1)[-1]) + 24 for room in row]
    lines, line = [], []
    for room, width in zip(row, widths, strict=True):
        if line and sum(w + GAP_PX for _, w in line) + width > WIDTH_PX - 190:
            lines.append(line)
            line = []
        line.append((room, width))
    for full in [*lines, line]:
        spare = WIDTH_PX - 170 - sum(width for _, width in full)
        gap = spare / (len(full) + 1)
        left = 150 + gap
        if len(full) == 1:  # single rooms stand in turn left and right of the middle
            left += STAGGER_PX * (1 if round(top / ROW_HEIGHT_PX) % 2 else -1)
        for room, width in full:
            boxes.append(Box(room, left, top + 16, width))
            left += width + gap
        top += ROW_HEIGHT_PX
    return top


def svg(rooms: Graph) -> str:
    """The picture."""
    boxes, bands = lay_out(rooms)
    by_room = {box.room: box for box in boxes}
    height = bands[-1][1] + bands[-1][2] + MARGIN_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height:.0f}" '
        'font-family="Jost, Helvetica, Arial, sans-serif" font-size="14">',
        f'<rect width="{WIDTH_PX}" height="{height:.0f}" fill="#fbfaf7"/>',
    ]
    for floor, top, tall in bands:
        colour = FLOORS[floor]
        parts.append(
            f'<rect x="10" y="{top:.0f}" width="{WIDTH_PX - 20}" height="{tall:.0f}" rx="10" '
            f'fill="{colour}" opacity="0.10"/>'
            f'<text x="26" y="{top + 28:.0f}" font-size="17" font-weight="bold" '
            f'fill="{colour}">{floor}/</text>'
        )
    for room, names in sorted(without_implied(rooms).items()):
        for name in sorted(names & set(by_room)):
            parts.append(_arrow(by_room[room], by_room[name]))
    for box in boxes:
        colour = FLOORS[box.room.split(".")[0]]
        parts.append(
            f'<rect x="{box.left:.1f}" y="{box.top:.1f}" width="{box.width:.1f}" '
            f'height="{BOX_HEIGHT_PX}" '
            f'rx="6" fill="#ffffff" stroke="{colour}" stroke-width="1.6"/>'
            f'<text x="{box.middle:.1f}" y="{box.top + 22:.1f}" text-anchor="middle" fill="#222">'
            f"{escape(box.label)}</text>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _arrow(upper: Box, lower: Box) -> str:
    start, end = upper.top + BOX_HEIGHT_PX, lower.top
    bend = max(20.0, (end - start) / 2)
    colour = FLOORS[upper.room.split(".")[0]]
    return (
        f'<path d="M{upper.middle:.1f},{start:.1f} C{upper.middle:.1f},{start + bend:.1f} '
        f'{lower.middle:.1f},{end - bend:.1f} {lower.middle:.1f},{end:.1f}" fill="none" '
        f'stroke="{colour}" stroke-width="1.1" opacity="0.55"/>'
    )


def table(rooms: Graph) -> str:
    """The rooms as a Markdown table."""
    lines = ["| room | modules | lines | what lives there |", "|---|---|---|---|"]
    for floor in FLOORS:
        for room in sorted(name for name in rooms if name.split(".")[0] == floor):
            path = ROOT.joinpath(*room.split("."))
            files = sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
            count = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
            first = files[0] if len(files) == 1 else path / "__init__.py"
            sentence = ast.get_docstring(ast.parse(first.read_text(encoding="utf-8")))
            name = room.replace(".", "/") + ("/" if path.is_dir() else ".py")
            modules = len([file for file in files if file.name != "__init__.py"])
            lines.append(f"| `{name}` | {modules} | {count} | {sentence.splitlines()[0]} |")
    return "\n".join(lines)


def main() -> None:
    """Write the picture, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_OUTPUT)
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    rooms = read_rooms()
    if options.table:
        sys.stdout.write(table(rooms) + "\n")
    else:
        options.output.write_text(svg(rooms), encoding="utf-8")


if __name__ == "__main__":
    main()
