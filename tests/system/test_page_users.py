"""The page for more than one person and from another host: users, roles, sessions and TLS. The machine is a recorded one."""

import http.client
import json
import os
import re
import socket
import ssl
import subprocess
from contextlib import ExitStack, contextmanager

import pexpect
import pytest

import kumiki_machine as km
import sessions
from fake_hub import FakeHub
from test_page import API, described, fits

ROLES = ("see", "operate", "change")
PASSWORD = "correct-horse-battery"
MARK = r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}"
CONNECTIONS = 200
ACTS = {act: {"act": act, "system": "linux"} for act in ("start", "stop", "suspend", "resume", "restart")}
ACTS["give"] = {"act": "give", "core": 1, "system": "linux"}
ACTS["stop off"] = {"act": "stop", "system": "linux", "off": True}
LEAST = {**dict.fromkeys(ACTS, "operate"), "stop off": "change"}


def user(*words, password=None, status=0):
    """`kumiki user`; what it says."""
    done = subprocess.run([km.KUMIKI, "user", *words], input=password and f"{password}\n", capture_output=True, text=True,
                          timeout=km.HANGS)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(name="users", scope="module")
def three_users(tmp_path_factory):
    """A file with a user for each role, who has the role's name."""
    path = tmp_path_factory.mktemp("users") / "users"
    for role in ROLES:
        user("add", path, role, role, password=PASSWORD)
    return path


class Page:
    """A client of a page with users."""

    def __init__(self, process, errors):
        self.process, self.errors = process, errors
        said = re.fullmatch(rf"page: https://(\S+):(\d+)/\ncertificate: SHA-256 ({MARK})\n",
                            process.stdout.readline() + process.stdout.readline())
        self.host, self.port, self.mark = said[1], int(said[2]), said[3]

    def context(self):
        """As a client whose user has compared the fingerprint."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=ssl.get_server_certificate(("127.0.0.1", self.port)))
        return context

    def request(self, method, path, body=None, **headers):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=km.HANGS, context=self.context())
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body, headers)
        return connection.getresponse()

    def ask(self, method, path, status, body=None, **headers):
        """The content of an answer, which has this status and is as described."""
        answer = self.request(method, path, body, **headers)
        text = answer.read().decode()
        assert answer.status == status, text
        content = json.loads(text)
        for one in described(method, path, status)["content"].values():
            fits(content, one["schema"])
        return content

    def log_in(self, name, password=PASSWORD, status=200):
        return self.ask("POST", "/api/session", status, json.dumps({"user": name, "password": password, "bearer": True}))

    def try_in(self, name):
        """Status and sentence of a log-in with a wrong password."""
        answer = self.request("POST", "/api/session", json.dumps({"user": name, "password": "wrong"}))
        return answer.status, json.loads(answer.read())["error"]

    def bearer(self, name):
        return {"Authorization": f"Bearer {self.log_in(name)['token']}"}

    def says(self, pattern):
        """A line of the log, sooner or later."""
        for line in self.errors:
            if re.search(pattern, line):
                return line
        raise AssertionError(pattern)


@contextmanager
def page(users, *options, look=False, folder=None):
    """`kumiki page --users` at a free port, beside a recorded machine."""
    link = (folder or users.parent) / f"link-{os.urandom(4).hex()}"
    with FakeHub(link, look) as hub, \
            subprocess.Popen([*km.MORTAL, km.KUMIKI, "page", "--users", users, *(options or ("--at", "127.0.0.1:0")), link],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            made = Page(process, process.stderr)
            made.hub = hub
            yield made
        finally:
            process.terminate()


def refused(*options, users):
    """What `kumiki page` says that doesn't start."""
    done = subprocess.run([km.KUMIKI, "page", "--users", users, *options, "/nothing"], capture_output=True, text=True,
                          timeout=km.HANGS)
    assert done.returncode != 0 and done.stdout == ""
    return done.stderr


def stream(opened, **headers):
    """A stream of events, which has told that the page knows the machine."""
    events = opened.request("GET", "/api/events", **headers)
    assert events.status == 200
    while b'"list":' not in (line := events.readline()):
        assert line
    return events


def known(opened, **headers):
    stream(opened, **headers).close()


def ends(events):
    """The stream's session has ended."""
    while events.readline():
        pass


# ---- who may what ----

ASKED = {"/api/series": 400}  # it needs parameters


