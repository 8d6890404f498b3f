"""docs/rtos/write-a-server.md, write-a-driver.md and the beginning of programs.md, followed step by step. In a copy of the
tree the templates become a server and a driver with other names. The pages' lines go into mk/rtos.mk, the manifest and a
client, and the pages' command builds them. They run bare and as a partition. Beside them runs a program in C.

Shows: start.pages, rtos.templates.
"""

import os
import re
import shutil
import subprocess

import kumiki_machine as km
import pytest

COPIED = ("rtos", "mk", "systems", "examples")
NAMES = {"server": "tally", "driver": "bell"}
CLIENT = """#include <proto/bell.h>
#include <proto/tally.h>
#include <rtos/console.h>
#include <rtos/sys.h>

static uint64_t tally(uint64_t operation, uint64_t first, uint64_t second)
{
	uint64_t words[RTOS_WORDS] = {operation, first, second};

	return TALLY_CALL == RTOS_OK && words[0] == COUNTER_OK ? words[1] : UINT64_MAX;
}

static uint64_t bell(uint64_t operation, uint64_t first)
{
	uint64_t words[RTOS_WORDS] = {operation, first};

	return BELL_CALL == RTOS_OK && words[0] == ALARM_OK ? words[1] : UINT64_MAX;
}

int main(void)
{
	const uint64_t before = bell(ALARM_TIME, 0);
	struct text text = {.length = 0};

	(void)tally(COUNTER_ADD, 3, 40);
	(void)tally(COUNTER_ADD, 3, 2);
	text_add(&text, "newcomer: the sum is ");
	text_number(&text, tally(COUNTER_READ, 3, 0));
	text_add(&text, bell(ALARM_WAIT, before + 2) >= before + 2 ? ", the bell rang\\n" : ", nothing rang\\n");
	return console_print(&text) != RTOS_OK;
}
"""
CLIENT_NODE = """
		newcomer {
			kumiki,image = "newcomer.elf";
			kumiki,memory = "64K";
			kumiki,uses = "console", "tally", "bell";
			kumiki,on-crash = "stop";
		};
"""
DESCRIPTION = """/dts-v1/;
/include/ "qemu-virt.dtsi"
/ {
	domains {
		rtos {
			compatible = "openamp,domain-v1";
			cpus = <&cpus 0x1>;
			%s
		};
	};
};
"""


def page(kind):
    """A page's text, with another name for the server or driver."""
    return (km.TOP / f"docs/rtos/write-a-{kind}.md").read_text().replace("NAME", NAMES[kind])


def line_of_make(kind):
    return re.search(r"\$\(eval \$\(call rtos_program,.*?\)\)$", page(kind), re.DOTALL | re.MULTILINE).group(0)


def node_of_manifest(kind):
    return re.search(rf"^ +{NAMES[kind]} {{\n.*?^ +}};$", page(kind), re.DOTALL | re.MULTILINE).group(0)


def manifest(nodes):
    """The whole manifest of the server's page, with these nodes of programs."""
    whole = re.search(r"^ +/dts-v1/;\n +/include/ .*\n.*$", page("server"), re.MULTILINE).group(0)
    assert "…;" in whole
    return whole.replace("…;", nodes)


def properties_of_domain(system):
    line = re.search(r"^ +(kumiki,memory = .*kumiki,console;)", page("server"), re.MULTILINE).group(1)
    return line.replace("SYSTEM", system)


def of_c():
    """(source, line for mk/rtos.mk, node of the manifest) of the program in C in programs.md."""
    text = (km.TOP / "docs/rtos/programs.md").read_text()
    return (re.search(r"^```c\n(.*?)^```$", text, re.DOTALL | re.MULTILINE).group(1),
            re.search(r"\$\(eval \$\(call rtos_c_program,hello,.*\)\)", text).group(0),
            re.search(r"^ +hello {\n.*?^ +};$", text, re.DOTALL | re.MULTILINE).group(0))


def call_of_client(kind):
    call = re.search(r"sys_call\(sys_given\(RTOS_GIVEN_USE, .*?, words, 0\)", page("server")).group(0)
    return call.replace(NAMES["server"], NAMES[kind])


