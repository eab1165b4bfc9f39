"""The real nginx with the configuration of deploy/nginx/, and curl in front of it."""

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.processes.servers import ROOT, START, environment, free_port
from tools import front as tool

PORTAL, BOARD = "portal.test", "board.test"
SECRET = "front-secret-of-the-tests-0123456789abcdef"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]  # lower-case names, in order
    body: bytes

    def all(self, name):
        return [value for key, value in self.headers if key == name.lower()]

    @property
    def text(self):
        return self.body.decode("utf-8")


class Echo:
    """tests/processes/echo_entry.py in a process of its own."""

    def __init__(self):
        self.port = free_port()

    def start(self):
        command = [sys.executable, "-m", "tests.processes.echo_entry", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL)
        transport = httpx.HTTPTransport(retries=10)  # its back-off is the wait for the port
        with httpx.Client(transport=transport, trust_env=False, timeout=START) as client:
            client.get(f"http://127.0.0.1:{self.port}/echo-count")
        return self

    @property
    def count(self):
        return int(httpx.get(f"http://127.0.0.1:{self.port}/echo-count", trust_env=False).text)

    def stop(self):
        self.process.terminate()
        self.process.wait(START)


class Front:
    """One nginx. Its folder is readable for the worker's user, which pytest's tmp_path is not."""

    def __init__(self, certs, upstream_port, adjust=lambda folder: None, portal=PORTAL):
        self.certs, self.port, self.portal = certs, free_port(), portal
        self.folder = Path(tempfile.mkdtemp(prefix="panel-front-"))
        self.folder.chmod(0o755)
        settings = {
            "BASE_URL": self.origin(portal), "BOARD_BASE_URL": self.origin(BOARD), "FRONT_SECRET": SECRET,
            "FRONT_CERTS": str(certs), "FRONT_LISTEN": f"127.0.0.1:{self.port}", "PORT": str(upstream_port),
        }  # fmt: skip
        tool.render(self.folder, settings)
        adjust(self.folder)

    def origin(self, host):
        return f"https://{host}:{self.port}"

    def nginx(self, *arguments):
        where = ["-p", f"{self.folder}/", "-c", f"{self.folder}/nginx.conf", "-e", f"{self.folder}/logs/error.log"]
        done = subprocess.run([NGINX, *where, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self):
        self.nginx()  # comes back when it listens
        self.master = int((self.folder / "run/nginx.pid").read_text())
        return self

    def reload(self):
        """Until the workers of before are gone."""
        workers = Path(f"/proc/{self.master}/task/{self.master}/children").read_text().split()
        ending = [os.pidfd_open(int(worker)) for worker in workers]
        os.kill(self.master, signal.SIGHUP)
        wait_for(ending)

    def stop(self):
        ending = os.pidfd_open(self.master)
        os.kill(self.master, signal.SIGTERM)
        wait_for([ending])
        shutil.rmtree(self.folder)

    def call(self, path="/", *, host=PORTAL, client="operator-0001", headers=(), options=(), scheme="https"):
        """What curl gets. `client` names a certificate of tools/certs.py, None is none."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            command = ["curl", "-sS", "--noproxy", "*", "--path-as-is", "--max-time", "30"]
            command += ["-D", folder / "headers", "-o", folder / "body", "--cacert", self.certs / "chain.crt"]
            for known in (PORTAL, BOARD):
                command += ["--resolve", f"{known}:{self.port}:127.0.0.1"]
            if client is not None:
                command += [
                    "--cert",
                    self.certs / f"clients/{client}.crt",
                    "--key",
                    self.certs / f"clients/{client}.key",
                ]
            for header in ("Expect:", *headers):
                command += ["-H", header]
            (folder / "body").touch()
            done = subprocess.run(
                [*command, *options, f"{scheme}://{host}:{self.port}{path}"],
                env=environment(), capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                raise ConnectionError(done.stderr)
            return _answer((folder / "headers").read_text("utf-8"), (folder / "body").read_bytes())

    def log(self):
        """The lines of the access log."""
        return (self.folder / "logs/access.log").read_text("utf-8").splitlines()


def wait_for(processes):
    """Until these have ended (file descriptors of pidfd_open)."""
    for each in processes:
        ended, _, _ = select.select([each], [], [], START)
        os.close(each)
        assert ended, "a process of nginx did not end"


def _answer(head, body):
    blocks = [block.splitlines() for block in head.replace("\r", "").strip().split("\n\n")]
    first, *lines = blocks[-1]
    pairs = [line.split(":", 1) for line in lines]
    return Answer(int(first.split()[1]), [(name.lower(), value.strip()) for name, value in pairs], body)


class Deaf:
    """Stands where the application stands, takes one connection and says `words`; None: nothing, for ever."""

    def __init__(self, words):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.words = words

    def while_answering(self, call):
        """What `call` returns."""
        thread = threading.Thread(target=self._answer)
        thread.start()
        try:
            return call()
        finally:
            thread.join(START)
            self.socket.close()

    def _answer(self):
        connection, _ = self.socket.accept()
        with connection:
            connection.recv(65536)
            if self.words is None:
                connection.recv(1)  # until nginx hangs up
            else:
                connection.sendall(self.words)
