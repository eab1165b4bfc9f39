"""Test-only: stands where the application stands and says what it was sent.

Run as `python -m tests.processes.echo_entry PORT`. Any request is answered with JSON: its headers as WSGI has them,
method, path and length. ?status=418 sets the status, ?header=Name:Value a header of the answer.
GET /echo-count tells how many others there were.
"""

import json
import sys
from urllib.parse import parse_qsl

from waitress import serve

seen = []


def echo(environ, start_response):
    if environ["PATH_INFO"] == "/echo-count":
        start_response("200 OK", [])
        return [str(len(seen)).encode()]
    seen.append(environ["PATH_INFO"])
    asked = parse_qsl(environ.get("QUERY_STRING", ""))
    headers = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    told = {
        "headers": headers,
        "type": environ.get("CONTENT_TYPE"),
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "length": len(environ["wsgi.input"].read()),
    }
    status = dict(asked).get("status", "200")
    made = [tuple(value.split(":", 1)) for name, value in asked if name == "header"]
    start_response(f"{status} Said", [("Content-Type", "application/json"), *made])
    return [json.dumps(told).encode()]


if __name__ == "__main__":
    serve(
        echo,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        threads=4,
        max_request_body_size=1 << 30,
        clear_untrusted_proxy_headers=False,
    )
