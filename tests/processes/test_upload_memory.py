"""A file of 20 MiB goes in and out of a real server in pieces; one cut at half leaves nothing (R-062, R-067)."""

import hashlib
import socket

import pytest
from sqlalchemy import text

from models import db
from tests import corpus, trial
from tests.factories import PASSWORD
from tests.processes.conftest import Panel
from tests.processes.servers import Server, environment, flask
from tests.processes.test_memory import peak

pytestmark = pytest.mark.processes

ALLOWED = 30 * 1024  # KiB
MIB = 1024 * 1024
LARGE = corpus.MADE["text of 20 MiB"]()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request, servers, tmp_path_factory):
    database = servers(request.param)
    folder = tmp_path_factory.mktemp(f"uploads-{request.param}")
    url = database.fresh(folder)
    panel = Panel(folder, url, number=1)
    command = flask("--app", "tests.processes.trial_entry", "serve")
    panel.servers = [Server(environment(**panel.settings), command)]
    try:
        panel.servers[0].start()
        yield panel
    finally:
        panel.servers[0].end()
        with panel.app.app_context():
            db.engine.dispose()
        database.drop(url)


@pytest.fixture
def visitor(panel, market_admin):
    return panel.visitor().sign_in(market_admin(), PASSWORD)


def form(visitor):
    _, _, data = visitor.page(f"{trial.PATH}/new/").data_of("添付")
    del data["files-upload"]
    return data


def uploaded(visitor, content):
    file = {"files-upload": ("大.txt", content, "text/plain")}
    answer = visitor.client.post(
        f"{trial.PATH}/new/", data=form(visitor), files=file, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["address"]


def digest(visitor, address):
    found, length = hashlib.sha256(), 0
    with visitor.client.stream("GET", address) as answer:
        assert answer.status_code == 200
        for block in answer.iter_bytes():
            found.update(block)
            length += len(block)
        assert answer.headers["Content-Length"] == str(length)
    return found.hexdigest()


def test_20_mib_up_and_down_cost_at_most_30_mib_more_than_a_small_file(panel, visitor):
    web = panel.servers[0].process
    assert len(LARGE) == 20 * MIB
    digest(visitor, uploaded(visitor, b"a" * 1000))
    before = peak(web)

    address = uploaded(visitor, LARGE)
    after_upload = peak(web)
    assert digest(visitor, address) == hashlib.sha256(LARGE).hexdigest()

    after = peak(web)
    print(f"{before} KiB before, {after_upload} KiB after 20 MiB up, {after} KiB after 20 MiB down")
    assert after - before <= ALLOWED


def test_60_mib_are_told_beside_the_field_and_cost_no_memory_either(panel, visitor):
    web = panel.servers[0].process
    digest(visitor, uploaded(visitor, b"a" * 1000))
    before = peak(web)
    data = form(visitor) | {"title": "まだ途中"}
    answer = visitor.client.post(f"{trial.PATH}/new/", data=data, files={"files-upload": ("大.txt", LARGE * 3)})
    assert answer.status_code == 200
    assert "error.F01.00004 : " in answer.text
    assert 'value="まだ途中"' in answer.text
    assert peak(web) - before <= ALLOWED


@pytest.mark.parametrize("made", ["xlsx that unpacks to 201 MiB", "xlsx that declares 1 KiB and unpacks to 201 MiB"])
def test_a_bomb_costs_no_memory_either(panel, visitor, made):
    web = panel.servers[0].process
    before = peak(web)
    file = {"files-upload": ("爆.xlsx", corpus.MADE[made]())}
    answer = visitor.client.post(
        f"{trial.PATH}/new/", data=form(visitor), files=file, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["error"][:15]) == (422, "error.F01.00009")
    assert peak(web) - before <= ALLOWED


def test_a_connection_cut_at_half_leaves_nothing(panel, visitor, read):
    [(before,)] = read(text("SELECT count(*) FROM attachments"))
    request = visitor.client.build_request(
        "POST", f"{trial.PATH}/new/", data=form(visitor), files={"files-upload": ("大.txt", LARGE, "text/plain")}
    )
    body = request.read()
    head = f"POST {trial.PATH}/new/ HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in request.headers.items())
    with socket.create_connection(("127.0.0.1", panel.servers[0].port)) as line:
        line.sendall(head.encode() + b"\r\n" + body[: len(body) // 2])
    assert visitor.get("/healthz").status_code == 200
    assert digest(visitor, uploaded(visitor, b"next")) == hashlib.sha256(b"next").hexdigest()
    assert read(text("SELECT count(*) FROM attachments")) == [(before + 1,)]
    orphans = text("SELECT count(*) FROM attachment_chunks WHERE attachment_id NOT IN (SELECT id FROM attachments)")
    assert read(orphans) == [(0,)]
