"""The real panel behind the real nginx, and browsers with certificates in front of both."""

import ssl
import subprocess

import httpx

from tests.processes.front import BOARD, SECRET, Front
from tests.processes.servers import ANSWER, ROOT, START, Answer, Server, Visitor, environment, flask, free_port


class Behind(Server):
    """`flask serve` that greets with the front's address."""

    @property
    def url(self):
        return self.environ["BASE_URL"]

    @property
    def direct(self):
        return f"http://127.0.0.1:{self.port}"

    def get(self, path, headers=()):
        """Past the front."""
        return httpx.get(self.direct + path, headers=list(headers), trust_env=False, timeout=START)


class PanelBehind:
    """Panel and front; `settings` are those of the panel."""

    def __init__(self, certs, folder, **settings):
        port = free_port()
        self.front = Front(certs, port, portal=settings.pop("portal"))
        self.settings = {
            "INSTANCE_DIR": str(folder), "CLIENT_CERT": "required", "FRONT_SECRET": SECRET, "PORT": str(port),
            "BASE_URL": self.front.origin(self.front.portal), "BOARD_BASE_URL": self.front.origin(BOARD),
        } | settings  # fmt: skip
        self.server = Behind(environment(**self.settings))
        self.visitors = []

    def start(self):
        self.server.start()
        self.front.start()
        return self

    def stop(self):
        while self.visitors:
            self.visitors.pop().close()
        if self.server.process is not None:
            self.server.kill()
        self.front.stop()

    def register(self, operator, client):
        """flask certificate add"""
        path = self.front.certs / f"clients/{client}.crt"
        command = flask("certificate", "add", operator, str(path))
        done = subprocess.run(command, cwd=ROOT, env=self.server.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def visitor(self, client, host=None):
        self.visitors.append(FrontVisitor(self.front, client, host or self.front.portal))
        return self.visitors[-1]


class FrontVisitor(Visitor):
    """A browser with a certificate of tools/certs.py, or None."""

    def __init__(self, front, client, host, cookies=None):
        context = ssl.create_default_context(cafile=front.certs / "chain.crt")
        if client is not None:
            context.load_cert_chain(front.certs / f"clients/{client}.crt", front.certs / f"clients/{client}.key")
        self.front, self.host = front, host
        self.client = httpx.Client(
            base_url=front.origin(host),
            cookies=cookies,
            timeout=ANSWER,
            trust_env=False,
            transport=_ToLoopback(context),
        )

    def taken_to(self, client):
        """The same cookies in a browser with another certificate."""
        return FrontVisitor(self.front, client, self.host, httpx.Cookies(self.client.cookies))

    def get(self, path, query_string=None):
        return Answer(self.client.get(path, params=query_string))


class _ToLoopback(httpx.BaseTransport):
    """Names that no DNS knows lead to this machine."""

    def __init__(self, context):
        self.inner = httpx.HTTPTransport(verify=context)

    def handle_request(self, request):
        request.extensions["sni_hostname"] = request.url.host
        target = request.url.copy_with(host="127.0.0.1")
        return self.inner.handle_request(
            httpx.Request(
                request.method, target, headers=request.headers, stream=request.stream, extensions=request.extensions
            )
        )

    def close(self):
        self.inner.close()