# Shows: operator.page-roles.
def test_each_route_and_each_role(users):
    """Each address of the API's description, with no session and with each role: one with less than it needs gets nothing, and
    the machine hears nothing."""
    with page(users) as opened:
        routes = [(method.upper(), path.replace("{name}", "linux"), way["x-role"])
                  for path, ways in API["paths"].items() for method, way in ways.items() if path != "/api/session"]
        assert len(routes) >= 6
        for method, path, _ in routes:
            opened.ask(method, path, 401, "{}" if method == "POST" else None)
        for role in ROLES:
            shown = opened.bearer(role)
            known(opened, **shown)
            for method, path, least in routes:
                may = ROLES.index(role) >= ROLES.index(least)
                if method == "GET":
                    if path != "/api/events":
                        assert opened.request(method, path, **shown).status == (ASKED.get(path, 200) if may else 403)
                else:
                    opened.ask(method, path, 400 if may else 403, "{}", **shown)
        assert not opened.hub.acts


# Shows: operator.page-roles.
@pytest.mark.parametrize("role", ROLES)
def test_each_act_and_each_role(users, role):
    """An act is done by a role that may do it, and is told with who did it."""
    with page(users) as opened:
        shown = opened.bearer(role)
        session = opened.ask("GET", "/api/session", 200, **shown)
        assert session["user"] == session["role"] == role
        assert set(session["acts"]) == {act for act in ACTS if " " not in act and ROLES.index(role) >= ROLES.index(LEAST[act])}
        known(opened, **shown)
        for act, body in ACTS.items():
            may = ROLES.index(role) >= ROLES.index(LEAST[act])
            opened.ask("POST", "/api/acts", 200 if may else 403, json.dumps(body), **shown)
            if may:
                opened.says(rf"^kumiki-keeper: {role} at 127\.0\.0\.1: {act.split()[0]} .*linux: done: .*it is done$")
            else:
                opened.says(rf"^kumiki-keeper: {role} at 127\.0\.0\.1: refused at /api/acts: .*'{role}'")
        allowed = [act for act in ACTS if ROLES.index(role) >= ROLES.index(LEAST[act])]
        assert len(opened.hub.acts) == len(allowed)


# Shows: operator.page-roles.
def test_a_link_that_lets_only_look(users):
    """What the link doesn't allow, no role does."""
    with page(users, look=True) as opened:
        shown = opened.bearer("change")
        known(opened, **shown)
        assert opened.ask("GET", "/api/state", 200, **shown)["acts"] == []
        opened.ask("POST", "/api/acts", 403, json.dumps(ACTS["stop"]), **shown)
        assert not opened.hub.acts


# ---- sessions ----

# Shows: operator.page-sessions.
def test_a_browsers_session(users):
    """The cookie is the browser's alone, an act with it is an event with who did it, and log-out ends it, and its stream."""
    with page(users) as opened:
        answer = opened.request("POST", "/api/session", json.dumps({"user": "operate", "password": PASSWORD}))
        cookie = answer.headers["Set-Cookie"]
        assert answer.status == 200 and "token" not in json.loads(answer.read())
        assert re.fullmatch(r"__Host-kumiki=[0-9a-f]{32}; Path=/; Secure; HttpOnly; SameSite=Strict", cookie)
        shown = {"Cookie": cookie.partition(";")[0], "Origin": f"https://127.0.0.1:{opened.port}",
                 "Host": f"127.0.0.1:{opened.port}"}
        events = stream(opened, **shown)
        opened.ask("POST", "/api/acts", 200, json.dumps(ACTS["restart"]), **shown)
        while not (line := events.readline()).startswith(b'data: {"act"'):
            assert line
        assert json.loads(line[6:])["who"] == "operate"
        other = {**shown, "Origin": "https://evil.example"}
        opened.ask("POST", "/api/acts", 403, json.dumps(ACTS["stop"]), **other)
        opened.ask("GET", "/api/state", 421, **{**shown, "Host": "evil.example"})
        assert opened.ask("DELETE", "/api/session", 200, **shown)["words"] == "logged out"
        ends(events)
        opened.ask("GET", "/api/state", 401, **shown)
        opened.says("operate at 127.0.0.1: logged in")
        opened.says("operate at 127.0.0.1: logged out")
        assert opened.hub.acts == ["restart linux"]


