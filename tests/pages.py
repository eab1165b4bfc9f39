"""Reading and filling in pages as a person would: by label, button and heading."""

import re
import unicodedata
from urllib.parse import urljoin

from bs4 import BeautifulSoup


def plain(text):
    """Compared as the contract says: after NFKC and without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


class Page:
    def __init__(self, browser, response):
        self.browser, self.response = browser, response
        self.status = response.status_code
        self.soup = BeautifulSoup(response.get_data(as_text=True), "html.parser")

    @property
    def text(self):
        return plain(self.soup.get_text())

    @property
    def heading(self):
        [found] = self.soup.find_all("h1")
        return plain(found.get_text())

    @property
    def crumbs(self):
        nav = self.soup.find("nav", attrs={"aria-label": "パンくず"})
        return plain(nav.get_text()).split(">") if nav else []

    @property
    def alerts(self):
        return [plain(e.get_text()) for e in self.soup.find_all(attrs={"role": "alert"})]

    @property
    def statuses(self):
        return [plain(e.get_text()) for e in self.soup.find_all(attrs={"role": "status"})]

    def headers_of_list(self):
        return [re.sub("[▲▼]", "", plain(th.get_text())) for th in self.soup.select("table.list thead th")]

    def rows(self):
        """The list as dicts: 項目名 -> text."""
        return [
            {plain(td["data-label"]): plain(td.get_text()) for td in tr.find_all("td")}
            for tr in self.soup.select("table.list tbody tr")
        ]

    def facts(self):
        """The detail table: 項目名 -> text."""
        return {plain(tr.th.get_text()): plain(tr.td.get_text()) for tr in self.soup.select("table.facts tr")}

    def controls(self):
        """Texts of the links and buttons in main (dialogs left out)."""
        found = [e for e in self.soup.select("main a, main button") if not e.find_parent("dialog")]
        return [plain(e.get_text()) for e in found]

    def labels(self):
        return [plain(e.get_text()) for e in self.soup.select("main label, main legend")]

    def field_error(self, label):
        """The message beside the field with this label."""
        field = self._labelled(label)
        described = field.get("aria-describedby", "").split()
        return "".join(plain(self.soup.find(id=i).get_text()) for i in described if i.startswith("error-"))

    def value(self, label):
        return self._labelled(label).get("value", "")

    def link(self, text):
        found = next(a for a in self.soup.find_all("a") if plain(a.get_text()) == plain(text))
        return urljoin(self.response.request.path, found["href"])

    def click(self, text):
        return self.browser.page(self.link(text), follow_redirects=True)

    def _labelled(self, label):
        wanted = plain(label)
        for e in self.soup.find_all("label"):
            if plain(e.get_text()).rstrip("*") == wanted:
                return self.soup.find(id=e["for"]) if e.get("for") else e.find("input")
        for e in self.soup.find_all("legend"):
            if plain(e.get_text()).rstrip("*") == wanted:
                return e.find_parent("fieldset")
        raise LookupError(label)

    def _button(self, text):
        wanted = plain(text)
        buttons = self.soup.find_all("button")
        found = [b for b in buttons if plain(b.get_text()) == wanted and b.get("type") != "button"]
        for b in buttons:  # a button that asks: its dialog's OK is what submits
            if plain(b.get_text()) == wanted and b.get("data-dialog"):
                dialog = self.soup.find(id=b["data-dialog"])
                found.append(next(d for d in dialog.find_all("button") if plain(d.get_text()) == "OK"))
        [button] = found
        return button

    def form_of(self, button_text):
        button = self._button(button_text)
        form = self.soup.find(id=button["form"]) if button.get("form") else button.find_parent("form")
        return button, form

    def data_of(self, button_text, **typed):
        """(method, address, data) a browser would send after typing and pressing the button."""
        button, form = self.form_of(button_text)
        data = {}
        outside = self.soup.find_all(["input", "select"], form=form.get("id")) if form.get("id") else []
        for e in [*form.find_all(["input", "select", "textarea"]), *outside]:
            name = e.get("name")
            if not name or (e.get("type") in ("checkbox", "radio") and not e.has_attr("checked")):
                continue
            if e.name == "select":
                chosen = e.find("option", selected=True) or e.find("option")
                data.setdefault(name, []).append(chosen["value"])
            elif e.name == "textarea":
                data.setdefault(name, []).append(e.get_text().removeprefix("\n"))
            else:
                data.setdefault(name, []).append(e.get("value", ""))
        if button.get("name"):
            data[button["name"]] = [button["value"]]
        for label, value in typed.items():
            self._type(data, label, value)
        path = urljoin(
            self.response.request.full_path.rstrip("?"), button.get("formaction") or form.get("action") or ""
        )
        return form.get("method", "get"), path, data

    def _type(self, data, label, value):
        field = self._labelled(label)
        if field.name == "fieldset" and (box := field.find("input", type="file")):  # (stream, file name), to press 添付
            data[box["name"]] = [value]
        elif field.name == "fieldset":  # choices, by their words
            boxes = field.find_all("input")
            words = [plain(v) for v in ([value] if isinstance(value, str) else value)]
            chosen = [b["value"] for b in boxes if plain(b.find_parent("label").get_text()) in words]
            data.pop(boxes[0]["name"], None)
            if chosen:
                data[boxes[0]["name"]] = chosen
        elif field.get("type") == "checkbox":
            data.pop(field["name"], None)
            if value:
                data[field["name"]] = [field.get("value", "on")]
        else:
            data[field["name"]] = [value]

    def submit(self, button_text, **typed):
        """Press a button; the response."""
        method, path, data = self.data_of(button_text, **typed)
        if method == "get":
            return self.browser.get(path, query_string=data)
        return self.browser.post(path, data=data)

    def press(self, button_text, **typed):
        """Press a button and follow redirects to the next page."""
        response = self.submit(button_text, **typed)
        for _ in range(5):
            if response.status_code not in (302, 303):
                break
            response = self.browser.get(response.headers["Location"])
        return Page(self.browser, response)
