"""What `nginx -T` prints, taken apart: directives with their file, and the locations of each server."""

import re
from typing import NamedTuple

_FILE = re.compile(r"^# configuration file (.+):$", re.MULTILINE)
_TOKEN = re.compile(r"""#[^\n]*|("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|[^\s{};]+)""")


class Directive(NamedTuple):
    file: str  # its name without folder
    words: tuple[str, ...]
    block: tuple["Directive", ...]

    @property
    def name(self):
        return self.words[0]


def files(printed):
    """{file name: its directives}, includes unresolved."""
    parts = _FILE.split(printed)
    texts = {path.rsplit("/", 1)[-1]: text for path, text in zip(parts[1::2], parts[2::2], strict=True)}
    return {name: _block(name, _tokens(text)) for name, text in texts.items()}


def every(directives):
    """Directives at all depths."""
    for each in directives:
        yield each
        yield from every(each.block)


def locations(printed):
    """{(server name, location): the directives in it}, includes resolved."""
    known = files(printed)
    found = {}
    for server in every(known["nginx.conf"]):
        if server.name == "server" and server.block:
            inside = list(_resolved(server.block, known))
            [host] = [each.words[1] for each in inside if each.name == "server_name"]
            for each in every(inside):
                if each.name == "location":
                    found[host, " ".join(each.words[1:])] = list(_resolved(each.block, known))
    return found


def _resolved(directives, known):
    for each in directives:
        if each.name == "include":
            yield from _resolved(known[each.words[1]], known)
        else:
            yield each


def _tokens(text):
    return [found[1] for found in _TOKEN.finditer(text) if found[1]]


def _block(file, tokens):
    """Consumes `tokens` up to the closing brace."""
    made, words = [], []
    while tokens:
        token = tokens.pop(0)
        if token == "}":
            break
        if token == ";" or token == "{":
            made.append(Directive(file, tuple(words), _block(file, tokens) if token == "{" else ()))
            words = []
        else:
            words.append(token)
    return tuple(made)