# Shows: operator.page-sessions.
def test_a_user_is_taken_away(users, tmp_path):
    """A page that runs takes over what `kumiki user` changes: a role, a password, and that a user has gone."""
    own = tmp_path / "users"
    own.write_bytes(users.read_bytes())
    own.chmod(0o600)
    with page(own) as opened:
        see, operate, change = (opened.bearer(role) for role in ROLES)
        streams = [stream(opened, **shown) for shown in (operate, change)]
        user("role", own, "see", "change")
        user("password", own, "operate", password="another-password")
        user("remove", own, "change")
        for events in streams:
            ends(events)
        for shown in (operate, change):
            opened.ask("GET", "/api/state", 401, **shown)
        assert opened.ask("GET", "/api/session", 200, **see)["role"] == "change"
        opened.log_in("change", status=401)
        opened.log_in("operate", status=401)
        opened.log_in("operate", "another-password")
        own.write_text("see see\n")
        opened.says(rf"^{own}:1: error: a line has a name, a role and a hash")
        opened.ask("GET", "/api/session", 200, **see)


# Shows: operator.page-tries.
def test_tries_are_bounded(users):
    """After five wrong passwords for a name, known or not, there are pauses, and other users come in."""
    with page(users) as opened:
        for name in ("see", "nobody"):
            for _ in range(5):
                assert opened.try_in(name) == (401, "the name or the password is wrong")
                opened.says(f"somebody at 127.0.0.1: failed to log in as '{name}'")
            later = dict(opened.try_in(name) for _ in range(6))  # on a slow host, some come behind their pauses
            assert "too many tries" in later[429]
        opened.log_in("operate")
        for body in ("", "{", "[]", '{"user": "see"}', '{"user": 1, "password": "a"}', '{"user": "a", "password": "b", "c": 1}',
                     json.dumps({"user": "see", "password": "x" * 200}), json.dumps({"user": "x" * 40, "password": "x"})):
            opened.ask("POST", "/api/session", 400, body)
        opened.ask("POST", "/api/session", 413, " " * 2000)
        opened.ask("POST", "/api/session", 415, "{}", Content_Type="text/plain")


# ---- TLS ----

# Shows: operator.page-tls.
def test_the_key_is_made_once(users, tmp_path):
    """The first start makes key and certificate, which only their owner reads, and each start prints the same fingerprint."""
    folder = tmp_path / "tls"
    folder.mkdir()
    marks = set()
    for _ in range(2):
        with page(users, "--tls", folder, "--at", "127.0.0.1:0") as opened:
            marks.add(opened.mark)
            with socket.create_connection(("127.0.0.1", opened.port), km.HANGS) as plain, \
                    opened.context().wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                assert secure.version() == "TLSv1.3"
    assert len(marks) == 1
    assert [path.name for path in folder.iterdir()] == ["page.pem"]
    assert (folder / "page.pem").stat().st_mode & 0o777 == 0o600
    shown = subprocess.run(["openssl", "x509", "-in", folder / "page.pem", "-noout", "-fingerprint", "-sha256"], check=True,
                           capture_output=True, text=True).stdout
    assert shown.strip().endswith(marks.pop())
    (folder / "page.pem").chmod(0o640)
    assert f"{folder}/page.pem: error: others may read" in refused("--tls", folder, users=users)


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=km.HANGS)


