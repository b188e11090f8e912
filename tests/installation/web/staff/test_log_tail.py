from __future__ import annotations

from installation.web.staff.log_tail import MAX_TAIL_LINES, read_log_tail


def test_the_last_lines_are_read_and_the_first_of_them_is_whole(tmp_path):
    path = tmp_path / "log.txt"
    path.write_text("".join(f"line {number} {'x' * 400}\n" for number in range(1000)))
    lines = read_log_tail(path)
    assert 100 < len(lines) <= MAX_TAIL_LINES
    assert lines[-1].startswith("line 999 ")
    assert all(line.startswith("line ") for line in lines)


def test_what_cannot_be_shown_becomes_a_space(tmp_path):
    path = tmp_path / "log.txt"
    path.write_bytes(b"a\x1b[2J\xff b\n")
    assert read_log_tail(path) == ["a [2J\ufffd b"]


def test_a_log_that_is_not_there_is_a_sentence(tmp_path):
    assert "log.file" in read_log_tail(None)[0]
    assert "cannot be read" in read_log_tail(tmp_path / "none")[0]
