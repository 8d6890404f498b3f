"""The tests' own reader of a machine's output, fed by a program that prints like a console. A line that comes in pieces is
one line, and text in the place of a wiped line is found."""

import kumiki_machine as km
import pytest

pytestmark = pytest.mark.every_board
# Prints the next argument for each line of its input.
SAYS = 'for text; do printf "%b" "$text"; read line || exit 1; done'
PARTED = r"\033[00m\r\n"
WIPED = r"\r\033[K"


def says(name, *texts):
    return km.Machine(f"machine-{name}", ["sh", "-c", SAYS, "sh", *texts])


PIECES = {"slowly": ("[one] be", PARTED, "[two] all of it\\r\\n", "[one] gin", " and end\\r\\n"),
          "at-once": (f"[one] be{PARTED}[two] all of it\\r\\n[one] gin and end\\r\\n",),
          "twice": (f"[one] b{PARTED}", f"[two] all of it\\r\\n[one] e{PARTED}[one] g", "in and end\\r\\n")}


@pytest.mark.parametrize("how", PIECES)
def test_a_line_in_pieces_is_one(how):
    texts = PIECES[how]
    with says(f"pieces-{how}", *texts) as machine:
        for _ in texts:
            machine.send("\n")
        machine.wait_end(20)
    assert machine.text == machine.whole == "[two] all of it\n[one] begin and end\n"
    assert machine.log_path.read_text().endswith(machine.whole)


def test_a_piece_is_there_before_its_line_is_whole():
    """As with the prompt of a partition without the keyboard."""
    with says("piece", "[one] $ ", rf"{PARTED}[two] 1\r\n[two] 2\r\n") as machine:
        machine.send("\n")
        machine.expect(r"^\[two\] 2\n", 20)
        machine.expect_since(0, [r"^\[one\] \$ $"], 20)
        machine.send("\n")
        machine.wait_end(20)
    assert (machine.whole, machine.text) == ("[two] 1\n[two] 2\n", "[two] 1\n[two] 2\n[one] $ \n")


def test_text_in_the_place_of_a_wiped_line_is_found():
    with says("wiped", "[one] / # ", rf"{WIPED}[kumiki] news\r\n[one] / # ") as machine:
        machine.expect(r"^\[one\] / # $", 20)
        machine.send("\n")
        machine.expect(r"^\[kumiki\] news$", 20)
        machine.send("\n")
        machine.wait_end(20)


def test_an_expected_line_is_found_once():
    with says("once", r"one: 1\r\ntwo: 1\r\none: 2\r\ntwo: 2\r\n") as machine:
        for number in "12":
            assert [match[1] for match in machine.expect_all([r"two: (\d)\n", r"one: (\d)\n"], 20)] == [number] * 2
        machine.send("\n")
        machine.wait_end(20)


def test_lines_of_two_partitions_come_in_any_order():
    with says("order", r"two: 2\r\none: 1\r\n") as machine:
        one, two = machine.expect_all([r"one: (\d)\n", r"two: (\d)\n"], 20)
        assert (one[1], two[1]) == ("1", "2") and machine.position == one.end()
        assert machine.expect_since(0, [r"two: (\d)\n"], 20)[0][1] == "2" and machine.position == one.end()
        machine.send("\n")
        machine.wait_end(20)