def own(folder, name, *more):
    """A key and a certificate of the user's own."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=page.example",
            "-addext", "subjectAltName=DNS:page.example", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt",
            *more)
    return folder / f"{name}.crt", folder / f"{name}.key"


# Shows: operator.page-tls.
@pytest.mark.parametrize("at, host, family", [("[::1]:0", "[::1]", socket.AF_INET6), ("[::]:0", socket.gethostname(), socket.AF_INET),
                                              ("0.0.0.0:0", socket.gethostname(), socket.AF_INET)])
def test_addresses(users, at, host, family):
    """The page is where `--at` says. The log has a client's address as it is, also where IPv6's form of it comes in."""
    with page(users, "--at", at) as opened, socket.socket(family) as plain:
        assert opened.host == host
        plain.connect(("::1" if family == socket.AF_INET6 else "127.0.0.1", opened.port))
        with ssl._create_unverified_context().wrap_socket(plain) as secure:
            body = json.dumps({"user": "see", "password": "wrong"})
            secure.sendall(f"POST /api/session HTTP/1.1\r\nHost: {host}:{opened.port}\r\nConnection: close\r\n"
                           f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            assert secure.recv(64).startswith(b"HTTP/1.1 401 ")
        opened.says("^kumiki-keeper: somebody at (::1|127.0.0.1): failed to log in as 'see'$")


# Shows: operator.page-tls.
def test_a_certificate_of_ones_own(users, tmp_path):
    """It is taken, with its name, and refused in words if it is expired, broken, or another key's."""
    certificate, key = own(tmp_path, "good")
    _, other = own(tmp_path, "other")
    with page(users, "--certificate", certificate, "--key", key) as opened:
        context = opened.context()
        with socket.create_connection(("127.0.0.1", opened.port), km.HANGS) as plain, \
                context.wrap_socket(plain, server_hostname="page.example") as secure:
            secure.sendall(b"GET / HTTP/1.1\r\nHost: page.example\r\nConnection: close\r\n\r\n")
            assert secure.recv(64).startswith(b"HTTP/1.1 200 ")
    assert "the key isn't the certificate's" in refused("--certificate", certificate, "--key", other, users=users)
    assert "no certificate (PEM)" in refused("--certificate", key, "--key", key, users=users)
    assert f"{key}x: error: No such file" in refused("--certificate", certificate, "--key", f"{key}x", users=users)
    old = tmp_path / "old.crt"
    openssl("x509", "-in", certificate, "-signkey", key, "-days", "-1", "-out", old)
    assert "the certificate's time is over" in refused("--certificate", old, "--key", key, users=users)


def signed(folder, authority, name, *more, purpose="clientAuth"):
    """A client's certificate, which names a user."""
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout",
            folder / "client.key", "-out", folder / "client.csr")
    (folder / "client.ext").write_text(f"extendedKeyUsage={purpose}\n")
    openssl("x509", "-req", "-in", folder / "client.csr", "-CA", authority[0], "-CAkey", authority[1], "-CAcreateserial",
            "-extfile", folder / "client.ext", "-out", folder / "client.crt", *more)
    return folder / "client.crt", folder / "client.key"