def copy_tree(top):
    """Copies the tree. Rooms that nothing is written to are links. The build is copied, too, so that only new files are
    compiled."""
    for entry in km.TOP.iterdir():
        if entry.name in COPIED:
            shutil.copytree(entry, top / entry.name)
        elif entry.name not in ("build", ".git"):
            (top / entry.name).symlink_to(entry)
    build = top / km.BUILD.relative_to(km.TOP)
    build.mkdir(parents=True)
    for name in ("debian", "setup"):
        (top / "build" / name).symlink_to(km.TOP / "build" / name)
    (build / "host").symlink_to(km.BUILD / "host")
    shutil.copytree(km.BUILD / "rtos", build / "rtos", ignore=shutil.ignore_patterns("*.img"))
    return build


def replace(path, old, new):
    text = path.read_text()
    assert old in text, f"{path}: {old}"
    path.write_text(text.replace(old, new, 1))


def write_program(top, kind, includes):
    """Step 1: the folder, the interface, the include."""
    name = NAMES[kind]
    shutil.copytree(top / "rtos/templates" / kind, top / "rtos/servers" / name)
    (top / f"rtos/servers/{name}/proto.h").rename(top / f"rtos/proto/{name}.h")
    replace(top / f"rtos/servers/{name}/{includes}", f"templates/{kind}/proto.h", f"proto/{name}.h")


def write_client(top):
    text = CLIENT
    for kind, name in NAMES.items():
        text = text.replace(f"{name.upper()}_CALL", call_of_client(kind))
    (top / "rtos/servers/newcomer").mkdir()
    (top / "rtos/servers/newcomer/main.c").write_text(text)
    (top / "examples").mkdir(exist_ok=True)
    (top / "examples/hello.c").write_text(of_c()[0])


def name_them(top):
    """Step 2. The makefile keeps its time, so that older files aren't built anew."""
    rules = top / "mk/rtos.mk"
    kept = rules.stat()
    lines = [line_of_make("server"), line_of_make("driver"), of_c()[1],
             "$(eval $(call rtos_program,newcomer,rtos/servers/newcomer/main.c rtos/sys/console.c rtos/sys/text.c))"]
    replace(rules, "# Systems of them", "\n".join(lines) + "\n\n# Systems of them")
    os.utime(rules, ns=(kept.st_atime_ns, kept.st_mtime_ns))


def assert_no_foreign_header(top, build):
    """Programs, with picolibc or without, don't see headers of the cross compiler's C library."""
    (top / "rtos/servers/newcomer/foreign.c").write_text("#include <sys/epoll.h>\n")
    for kind in ("program", "integer", "c"):
        target = (build / f"rtos/{kind}/rtos/servers/newcomer/foreign.c.o").relative_to(top)
        refused = subprocess.run(["make", "-C", top, target], capture_output=True, text=True, timeout=60)
        assert refused.returncode != 0 and "sys/epoll.h: No such file or directory" in refused.stderr, refused


def assert_runs(machine):
    """The programs run, and a crash by hand goes as the page says."""
    machine.expect(r"hello: a third is 0\.333", 30)
    machine.expect("newcomer: the sum is 42, the bell rang", 30)
    machine.expect("newcomer exited with 0", 10)
    machine.send("kill tally\r")
    machine.expect("tally was killed", 10)
    machine.send("ps\r")
    machine.expect("tally +runs +2 ", 10)


def assert_follows_what_it_includes(top, image):
    """A changed file that the manifest includes leads to a new image."""
    make = ["make", "-q", "-C", top, image.relative_to(top)]
    assert subprocess.run(make, timeout=60).returncode == 0
    os.utime(top / "systems/rtos/shell.dts")
    assert subprocess.run(make, timeout=60).returncode == 1


@pytest.mark.long
def test_pages(tmp_path):
    build = copy_tree(tmp_path)
    write_program(tmp_path, "server", "counters.h")
    write_program(tmp_path, "driver", "main.c")
    write_client(tmp_path)
    assert_no_foreign_header(tmp_path, build)
    name_them(tmp_path)
    nodes = "\n".join([node_of_manifest(kind) for kind in NAMES] + [of_c()[2]])
    (tmp_path / "systems/rtos/newcomer.dts").write_text(manifest(nodes + CLIENT_NODE))
    description = tmp_path / "systems/newcomer.dts"
    description.write_text(DESCRIPTION % properties_of_domain("newcomer"))
    image = build / "rtos/newcomer.img"
    subprocess.run(["make", "-C", tmp_path, image.relative_to(tmp_path)], check=True, timeout=km.HANGS)
    assert_follows_what_it_includes(tmp_path, image)
    with km.bare("rtos-newcomer", image) as machine:
        assert_runs(machine)
    with km.kumiki("rtos-newcomer-partition", description, mode=km.TALK) as machine:
        assert_runs(machine)
