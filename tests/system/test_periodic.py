"""docs/periodic.md: its description is good. Its first program is built from the page's lines, and runs without a missed
deadline. Its program for a Linux is compiled.

Shows: start.pages.
"""

import re
import subprocess

import kumiki_machine as km
import pytest

from test_time import check
from test_tutorial import built, described

PAGE = (km.TOP / "docs/periodic.md").read_text(encoding="utf-8")
SYSTEM = re.search(r"```dts\n(.*?)```", PAGE, re.DOTALL)[1]
PROGRAM, FOR_LINUX = re.findall(r"```c\n(.*?)```", PAGE, re.DOTALL)


def test_the_deadline_is_promised(tmp_path):
    result = check(tmp_path, SYSTEM)
    assert (result.returncode, result.stderr) == (0, "")
    assert "1500 us of work, promised by 2000 us" in result.stdout


def test_the_program_for_linux_is_compiled(tmp_path):
    (tmp_path / "main.c").write_text(FOR_LINUX, encoding="utf-8")
    subprocess.run(["aarch64-linux-gnu-gcc", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-c", "main.c"], cwd=tmp_path,
                   check=True, timeout=60)


def beside_heartbeat():
    """The page's system, with a small guest in the Linux's place."""
    return re.sub(r"\t\t\t(kumiki,initrd|chosen).*\n", "", SYSTEM).replace("256M", "1M as 0x40000000").replace(
        "debian/linux/Image", "guests/heartbeat.bin")


@pytest.mark.long
def test_the_program_keeps_its_deadline(tmp_path):
    (tmp_path / "mine.bin").write_bytes(built(tmp_path, PROGRAM).read_bytes())
    with km.kumiki("periodic", described(tmp_path, beside_heartbeat())) as machine:
        machine.expect(r"^\[control\] 200 jobs", 2)
        machine.expect(r"^\[control\] 600 jobs", 3)
        assert "missed deadline" not in machine.whole