# Shows: operator.page-roles, operator.page-tls.
def test_certificates_of_clients(users, tmp_path):
    """A certificate lets the user in whom it names, if an authority that the page knows vouches for it."""
    authority, other = own(tmp_path, "authority"), own(tmp_path, "other")
    assert "no certificate (PEM)" in refused("--clients", authority[1], users=users)
    with page(users, "--at", "127.0.0.1:0", "--clients", authority[0]) as opened:
        def state(files, path="/api/session", body=None):
            context = opened.context()
            if files:
                context.load_cert_chain(*files)
            connection = http.client.HTTPSConnection("127.0.0.1", opened.port, timeout=km.HANGS, context=context)
            connection.request("POST" if body else "GET", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        assert state(None)[0] == 401
        status, content = state(signed(tmp_path, authority, "see"))
        assert (status, content["user"], content["role"]) == (200, "see", "see")
        assert state((tmp_path / "client.crt", tmp_path / "client.key"), "/api/acts", json.dumps(ACTS["stop"]))[0] == 403
        assert state(signed(tmp_path, authority, "operate"), "/api/acts", "{}")[0] == 400
        for wrong in (("nobody",), ("see" * 20,), ("see", "-days", "-1")):
            assert state(signed(tmp_path, authority, *wrong))[0] == 401
        assert state(signed(tmp_path, authority, "see", purpose="serverAuth"))[0] == 401
        assert state(signed(tmp_path, other, "see"))[0] == 401
        opened.log_in("see")


# Shows: operator.page-tls.
def test_wrong_tls(users):
    """HTTP without TLS, old TLS and noise at the port are answered with nothing of the page."""
    with page(users) as opened:
        for noise in (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", bytes(range(256)), b"\x16\x03\x01\xff\xff" + bytes(512)):
            with socket.create_connection(("127.0.0.1", opened.port), km.HANGS) as plain:
                heard = b""
                try:
                    plain.sendall(noise)
                    while piece := plain.recv(4096):
                        heard += piece
                except ConnectionError:
                    pass
                assert b"HTTP" not in heard and b"Kumiki" not in heard
        for version, good in {"-tls1": False, "-tls1_1": False, "-tls1_2": True, "-tls1_3": True}.items():
            done = subprocess.run(["openssl", "s_client", version, "-cipher", "DEFAULT:@SECLEVEL=0", "-connect",
                                   f"127.0.0.1:{opened.port}"], input="", capture_output=True, text=True, timeout=km.HANGS)
            assert (done.returncode == 0) == good, (version, done.stderr)
        opened.log_in("see")


# Shows: operator.page-tls.
def test_a_flood_at_the_tls_port(users):
    """Connections that say nothing, and handshakes that stop, keep no user out."""
    with page(users) as opened, ExitStack() as flood:
        shown = opened.bearer("see")
        for number in range(CONNECTIONS):
            stranger = flood.enter_context(socket.create_connection(("127.0.0.1", opened.port), km.HANGS))
            if number % 2:
                stranger.sendall(b"\x16\x03\x01\x02\x00\x01")
            if number % 20 == 0:
                opened.ask("GET", "/api/session", 200, **shown)
        opened.log_in("operate")


# ---- the users' file, and the command's words ----

# Shows: operator.page-users.
def test_the_users_file(tmp_path):
    """Each mistake is told with its line, and a file that others can read isn't taken."""
    path = tmp_path / "users"
    assert "No such file" in refused(users=path)
    user("add", path, "anna", "see", password=PASSWORD)
    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text()
    good = path.read_text()
    path.write_text(f"# who\n\nanna see\nb/c see {good.split()[2]}\nben look {good.split()[2]}\n{good}{good}eva see $6$a$b\n")
    said = refused(users=path)
    assert [line.split(": ")[0] for line in said.splitlines()] == [f"{path}:{line}" for line in (3, 4, 5, 7, 8)]
    path.write_text(f"# who\n{good}")
    path.chmod(0o640)
    assert f"{path}: error: others may read or write it" in refused(users=path)
    assert "others may read" in user("list", path, status=1)
    path.chmod(0o600)
    user("add", path, "ben", "change", password=PASSWORD)
    assert user("list", path) == "anna see\nben change\n"
    assert path.read_text().startswith("# who\nanna see ")
    assert "already" in user("add", path, "ben", "see", password=PASSWORD, status=1)
    assert "no such user" in user("remove", path, "eva", status=1)
    assert "10 to 128 bytes" in user("password", path, "ben", password="short", status=1)
    user("role", path, "ben", "root", status=2)
    user("remove", path, "ben")
    user("remove", path, "anna")
    assert path.read_text() == "# who\n"
    assert "it has no user" in refused(users=path)


# Shows: operator.page-users.
def test_a_password_is_typed(tmp_path):
    """A terminal shows nothing of it, and shows again what is typed when the command is over or broken off."""
    path = tmp_path / "users"
    for second, broken in (("another one", False), ("", True), (PASSWORD, False)):
        with sessions.terminal("sh", ["-c", f"trap : INT; {km.KUMIKI} user add {path} anna see; stty -a"], km.HANGS) as session:
            session.expect("Password: ")
            session.sendline(PASSWORD)
            session.expect("The same again: ")
            if broken:
                session.sendintr()
            else:
                session.sendline(second)
            session.expect(r"[ \n]echo ")
            assert PASSWORD not in session.before and (broken or ("differ" in session.before) == (second != PASSWORD))
            session.expect(pexpect.EOF)
        assert path.exists() == (second == PASSWORD)
    assert user("list", path) == "anna see\n"


# Shows: operator.page-users.
@pytest.mark.parametrize("options, words", [
    (["--at", "0.0.0.0:1"], "only a page with users"), (["--tls", "x"], "only a page with users"),
    (["--users", "u", "--at", "host:1"], "--at is"), (["--users", "u", "--at", "1.2.3.4"], "--at is"),
    (["--users", "u", "--at", "[::1:1"], "--at is"),
    (["--users", "u", "--at", "::1:1"], "--at is"), (["--users", "u", "--at", "[::1]"], "--at is"),
    (["--users", "u", "--at", "[]:1"], "--at is"), (["--users", "u", "--at", ":1"], "--at is"),
    (["--users", "u", "--at", "1.2.3.4:65536"], "--at is"), (["--users", "u", "--at", "1.2.3.4:1", "--port", "1"], "leave --port out"),
    (["--users", "u", "--key", "x"], "--key needs"), (["--users", "u", "--tls", "x", "--certificate", "y"], "either"),
    (["--users", "u", "--user", "x"], ""), (["--port", "65536"], "--port is from")])
def test_wrong_words(options, words):
    """Another host gets in by users alone, and what doesn't fit together is refused."""
    done = subprocess.run([km.KUMIKI, "page", *options, "/nothing"], capture_output=True, text=True, timeout=km.HANGS)
    assert done.returncode != 0 and re.search(words, done.stderr), done.stderr
