"""The files of a release: those of `make install`, Debian's packages, and the archive of the sources."""

import fnmatch
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess

import kumiki_machine as km
import pytest

from rtos_net import free_port
from test_page import until
from test_page_inside import Kept, kept
from test_panel_linux import INITRD, MODULES, run

GUEST = """#include <guest/channel.h>
#include <libkumiki/libkumiki.h>
#include <stdio.h>

int main(void)
{
	struct kumiki kumiki;
	if (kumiki_open(&kumiki, NULL) != 0)
		fprintf(stderr, "%s\\n", kumiki.error);
	puts(kumiki_version());
	return channel_send == NULL;
}
"""
SYSTEM = """/dts-v1/;
/include/ "qemu-virt.dtsi"

/ {
	domains {
		beat {
			compatible = "openamp,domain-v1";
			cpus = <&cpus 0x1>;
			kumiki,memory = "1M as 0x40000000";
			kumiki,image = "beat.bin";
			kumiki,console;
		};
	};
};
"""


def told(*words, folder=None, path=None, limit=km.HANGS):
    """The output of a command that runs without this tree, and without its caller's environment."""
    environment = {"PATH": f"{path}:/usr/bin:/bin" if path else "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([str(word) for word in words], cwd=folder, env=environment, timeout=limit,
                          check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done.stdout


def make(*words):
    return told("make", "-C", km.TOP, "--no-print-directory", f"BUILD={km.BUILD.relative_to(km.TOP)}", *words)


@pytest.mark.long
@pytest.mark.parametrize("name", ["a blank", "blank ", "a\ttab"])
def test_a_folder_with_a_blank(tmp_path, name):
    """Each target is refused at once, in one sentence."""
    folder = tmp_path / name
    folder.mkdir()
    shutil.copy(km.TOP / "Makefile", folder)
    for target in ("all", "setup", "help"):
        done = subprocess.run(["make", target], cwd=folder, timeout=km.HANGS, check=False, capture_output=True, text=True)
        assert done.returncode != 0 and done.stdout == ""
        assert re.fullmatch(rf"Makefile:\d+: \*\*\* '{re.escape(str(folder))}' has a blank in it, .*\n", done.stderr)


def files(folder):
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def elf_machine(path):
    head = path.read_bytes()[:20]
    assert head[:4] == b"\x7fELF", path
    return int.from_bytes(head[18:20], "little")


def packed(folder):
    make("packages", f"release_FOLDER={folder}")
    return sorted(folder.glob("*.deb"))


@pytest.fixture(name="packages", scope="module")
def made(tmp_path_factory):
    """{name: package} of kumiki, kumiki-guest and kumiki-keeper."""
    return {path.name.split("_")[0]: path for path in packed(tmp_path_factory.mktemp("packages"))}


@pytest.fixture(name="root")
def empty_root(tmp_path):
    """An empty root for dpkg."""
    admin = tmp_path / "root/var/lib/dpkg"
    for name in ("info", "updates"):
        (admin / name).mkdir(parents=True)
    (admin / "status").touch()
    return tmp_path / "root"


def dpkg(root, *words):
    """Runs dpkg as if `root` were a machine. Dependencies are missing there, and the user needn't be root."""
    return told("fakeroot", "dpkg", f"--root={root}", "--force-depends", "--force-architecture",
                "--log=/dev/null", *words)


# Shows: releases.stands-alone.
def test_what_is_installed_names_nothing_of_the_build(tmp_path):
    """No program, library or text names the build. The files for Linux are for arm64, and enough to build a program."""
    make("install-host", "install-linux", "PREFIX=/opt/two words", f"DESTDIR={tmp_path}/stage")
    place = tmp_path / "stage/opt/two words"
    installed = files(place)
    assert not [name for name, path in installed.items() if os.fsencode(km.TOP) in path.read_bytes()]
    assert {"bin/kumiki", "share/man/man1/kumiki.1", "share/man/man1/kumikictl.1", "share/man/man1/kumiki-cores.1",
            "libexec/kumiki/kumiki-keeper", "share/bash-completion/completions/kumiki", "share/kumiki/qemu-virt.dtsi",
            "share/kumiki/frame-xlnx-versal-virt.img", "share/kumiki/doctor-gicv3-pl011.img",
            "aarch64-linux-gnu/lib/libkumiki.a", "aarch64-linux-gnu/include/kumiki/panel.h"} <= set(installed)
    linux = place / "aarch64-linux-gnu"
    assert {elf_machine(linux / f"bin/{name}") for name in ("kumikictl", "kumiki-cores", "kumiki-disk", "kumiki-reserve")} == {0xb7}
    for header in (linux / "include").rglob("*.h"):  # each header is complete
        told("aarch64-linux-gnu-gcc", "-I", linux / "include", "-fsyntax-only", "-Werror", "-x", "c", header)
    (tmp_path / "mine.c").write_text(GUEST)
    told("aarch64-linux-gnu-gcc", "-I", linux / "include", "-L", linux / "lib", tmp_path / "mine.c", "-lkumiki", "-o",
         tmp_path / "mine")


@pytest.mark.long
def test_a_guest_is_built_outside_the_tree(tmp_path):
    """The page's lines build a guest from the installed files alone, and the program runs."""
    make("install-host", "PREFIX=/opt", f"DESTDIR={tmp_path}/stage")
    page = (km.TOP / "docs/reference/guest-interface.md").read_text(encoding="utf-8")
    script = re.search(r"```sh\n(K=.*?)```", page, re.DOTALL)[1]
    tutorial = (km.TOP / "docs/tutorial.md").read_text(encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/main.c").write_text(re.search(r"```c\n(.*?)```", tutorial, re.DOTALL)[1])
    assert "K=/usr/local/share/kumiki\n" in script
    told("sh", "-ec", script.replace("K=/usr/local", f"K={tmp_path}/stage/opt"), folder=tmp_path / "mine")
    name = "install-outside"
    path = km.description(name, [km.partition("beat", cores=0x1, memory="1M as 0x40000000", image=tmp_path / "mine/main.bin")])
    with km.kumiki(name, path) as machine:
        machine.expect(r"^\[beat\] second 0\r?\n", 60)


def debian(folder):
    """What docs/package.md's first lines fetch, as far as its other lines use it."""
    for name, file in {"boot/vmlinuz-arm64": km.IMAGE["linux"], "bin/busybox": km.BUILD / "debian/busybox",
                       **{f"lib/{name}.ko": km.BUILD / f"debian/linux/modules/{name}.ko"
                          for name in ("virtio_mmio", "virtio_blk")}}.items():
        (folder / "debian" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / "debian" / name)


# Shows: releases.packages, releases.whole.
@pytest.mark.long
def test_the_hosts_package_is_all_that_a_user_needs(packages, root, tmp_path):
    """The package in an empty root makes the system of its page: a Linux, its watcher, and the RTOS's disk. After its removal
    nothing is left."""
    dpkg(root, "-i", packages["kumiki"])
    assert f"Version: {km.VERSION.replace('-', '~')}\n" in told("dpkg", f"--root={root}", "-s", "kumiki")
    page = (root / "usr/share/doc/kumiki/docs/package.md").read_text(encoding="utf-8")
    _, ram_disk, images = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    three = tmp_path / "three"
    debian(three)
    (three / "three.dts").write_text(re.search(r"```dts\n(.*?)```", page, re.DOTALL)[1])
    ask = {"folder": three, "path": root / "usr/bin"}
    assert told("kumiki", "--version", **ask).startswith(f"kumiki {km.VERSION} ")
    told("sh", "-ec", ram_disk, **ask)
    assert "K=/usr/share/kumiki\n" in images
    said = told("sh", "-ec", images.replace("K=/usr", f"K={root}/usr"), **ask)
    assert "three on qemu-virt: 3 partitions on 4 cores" in said
    told("kumiki", "pack", "three.dts", "-o", "three.img", **ask)
    assert "verdict     intact" in told("kumiki", "show", "three.img", **ask)
    command = told("kumiki", "run", "--print", "--no-pack", three / "three.img", three / "three.dts", **ask)
    assert "qemu-system-aarch64" in command and str(km.TOP) not in command
    with km.Machine("install-package", command.split()) as machine:
        machine.expect_all([r"^\[store\] (?:\$ )?provider: 131072 sectors from 0 on$", r"^\[linux\] .* 65536 vda$",
                            r"^\[watcher\] (?:\$ )?linux: text, constants, vectors and tasks are watched$"], 120)
    dpkg(root, "-P", "kumiki")
    assert not list(root.glob("usr/**/*"))


def debs(folder, compressed):
    """Debian's packages that docs/package.md fetches, as small as can be, in a repository of their own. Debian 13 compresses
    modules."""
    kernel = "linux-image-6.1.0-1-arm64"
    for name, depends in (kernel, "kmod"), ("linux-image-arm64", f"{kernel} (= 1)"), ("busybox-static", ""):
        (folder / name / "DEBIAN").mkdir(parents=True)
        (folder / name / "DEBIAN/control").write_text(
            f"Package: {name}\nVersion: 1\nArchitecture: arm64\nMaintainer: nobody <nobody@kumiki.invalid>\nDescription: a test's\n" +
            (f"Depends: {depends}\n" if depends else ""))
    for name, file in {f"{kernel}/boot/vmlinuz-6.1.0-1-arm64": km.IMAGE["linux"], "busybox-static/bin/busybox": km.BUILD / "debian/busybox",
                       **{f"{kernel}/lib/modules/{name}.ko": km.BUILD / f"debian/linux/modules/{name}.ko"
                          for name in ("virtio_mmio", "virtio_blk")}}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / name)
    if compressed:
        told("xz", *(folder / kernel / "lib/modules").glob("*.ko"))
    for name in kernel, "linux-image-arm64", "busybox-static":
        told("dpkg-deb", "--root-owner-group", "-Znone", "--build", folder / name, folder / f"{name}_1_arm64.deb")
    (folder / "Packages").write_text(told("dpkg-scanpackages", "--multiversion", ".", folder=folder))


def apt_of_its_own(folder):
    """The file for $APT_CONFIG, for which `folder` is all there is."""
    for name in "state/lists/partial", "cache/archives/partial", "bin":
        (folder / name).mkdir(parents=True)
    (folder / "state/status").touch()
    (folder / "sources.list").write_text(f"deb [trusted=yes] file:{folder}/debs ./\n")
    (folder / "apt.conf").write_text("".join(f'{name} "{value}";\n' for name, value in {
        "APT::Architectures::": told("dpkg", "--print-architecture").strip(), "APT::Architectures:: ": "arm64",
        "Dir::State": folder / "state", "Dir::State::status": folder / "state/status", "Dir::Cache": folder / "cache",
        "Dir::Etc::sourcelist": folder / "sources.list", "Dir::Etc::sourceparts": "/dev/null", "APT::Sandbox::User": ""}.items()))
    (folder / "bin/sudo").write_text('#!/bin/sh\n[ "$*" != "apt update" ] || exec apt update\n')
    (folder / "bin/sudo").chmod(0o755)
    return folder / "apt.conf"


# Shows: releases.whole.
@pytest.mark.parametrize("compressed", [False, True], ids=["12", "13"])
def test_the_pages_lines_fetch_a_linux(tmp_path, compressed):
    """By the page's own words, from a repository that has what these lines take of Debian's. `sudo` changes nothing here but
    the test's own lists of packages."""
    debs(tmp_path / "debs", compressed)
    page = (km.TOP / "docs/package.md").read_text(encoding="utf-8")
    fetch, ram_disk, _ = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    told("sh", "-ec", f"export APT_CONFIG={apt_of_its_own(tmp_path)}\n{fetch}{ram_disk}", folder=tmp_path, path=tmp_path / "bin")
    assert (tmp_path / "three/Image").read_bytes() == km.IMAGE["linux"].read_bytes()
    listed = told("cpio", "-it", "--quiet", "-F", tmp_path / "three/initrd.cpio").split()
    assert {"init", "bin/busybox", "bin/virtio_mmio.ko", "bin/virtio_blk.ko"} <= set(listed)


GIVEN = {"Image": "linux", "Image-rt": "linux-rt"}  # what docs/package.md says in words, as the build has it
SPOKEN = {"netboot.tar": "tar --format=ustar -cf netboot.tar --files-from /dev/null", "linux.modules": "kumiki modules -o linux.modules Image "
          f"{km.BUILD}/debian/linux/modules/virtio_blk.ko"}


def beside(file):
    """{name: how one gets it} by the comment in a packaged description."""
    comment = re.search(r"^/\* [^\n]* belong[^\n]*:\n(.*?) \*/$", file.read_text(encoding="utf-8"),
                        re.DOTALL | re.MULTILINE)
    return dict(re.findall(r"^ \*   (\S+) +(.*)$", comment[1], re.MULTILINE)) if comment else {}


def provided(folder, file, share, ask):
    """Makes in the folder what belongs beside a copy of the file, by the file's own words."""
    for name, how in beside(file).items():
        if (folder / name).exists():
            continue
        if name in GIVEN:
            shutil.copy(km.IMAGE[GIVEN[name]], folder / name)
        elif name.startswith("initrd"):
            shutil.copy(INITRD, folder / name)
        elif name != "u-boot.bin":
            told("sh", "-ec", SPOKEN.get(name, how).replace("/usr/share/kumiki", str(share)), **ask)


# Shows: releases.whole.
def test_each_packaged_description_works(packages, root, tmp_path):
    """What belongs beside a description or a manifest is made by its own words; then it is checked or packed. The package's
    folder is enough."""
    dpkg(root, "-i", packages["kumiki"])
    share = root / "usr/share/kumiki"
    systems, manifests = ([*sorted((share / room).glob("*.dts"))] for room in ("systems", "rtos"))
    assert len(systems) >= 18 and len(manifests) >= 19
    folder = tmp_path / "mine"
    folder.mkdir()
    ask = {"folder": folder, "path": root / "usr/bin"}
    for file in (*systems, *manifests):
        assert "build/" not in file.read_text(encoding="utf-8"), file
        provided(folder, file, share, ask)
        if file in systems:
            shutil.copy(file, folder)
            told("kumiki", "check", file.name, **ask)
        else:
            told("kumiki", "rtos", "pack", "-I", ".", "-o", "made.img", file, **ask)


def licence(text, name):
    """A file's licence by a copyright file, in which the last paragraph with the file counts."""
    found = [re.search(r"^License: (.*)$", paragraph, re.MULTILINE)[1] for paragraph in text.split("\n\n")
             if any(fnmatch.fnmatch(name, pattern) for patterns in re.findall(r"^Files: (.*)$", paragraph, re.MULTILINE)
                    for pattern in patterns.split())]
    return found[-1]


# Shows: releases.packages.
def test_each_source_has_the_licence_that_the_package_tells(packages, tmp_path):
    told("dpkg-deb", "-x", packages["kumiki-guest"], tmp_path)
    told("dpkg-deb", "-x", packages["kumiki"], tmp_path)
    text = (tmp_path / "usr/share/doc/kumiki-guest/copyright").read_text()
    headers = {str(path.relative_to(tmp_path)): path.read_text() for path in
               [*tmp_path.glob("usr/include/**/*.h"), *tmp_path.glob("usr/share/kumiki/**/*.[chS]")]}
    says = {name: re.match(r"/\* SPDX-License-Identifier: (\S+) ", header) for name, header in headers.items()}
    assert {name: licence(text, name) for name in headers} == \
        {name: match[1] if match else "Apache-2.0" for name, match in says.items()}
    assert licence(text, "usr/share/man/man1/kumikictl.1.gz") == "Apache-2.0"


def field(package, name):
    return told("dpkg-deb", "-f", package, name).strip()


# Shows: releases.contents.
def test_a_release_says_what_is_in_it(packages, tmp_path):
    """What each package stands on is there with a version, and each file with the checksum that it has."""
    for package in packages.values():
        shutil.copy(package, tmp_path)
    make("sums", f"release_FOLDER={tmp_path}")
    document = json.loads(next(tmp_path.glob("*.spdx.json")).read_text(encoding="utf-8"))
    parts = {part["SPDXID"]: part for part in document["packages"]}
    assert document["spdxVersion"] == "SPDX-2.3" and len(parts) == len(document["packages"])
    assert all(part["versionInfo"] for part in parts.values())
    sums = {part["packageFileName"]: part["checksums"][0]["checksumValue"] for part in parts.values() if "checksums" in part}
    assert sums == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in packages.values()}
    built = re.fullmatch(r"glibc \(= (\S+)\)", field(packages["kumiki-guest"], "Built-Using"))[1]
    assert {part["versionInfo"] for part in parts.values() if part["name"] == "glibc"} == {built}
    uses = {(parts[each["spdxElementId"]]["name"], each["relationshipType"], parts[each["relatedSpdxElement"]]["name"])
            for each in document["relationships"] if each["spdxElementId"] in parts}
    assert {("kumiki", "DEPENDS_ON", "libfdt1"), ("kumiki", "DEPENDS_ON", "libmicrohttpd12"),
            ("kumiki-keeper", "DEPENDS_ON", "libmicrohttpd12")} <= uses
    linked = {name: {re.sub(r"libgcc-\d+", "libgcc", use[2]) for use in uses if use[:2] == (name, "STATIC_LINK")}
              for name in ("kumiki", "kumiki-guest")}
    assert linked == {"kumiki": {"bearssl", "lwip", "sysvbanner", "picolibc-aarch64-linux-gnu", "picolibc-arm-none-eabi",
                                 "gcc-arm-none-eabi"},
                      "kumiki-guest": {"glibc", "libc6-dev-arm64-cross", "libgcc-dev-arm64-cross"}}
    assert {use[1] for use in uses if use[0] == "kumiki-guest"} == {"STATIC_LINK"}


