"""An editor's use of .vscode/launch.json, and the lines of docs/editors.md."""

import json
import re
import shlex
import shutil
import subprocess

import kumiki_machine as km
import pytest

from test_gdb import System, heartbeat

LAUNCH = json.loads((km.TOP / ".vscode/launch.json").read_text(encoding="utf-8"))
PAGE = (km.TOP / "docs/editors.md").read_text(encoding="utf-8")
(LINE,) = re.findall(r"^    (gdb-multiarch -i=mi .*\n {8}.*)$", PAGE, re.MULTILINE)


def filled(text, answers):
    """Fills in the editor's variables."""
    text = text.replace("${workspaceFolder}", str(km.TOP))
    return re.sub(r"\$\{input:(\w+)\}", lambda found: answers[found[1]], text)


def asked(words, commands):
    """gdb's answers by its machine interface: to the editor's commands, then to a few of a debugger's buttons."""
    lines = [*commands, "-thread-info", "-exec-step-instruction", "-gdb-exit"]
    done = subprocess.run(words, input="".join(f"{line}\n" for line in lines), cwd=km.TOP, text=True, check=False,
                          capture_output=True, timeout=km.HANGS)
    assert "^error" not in done.stdout and "*stopped" in done.stdout.split("^running")[-1], done.stdout + done.stderr
    return done.stdout


def test_each_question_is_known_and_each_file_is_there():
    (configuration,) = LAUNCH["configurations"]
    asks = set(re.findall(r"\$\{input:(\w+)\}", json.dumps(configuration)))
    assert asks == {one["id"] for one in LAUNCH["inputs"]}
    assert shutil.which(configuration["miDebuggerPath"])
    for path in re.findall(r"\$\{workspaceFolder\}(/[\w./-]+)", json.dumps(configuration)):
        assert (km.TOP / path[1:]).is_file(), path
    assert configuration["name"] in PAGE


# Shows: releases.editors.
@pytest.mark.talk
@pytest.mark.parametrize("editor", ["code", "emacs"])
def test_an_editor_debugs_a_partition(editor, tmp_path):
    with System(f"editors-{editor}", tmp_path, [heartbeat("heartbeat", 0), heartbeat("other", 1)]) as system:
        if editor == "code":
            (configuration,) = LAUNCH["configurations"]
            answers = {one["id"]: one["default"] for one in LAUNCH["inputs"]} | {"link": str(system.link)}
            commands = [filled(one["text"], answers) for one in configuration["customLaunchSetupCommands"]]
            said = asked([configuration["miDebuggerPath"], "-nx", "--interpreter=mi"], commands)
        else:
            said = asked(shlex.split(LINE.replace("/tmp/link", str(system.link))), [])
        assert re.search(r'func="[a-z]\w+"', said), said  # it has the symbols
        assert re.search(r'\^done,threads=\[\{id="1",.*vCPU 0', said), said
        system.says(r"\[heartbeat\]\S* heartbeat: \d+ s")
