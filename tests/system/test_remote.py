"""`kumiki remote`: a machine by the page of its host, whose certificate is the one that is known."""

import os
import subprocess

import pytest

import kumiki_machine as km
from test_page_users import PASSWORD, page, three_users  # pylint: disable=unused-import  # a fixture


class Client:
    """Somebody with a home of his own."""

    def __init__(self, home, opened):
        self.home, self.opened = home, opened
        (home / "password").touch(0o600)
        (home / "password").write_text(PASSWORD + "\n")

    def run(self, *words, user="operate", password=True, status=0, **more):
        """What it says. `password`: from the file."""
        options = [*(["--user", user] if user else []), *(["--password", self.home / "password"] if password else [])]
        done = subprocess.run([km.KUMIKI, "remote", *options, *words[:-1], f"127.0.0.1:{self.opened.port}", *words[-1].split()],
                              capture_output=True, text=True, timeout=km.HANGS,
                              env={**os.environ, "HOME": str(self.home), "XDG_CONFIG_HOME": "", **more})
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr


# Shows: operator.remote.
def test_a_page_that_is_known(users, tmp_path):
    """It is known by its fingerprint, which is given once; another certificate gets nothing."""
    with page(users) as opened:
        client = Client(tmp_path, opened)
        assert "isn't known yet" in client.run("list", status=1)
        other = opened.mark[:-1] + ("0" if opened.mark[-1] != "0" else "1")
        said = client.run("--fingerprint", other, "list", status=1)
        assert "another certificate" in said and opened.mark in said and "nothing was sent" in said
        assert not (tmp_path / ".config").exists()
        listed = client.run("--fingerprint", opened.mark.lower(), "list").splitlines()
        assert [line.split()[:3] for line in listed] == [["name", "state", "starts"], ["linux", "running", "1"], ["rt", "running", "1"]]
        assert client.run("restart rt") == "restart rt: it is done\n"
        assert client.run("list", password=False, KUMIKI_PASSWORD=PASSWORD).splitlines() == listed
        assert client.run("--core", "1", "give rt").endswith("it is done\n")
        assert [act.split()[0] for act in opened.hub.acts] == ["restart", "give"]
        known = tmp_path / ".config/kumiki/known-pages"
        assert known.read_text() == f"127.0.0.1:{opened.port} {opened.mark}\n"
        known.write_text(f"127.0.0.1:{opened.port} {other}\n")
        assert "another certificate" in client.run("restart rt", status=1)
        assert len(opened.hub.acts) == 2


def test_what_is_refused(users, tmp_path):
    """By the page, in its words; and before, what can't be."""
    with page(users) as opened:
        client = Client(tmp_path, opened)
        client.run("--fingerprint", opened.mark, "list")
        assert "needs the role 'operate'" in client.run("restart rt", user="see", status=1)
        assert "there is no such system" in client.run("restart nobody", status=1)
        assert "is wrong" in client.run("list", password=False, KUMIKI_PASSWORD="no", status=1)
        assert "whose password" in client.run("list", password=False, status=1)
        (tmp_path / "password").chmod(0o644)
        assert "others may read" in client.run("list", status=1)
        assert not opened.hub.acts
        for words, why in ((["gdb linux"], "log in to the machine's host"), (["list rt"], "no further word"),
                           (["stop"], "which system"), (["give rt"], "give needs"), (["--off", "start rt"], "--off is"),
                           (["--core", "x", "give rt"], "--core is"), (["--fingerprint", "A8:F7", "list"], "a fingerprint is")):
            assert why in client.run(*words, status=2)
        assert "as whom" in client.run("list", user=None, status=2)


@pytest.mark.parametrize("host", ["", "a/b", "user@host", "https://host", "[::1"])
def test_what_is_no_host(host):
    done = subprocess.run([km.KUMIKI, "remote", "--user", "anna", host, "list"], capture_output=True, text=True, timeout=km.HANGS)
    assert done.returncode == 2 and "HOST:PORT" in done.stderr