# Shows: releases.contents.
def test_sums_are_signed_and_find_a_change(packages, tmp_path):
    """By the lines of SECURITY.md."""
    page = (km.TOP / "SECURITY.md").read_text(encoding="utf-8")
    check = re.search(r"```sh\n(openssl dgst .*?)```", page, re.DOTALL)[1]
    told("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", tmp_path / "key.pem")
    told("openssl", "ec", "-in", tmp_path / "key.pem", "-pubout", "-out", tmp_path / "kumiki.pub")
    for package in packages.values():
        shutil.copy(package, tmp_path)
    other = tmp_path / "kumiki_0.1_amd64.deb"
    other.write_bytes(b"of another version")
    (tmp_path / "empty").mkdir()
    shutil.copy(other, tmp_path / "empty")
    refused = subprocess.run(["make", "sums", f"release_FOLDER={tmp_path}/empty"], cwd=km.TOP, text=True, capture_output=True,
                             timeout=600)
    assert refused.returncode != 0 and "lacks this version's packages" in refused.stderr
    told("openssl", "genrsa", "-out", tmp_path / "weak.pem", "1024")
    for folder, status in ("clean", ""), ("dirty", "echo ' M VERSION'"):  # what git tells of the checkout
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "git").write_text(f'#!/bin/sh\n[ "$1" = status ] || exec /usr/bin/git "$@"\n{status}\n')
        (tmp_path / folder / "git").chmod(0o755)
    for key, folder, why in (("weak.pem", "clean", "is no private key for P-256"), ("none.pem", "clean", "is no private key for P-256"),
                             ("key.pem", "dirty", "not all of this checkout is committed")):
        refused = subprocess.run(["make", "sums", f"release_FOLDER={tmp_path}", f"KEY={tmp_path}/{key}"], cwd=km.TOP, text=True,
                                 capture_output=True, timeout=600, env={"PATH": f"{tmp_path / folder}:/usr/bin:/bin"})
        assert refused.returncode != 0 and why in refused.stderr
        assert not list(tmp_path.glob("SHA256SUMS*"))
    told("make", "-C", km.TOP, f"BUILD={km.BUILD.relative_to(km.TOP)}", "sums", f"release_FOLDER={tmp_path}",
         f"KEY={tmp_path}/key.pem", path=tmp_path / "clean")
    assert other.name not in (tmp_path / "SHA256SUMS").read_text(encoding="utf-8")
    assert "Verified OK" in told("sh", "-ec", check, folder=tmp_path)
    for name in ("SHA256SUMS", packages["kumiki"].name):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(AssertionError):
            told("sh", "-ec", check, folder=tmp_path)
        (tmp_path / name).write_bytes(whole)


