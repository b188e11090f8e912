from __future__ import annotations

import re

from installation.web.static_files import load_static_files
from visuals.drawing.theme import BACKGROUND_COLOUR, PITCH_COLOURS, RULE_COLOUR, TEXT_COLOUR


def test_a_file_is_served_once_and_known_by_its_tag_afterwards(desk):
    first = desk.client.get("/static/staff.css")
    assert first.status_code == 200
    assert first.headers["content-type"].startswith("text/css")
    again = desk.client.get("/static/staff.css", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content


def test_the_page_names_no_other_machine():
    for name, file in load_static_files().items():
        if file.media_type.startswith("text/"):
            found = re.findall(rb"(?:https?:)?//[\w.-]+", file.content)
            assert [one for one in found if b"w3.org" not in one and b"// " not in one] == [], name


def test_the_page_asks_for_files_that_there_are():
    files = load_static_files()
    asked = {
        name.decode()
        for file in files.values()
        for name in re.findall(rb"/static/([\w.-]+)", file.content)
    }
    assert asked <= files.keys()


def test_the_colours_are_those_of_the_stage():
    style = load_static_files()["staff.css"].content.decode()
    for colour in (BACKGROUND_COLOUR, TEXT_COLOUR, RULE_COLOUR, PITCH_COLOURS[0]):
        assert "#{:02x}{:02x}{:02x}".format(*colour) in style
