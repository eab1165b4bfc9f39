"""Real `flask serve` processes, and browsers that talk to them over HTTP."""

import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.pages import Page

ROOT = Path(__file__).parents[2]
START = 60  # seconds until a server must have said where it listens
ANSWER = 180  # seconds until an answer must be there, however many hashes stand in front of it
PORTS = 5  # how often another port is tried when somebody else took the free one


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def flask(*arguments):
    return [sys.executable, "-m", "flask", *arguments]


def environment(**settings):
    """Nothing of the machine's own settings reaches a process under test."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"} | settings


class Server:
    """One `flask serve`. Its output is read all the time; it says by itself when it is ready."""

    def __init__(self, environ, command=None):
        self.environ, self.command = environ, command or flask("serve")
        self.lines = []
        self.process = None

    def start(self):
        for _ in range(PORTS):
            self.port = int(self.environ.get("PORT") or free_port())
            if self._launch():
                assert self.get("/healthz").status_code == 200
                return self
            if "in use already" not in self.output or "PORT" in self.environ:
                break
        raise AssertionError(f"the server did not start\n{self.output}")

    def _launch(self):
        ready = threading.Event()
        begin = len(self.lines)
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environ | {"PORT": str(self.port)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.reader = threading.Thread(target=self._read, args=(self.process.stdout, ready))
        self.reader.start()
        ready.wait(START)
        return any(self.url in line for line in self.lines[begin:])

    def _read(self, stream, ready):
        with stream:
            for line in stream:
                self.lines.append(line)
                if self.url in line:
                    ready.set()
        ready.set()  # it has ended

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self):
        return "".join(self.lines)

    def get(self, path):
        return httpx.get(self.url + path, trust_env=False, timeout=START)

    def end(self, number=signal.SIGTERM):
        """Send a signal; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(START)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.reader.join(START)
        return code

    def kill(self):
        return self.end(signal.SIGKILL)


class Worker(Server):
    """`flask worker`. It says nothing when it starts, so nobody waits for words."""

    def __init__(self, environ):
        super().__init__(environ, flask("worker"))
        self.port = 0

    def start(self):
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        )  # fmt: skip
        self.reader = threading.Thread(target=self._read, args=(self.process.stdout, threading.Event()))
        self.reader.start()
        return self


class Answer:
    """An httpx response with the names tests.pages asks for."""

    def __init__(self, response):
        self.status_code, self.headers, self.text = response.status_code, response.headers, response.text
        self.request = self
        self.path = response.request.url.path
        self.full_path = response.request.url.raw_path.decode()

    def get_data(self, as_text):
        return self.text


class Visitor:
    """A browser at one server. Cookies know no ports, so a twin carries them to another server."""

    def __init__(self, server, cookies=None):
        self.server = server
        self.client = httpx.Client(base_url=server.url, cookies=cookies, timeout=ANSWER, trust_env=False, verify=False)

    def twin(self, server):
        return Visitor(server, httpx.Cookies(self.client.cookies))

    def get(self, path, query_string=None):
        return Answer(self.client.get(path, params=query_string))

    def post(self, path, data):
        return Answer(self.client.post(path, data=data))

    def page(self, path):
        return Page(self, self.get(path))

    def sign_in_later(self, login_id, password):
        """Open ログイン画面 and type; the returned function presses [ログイン]."""
        method, path, data = self.page("/login").data_of("ログイン", ユーザID=login_id, パスワード=password)
        assert method == "post"
        return lambda: self.post(path, data)

    def sign_in(self, account, password):
        answer = self.sign_in_later(account.login_id, password)()
        assert answer.status_code == 302, answer.text
        return self

    def close(self):
        self.client.close()


def at_once(calls):
    """Run all the calls in threads that start together; their results in order."""
    barrier = threading.Barrier(len(calls))

    def run(call):
        barrier.wait(START)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