# Shows: releases.packages.
def test_sizes_are_counted_as_debian_counts(packages, tmp_path):
    """A folder counts 1 KiB, whatever its size in the file system."""
    for name, package in packages.items():
        told("dpkg-deb", "-x", package, tmp_path / name)
        size = sum(1 if path.is_dir() else -(-path.stat().st_size // 1024) for path in (tmp_path / name).rglob("*"))
        assert int(field(package, "Installed-Size")) == size + 1  # the root itself


# Shows: releases.packages.
@pytest.mark.long
@pytest.mark.parametrize("status", [0, 2])
def test_a_package_that_may_lack_what_it_needs_isnt_made(tmp_path, status):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/dpkg-shlibdeps").write_text(f"#!/bin/sh\necho no libraries >&2\nexit {status}\n")
    (tmp_path / "bin/dpkg-shlibdeps").chmod(0o755)
    done = subprocess.run(["make", "-C", km.TOP, "--no-print-directory", f"BUILD={km.BUILD.relative_to(km.TOP)}",
                           "packages", f"release_FOLDER={tmp_path}/made"],
                          env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, timeout=km.HANGS,
                          check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert "no libraries\n" in done.stderr and "dpkg-shlibdeps doesn't say what" in done.stderr
    assert not list(tmp_path.rglob("*.deb"))


# Shows: releases.packages.
def test_the_guests_package_is_for_arm64_and_enables_nothing(packages, root):
    dpkg(root, "-i", packages["kumiki-guest"])
    names = files(root)
    assert {elf_machine(names[f"usr/bin/{name}"]) for name in ("kumikictl", "kumiki-cores", "kumiki-disk", "kumiki-reserve")} == {0xb7}
    assert re.fullmatch(r"glibc \(= [\w.+~-]+\)", field(packages["kumiki-guest"], "Built-Using"))
    overrides = re.findall(r"^kumiki-guest: statically-linked-binary \[(.*)\]$",
                           names["usr/share/lintian/overrides/kumiki-guest"].read_text(), re.MULTILINE)
    assert overrides == [name for name in sorted(names) if name.startswith("usr/bin/")]
    assert "\nuio_pci_generic\n" in names["usr/lib/modules-load.d/kumiki.conf"].read_text()
    unit = names["usr/lib/systemd/system/kumiki-cores.service"].read_text()
    assert root / re.search(r"^ExecStart=/(\S+)$", unit, re.MULTILINE)[1] in names.values()
    assert not [name for name in names if ".wants/" in name or name.endswith(("postinst", "preinst"))]
    assert not [name for name, path in names.items() if os.fsencode(km.TOP) in path.read_bytes()]


# Shows: releases.packages.
def test_the_keepers_package_is_for_arm64_and_enables_nothing(packages, root):
    """It depends on the package of each library that it is linked with."""
    dpkg(root, "-i", packages["kumiki-keeper"])
    names = files(root)
    program = names["usr/libexec/kumiki-keeper"]
    assert elf_machine(program) == 0xb7
    needed = re.findall(r"\(NEEDED\).*\[(lib\w+)\.so\.(\d+)\]", told("aarch64-linux-gnu-readelf", "-d", program))
    depends = {re.sub(r" .*", "", one) for one in field(packages["kumiki-keeper"], "Depends").split(", ")}
    assert {name + version for name, version in needed} == depends and len(needed) > 3
    assert "\nuio_pci_generic\n" in names["usr/lib/modules-load.d/kumiki-keeper.conf"].read_text()
    unit = names["usr/lib/systemd/system/kumiki-keeper.service"].read_text()
    assert root / re.search(r"^ExecStart=/(\S+) ", unit, re.MULTILINE)[1] == program
    assert not [name for name in names if ".wants/" in name or name.endswith(("postinst", "preinst"))]
    assert not [name for name, path in names.items() if os.fsencode(km.TOP) in path.read_bytes()]


# Shows: releases.packages.
@pytest.mark.talk
@pytest.mark.long
def test_the_keepers_package_works_in_a_linux(packages, root, tmp_path):
    """The unit's own command line, with a users' file that `kumiki user` of a host made."""
    dpkg(root, "-i", packages["kumiki-keeper"])
    state = root / "var/lib/kumiki-keeper"
    state.mkdir()
    subprocess.run([km.KUMIKI, "user", "add", state / "users", "anna", "operate"], input="correct-horse-battery\n", text=True,
                   check=True, timeout=km.HANGS)
    unit = (root / "usr/lib/systemd/system/kumiki-keeper.service").read_text()
    shutil.copytree(km.TOP / "build/keeper-arm64/run/lib", root / "lib")
    (root / "etc").mkdir()
    (root / "etc/script").write_text(f"""
load /lib/modules/$(uname -r) uio uio_pci_generic
ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0
chmod 600 /var/lib/kumiki-keeper/users
STATE_DIRECTORY=/var/lib/kumiki-keeper
{re.search(r"^Environment=(.*)$", unit, re.MULTILINE)[1]}
{re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1]}
""")
    initrd = tmp_path / "initrd.cpio"
    told("tools/setup/initrd-more.sh", tmp_path / "tree", initrd, km.GUESTS / "initrd-panel-pci.cpio", root, folder=km.TOP)
    port = free_port(socket.SOCK_STREAM)
    path = kept("install-keeper", port)
    path.write_text(path.read_text().replace(f"{km.BUILD}/guests/initrd-keeper.cpio", str(initrd))
                    .replace("kumiki.run=keeper", "kumiki.run=script"))
    with km.kumiki("install-keeper", path, mode=km.TALK) as machine:
        page = Kept(port, machine.expect(r"\[linux\] certificate: SHA-256 ([0-9A-F:]{95})$", 60)[1])
        page.log_in("anna", "correct-horse-battery")
        until(page.events(), "state", lambda now: "list" in now)
        assert page.act("restart", "worker")["words"] == "worker is running, start 2"


# Shows: releases.packages.
@pytest.mark.talk
def test_the_guests_package_works_in_a_linux(packages, root, tmp_path):
    dpkg(root, "-i", packages["kumiki-guest"])
    initrd = tmp_path / "initrd.cpio"
    told("tools/setup/initrd-more.sh", tmp_path / "tree", initrd, INITRD, root, folder=km.TOP)
    name = "install-guest"
    path = km.description(name, [
        km.partition("linux", cores=0x1, memory="256M", image=km.IMAGE["linux"], initrd=initrd,
                     bootargs="console=ttyAMA0 quiet kumiki.run=shell", more=("kumiki,panel;",))])
    with km.kumiki(name, path, mode=km.TALK) as machine:
        machine.expect(r"kumiki-init: up", 120)
        assert f"kumikictl {km.VERSION}\n" in run(machine, "/usr/bin/kumikictl --version")
        assert "modprobe uio_pci_generic" in run(machine, "/usr/bin/kumikictl list", 3)
        run(machine, MODULES)
        assert re.search(r"^linux +running +1 .*\(this one\)$", run(machine, "/usr/bin/kumikictl list"), re.MULTILINE)
        assert "no core of this partition moves" in run(machine, "/usr/bin/kumiki-cores --once", 1)


# Shows: releases.same-bytes.
def test_packages_and_archive_are_the_same_each_time(packages, tmp_path):
    again = packed(tmp_path / "again")
    assert [path.name for path in again] == sorted(path.name for path in packages.values())
    assert [path.read_bytes() for path in again] == [packages[path.name.split("_")[0]].read_bytes() for path in again]
    for folder in ("one", "two"):
        make("archive", f"release_FOLDER={tmp_path / folder}")
    one, two = (next((tmp_path / folder).iterdir()) for folder in ("one", "two"))
    assert one.name == two.name and one.read_bytes() == two.read_bytes()


# Shows: releases.archive.
@pytest.mark.parametrize("words,tool,folders", [("archive", "release/archive.sh", ["made"]),
                                                ("ls-files -co", "check/files.sh", [])], ids=["archive", "files"])
def test_half_an_archive_is_none(tmp_path, words, tool, folders):
    """git fails after its first output, as on a full disk."""
    git = tmp_path / "bin/git"
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\ncase "$*" in\n"{words} "*) echo made; exit 1 ;;\nesac\n'
                   f'exec {shutil.which("git")} "$@"\n')
    git.chmod(0o755)
    done = subprocess.run([km.TOP / "tools" / tool, *(tmp_path / folder for folder in folders)], cwd=km.TOP, env={"PATH": f"{git.parent}:/usr/bin:/bin"},
                          timeout=km.HANGS, check=False, capture_output=True, text=True)
    assert done.returncode != 0 and not done.stdout
    assert not list(tmp_path.glob("made/*"))


# Shows: releases.archive.
@pytest.mark.long
def test_the_archive_builds_by_itself(tmp_path):
    """The archive builds without git in two folders. Both give the same packages, and nothing is fetched."""
    make("archive", f"release_FOLDER={tmp_path}")
    (archive,) = tmp_path.glob("*.tar.xz")
    results = []
    for name in ("one", "another-place"):
        (tmp_path / name).mkdir()
        told("tar", "-xf", archive, folder=tmp_path / name)
        (tree,) = (tmp_path / name).iterdir()
        told("make", "-C", tree, f"-j{os.cpu_count()}", "packages", limit=6 * km.HANGS)
        results.append([path.read_bytes() for path in sorted((tree / "build/release").glob("*.deb"))])
    assert len(results[0]) == 3 and results[0] == results[1]


# Shows: releases.fresh-machine.
@pytest.mark.long
def test_a_fresh_debian_takes_the_packages(packages, tmp_path):
    """A minimal Debian: apt installs both packages with their dependencies."""
    shutil.copy(km.HEARTBEAT, tmp_path / "beat.bin")
    (tmp_path / "mine.dts").write_text(SYSTEM)
    codename = told("sh", "-c", ". /etc/os-release && echo $VERSION_CODENAME").strip()
    host = told("dpkg", "--print-architecture").strip()
    taken = " ".join(map(str, [*packages.values(), tmp_path / "beat.bin", tmp_path / "mine.dts"]))
    inside = "--customize-hook=chroot \"$1\" sh -c 'cd /root && {}'"
    said = told("sh", "-c", 'exec "$@" 2>&1', "-", "mmdebstrap", "--variant=minbase", f"--architectures={host},arm64",
                f"--customize-hook=cp {taken} \"$1/root/\"",
                inside.format("apt-get -y -qq --no-install-recommends install ./*.deb"),
                inside.format("kumiki --version && kumiki check mine.dts && kumiki pack mine.dts -o mine.img"),
                inside.format("kumiki show mine.img && dpkg --verify kumiki kumiki-guest"),
                codename, "/dev/null", "/etc/apt/sources.list.d/debian.sources")
    assert f"kumiki {km.VERSION} " in said and "verdict     intact" in said
