"""`--json` of the host command: its documents about good and bad descriptions and images, checked against the schema."""

import hashlib
import json
import os
import re
import shutil
import subprocess

import jsonschema
import kumiki_machine as km
import pytest
import schema

PAGE = (km.TOP / "docs/reference/json.md").read_text(encoding="utf-8")
DESCRIPTIONS = sorted((km.TOP / "tests/descriptions").glob("*/*.dts")) + sorted((km.TOP / "systems").glob("*.dts"))
BAD = km.TOP / "tests/descriptions/bad"


def kumiki(*words, folder=None):
    return subprocess.run([km.KUMIKI, *words], cwd=folder, capture_output=True, timeout=60, check=False)


def lines(messages):
    """The messages in their form for people."""
    for one in messages:
        place = f"{one['file']}:{one['line']}:{one['column']}: " if "line" in one else f"{one['about']}: " if "about" in one else ""
        yield f"{place}{one['severity']}: {one['text']}"


def test_schema_is_one_and_installed():
    jsonschema.Draft202012Validator.check_schema(schema.SCHEMA)
    assert json.loads((km.BUILD / "host/share/kumiki/kumiki.schema.json").read_text()) == schema.SCHEMA


# Shows: start.json.
@pytest.mark.parametrize("folder", sorted({path.parent for path in DESCRIPTIONS}), ids=lambda path: path.name)
def test_check_tells_programs_what_it_tells_people(folder):
    for path in (each for each in DESCRIPTIONS if each.parent == folder):
        for_people, result = kumiki("check", path), kumiki("check", "--json", path)
        assert (result.returncode, result.stderr) == (for_people.returncode, b""), path
        (one,) = schema.document(result.stdout.decode(), "check")["files"]
        assert one["valid"] == (result.returncode == 0) and one["file"] == str(path)
        assert list(lines(one["messages"])) == for_people.stderr.decode().splitlines()


# Shows: start.json.
def test_check_tells_programs_of_each_bad_case(tmp_path):
    subprocess.run([km.TOP / "tests/cases.sh", tmp_path, *BAD.glob("*.cases")], check=True, timeout=60)
    cases = sorted(tmp_path.glob("*.dts"))
    for_people, result = kumiki("check", "-I", BAD, *cases), kumiki("check", "--json", "-I", BAD, *cases)
    files = schema.document(result.stdout.decode(), "check")["files"]
    assert len(files) >= 250 and [one["file"] for one in files] == list(map(str, cases))
    assert all(one["valid"] == all(message["severity"] == "warning" for message in one["messages"]) for one in files)
    assert all(one["messages"] for one in files)
    assert [line for one in files for line in lines(one["messages"])] == for_people.stderr.decode().splitlines()


def test_check_of_several_files_is_one_document(tmp_path):
    good, bad = km.TOP / "systems/one.dts", BAD / "mistakes.dts"
    result = kumiki("check", "--json", good, tmp_path / "none.dts", bad)
    content = schema.document(result.stdout.decode(), "check")
    assert result.returncode == 1 and not content["valid"]
    assert [one["valid"] for one in content["files"]] == [True, False, False]
    assert "none.dts" in content["files"][1]["messages"][0]["text"]
    assert kumiki("check", "--json").returncode == 2


def test_check_tells_promises():
    path = km.TOP / "systems/shared.dts"
    (one,) = json.loads(kumiki("check", "--json", path).stdout)["files"]
    said = kumiki("check", path).stdout.decode()
    after = [f"after {promise['after_us']} us" for promise in one["promises"] if promise["kept"]]
    assert after and len(after) == said.count(" at the worst")
    assert all(words in said for words in after)


def test_a_system_of_32_vcpus_is_told_whole():
    path = km.TOP / "tests/descriptions/good/vcpus-most.dts"
    (one,) = schema.document(kumiki("check", "--json", path).stdout.decode(), "check")["files"]
    assert sum(len(each["vcpus"]) for each in one["system"]["partitions"]) == 32


@pytest.fixture(name="image")
def packed(tmp_path):
    """An image of two partitions, and its document of `show`."""
    path = tmp_path / "two.img"
    assert kumiki("pack", km.TOP / "systems/two.dts", "-o", path).returncode == 0
    return path


def shown(path):
    result, for_people = kumiki("show", "--json", path), kumiki("show", path)
    content = schema.document(result.stdout.decode(), "image")
    assert result.stderr == b"" and result.returncode == for_people.returncode == (not content["intact"])
    return content


def test_show_tells_what_check_told(image):
    content = shown(image)
    (checked,) = json.loads(kumiki("check", "--json", km.TOP / "systems/two.dts").stdout)["files"]
    assert content["intact"] and content["frame"]["intact"] and content["system"] == checked["system"]
    assert content["frame"]["version"] in kumiki("--version").stdout.decode()
    assert content["sha256"] == hashlib.sha256(image.read_bytes()).hexdigest()
    linux = next(each for each in content["parts"] if each["name"] == "Image")
    assert linux["sha256"] == hashlib.sha256(km.IMAGE["linux"].read_bytes()).hexdigest()
    assert linux["partitions"] == ["linux"]


def test_show_names_the_damage(image, tmp_path):
    content, whole = shown(image), image.read_bytes()
    damaged, frame = tmp_path / "damaged.img", content["frame"]["size"]

    def damage(at):
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        return shown(damaged)

    part = content["parts"][-1]
    begin = (len(whole) - part["size"]) // 4096 * 4096
    assert hashlib.sha256(whole[begin:begin + part["size"]]).hexdigest() == part["sha256"]
    last = damage(begin + part["size"] - 1)
    assert last["frame"]["intact"] and [one["intact"] for one in last["parts"]].count(False) == 1
    assert not last["parts"][-1]["intact"]
    kernel = damage(whole.index(km.IMAGE["linux"].read_bytes()[:4096]) + 5000)
    assert [one["name"] for one in kernel["parts"] if not one["intact"]] == ["Image"]
    assert not damage(frame // 2)["frame"]["intact"]
    assert "fault" in damage((frame + 4095) // 4096 * 4096)


# Shows: start.pages.
def test_the_page_has_each_document():
    assert set(re.findall(r"^\| `.*` \| `(\w+)`: ", PAGE, re.MULTILINE)) == set(schema.OF_KIND)


# Shows: start.pages.
def test_the_page_s_commands_answer_as_there(tmp_path):
    """The commands get an image with a damaged kernel, and a description with a mistake."""
    assert shutil.which("jq"), "install Debian's jq"
    two = (km.TOP / "systems/two.dts").read_text().replace("../build/", f"{km.TOP}/build/")
    (tmp_path / "two.dts").write_text(two)
    assert kumiki("pack", "two.dts", "-o", "system.img", folder=tmp_path).returncode == 0
    with open(tmp_path / "system.img", "r+b") as image:
        image.seek(image.read().index(km.IMAGE["linux"].read_bytes()[:4096]) + 5000)
        image.write(b"damaged")
    before, after = two.rsplit("kumiki,image", 1)
    (tmp_path / "two.dts").write_text(f"{before}kumiki,imgae{after}")
    (check, told), (show, names) = re.findall(r"^\$ kumiki ((?:check|show) .*)\n((?:[^$`].*\n)+)", PAGE, re.MULTILINE)
    environment = {"PATH": f"{km.KUMIKI.parent}:/usr/bin:/bin"}

    def said(command):
        return subprocess.run(["sh", "-c", f"kumiki {command}"], cwd=tmp_path, env=environment, timeout=60, check=False,
                              capture_output=True, text=True).stdout

    assert said(show) == names
    assert re.fullmatch(re.escape(told).replace("…", ".*"), said(check))


@pytest.mark.parametrize("content", [b"", b"\0" * 100000, None], ids=["empty", "zeros", "missing"])
def test_show_of_no_image_is_a_document_too(content, tmp_path):
    path = tmp_path / "none.img"
    if content is not None:
        path.write_bytes(content)
    assert shown(path)["fault"]


def test_names_of_files_may_be_any_bytes(tmp_path):
    name = b'a"b\\\n\x1b[31m\xff\xc3\xa9\xf0\x9f\x98\x80.dts'
    (tmp_path / os.fsdecode(name)).write_bytes(b"/dts-v1/;\n\xfe")
    for kind, word in (("check", "check"), ("image", "show")):
        result = kumiki(word, "--json", name, folder=tmp_path)
        content = schema.document(result.stdout.decode(), kind)
        told = content["files"][0]["file"] if kind == "check" else content["file"]
        assert told == 'a"b\\\n\x1b[31m\ufffd\u00e9\U0001f600.dts' and result.returncode == 1


# Shows: start.json.
@pytest.mark.parametrize("name", ["a: error: b", "a: warning: b:1:2", "two\nlines", "x:3:4: error: y\nkumiki: error: z"])
def test_names_of_files_are_no_messages(name, tmp_path):
    """A name that looks like one or two messages is a name in both forms."""
    bad = (BAD / "mistakes.dts").read_text()
    (tmp_path / f"{name}.dts").write_text(bad)
    (tmp_path / "plain.dts").write_text(bad)
    told = []
    for each in (f"{name}.dts", "plain.dts"):
        (one,) = schema.document(kumiki("check", "--json", each, folder=tmp_path).stdout.decode(), "check")["files"]
        places = {message.pop("file") for message in one["messages"]}
        assert places == {each} == {one["file"]}
        told.append(one["messages"])
    assert told[0] == told[1] and told[0]
    for_people = kumiki("check", f"{name}.dts", folder=tmp_path).stderr.decode().splitlines()
    assert len(for_people) == len(told[0])
    assert all(line.startswith(name.replace("\n", "\\x0a") + ".dts:") for line in for_people)


def test_wrong_words_are_told_as_without():
    assert kumiki("show", "--json", "--dtb", "linux", "x.img").returncode == 2
    assert kumiki("show", "--jsn", "x.img").returncode == 2
