"use strict";
// The panel's one script. No inline handlers: pages declare what they want with data-… attributes.
// Without it nothing is sent unasked: a button with a dialog then does nothing.

const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const found = event.target.closest(selector);
    if (found) act(found, event);
  });

// [data-dialog=ID] asks first; OK inside the dialog is the only thing that submits.
on("click", "[data-dialog]", (button) => document.getElementById(button.dataset.dialog).showModal());
document.querySelector("dialog[data-again]")?.showModal(); // its first field takes the focus
on("click", "[data-close]", (button) => button.closest("dialog").close());
// Enter in a field of a form that asks opens its dialog as well.
on("submit", "form[data-asks]", (form, event) => {
  const dialog = document.getElementById(form.dataset.asks);
  if (!dialog.open) {
    event.preventDefault();
    dialog.showModal();
  }
});

// A download leaves the page where it is: close the dialog behind it.
on("submit", "form[data-closes]", (form) => setTimeout(() => form.closest("dialog").close()));

// メニュー
on("click", "[data-menu]", (button) => {
  const menu = document.getElementById(button.getAttribute("aria-controls"));
  menu.hidden = !menu.hidden;
  button.setAttribute("aria-expanded", String(!menu.hidden));
  if (!menu.hidden) menu.querySelector("a").focus();
});
document.addEventListener("keydown", (event) => {
  const button = document.querySelector("[data-menu][aria-expanded=true]");
  if (event.key === "Escape" && button) {
    button.click();
    button.focus();
  }
  // Ctrl+Enter is 確認, but not while a word is being composed.
  const form = event.target.closest("form[data-keys]");
  if (event.key === "Enter" && event.ctrlKey && form && !event.isComposing) form.requestSubmit(form.querySelector(".primary"));
});

// 選択: the header box ticks every row of this page.
on("change", "[data-select-all]", (box) => {
  for (const row of document.getElementsByName(box.dataset.selectAll)) row.checked = box.checked;
});

// A sent form is sent once; a slow one says that it is under way.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const button = event.submitter;
  if (!button) return;
  // After the event, so that the pressed button's own name and value are still sent.
  if (button.hasAttribute("data-once")) setTimeout(() => { button.disabled = true; });
  if (button.dataset.busy) {
    setTimeout(() => {
      button.dataset.idle = button.textContent;
      button.textContent = button.dataset.busy;
      button.disabled = true;
    }, 400);
  }
});
// Back from the browser's cache: usable again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("[data-once], [data-busy]")) {
    button.disabled = false;
    if (button.dataset.idle) button.textContent = button.dataset.idle;
  }
});

// The choice of a file: the name beside the button, in our words; the browser's own are hidden.
const tellChoice = (input) => {
  const place = input.closest(".choose").querySelector("[data-chosen-name]");
  if (!place) return;
  place.hidden = false;
  place.textContent = input.files.length ? input.files[0].name : place.dataset.chosenName;
};
for (const input of document.querySelectorAll(".choose input[type=file]")) {
  input.closest(".choose").classList.add("scripted");
  tellChoice(input);
}
on("change", ".choose input[type=file]", tellChoice);
window.addEventListener("pageshow", () => document.querySelectorAll(".choose input[type=file]").forEach(tellChoice));

// 添付ファイル: a chosen file is sent at once, with its progress beside the field. Without this script [添付] does it.
const upload = (field, step, file) =>
  new Promise((resolve) => {
    const data = new FormData();
    data.append("csrf_token", field.closest("form").elements.csrf_token.value);
    data.append("_step", step);
    for (const key of field.querySelectorAll("tbody input")) data.append(key.name, key.value);
    const request = new XMLHttpRequest();
    if (file) {
      data.append(`${field.dataset.files}-upload`, file);
      const bar = field.querySelector("progress");
      request.upload.onprogress = (event) => { bar.value = (100 * event.loaded) / event.total; };
    }
    request.open("POST", location.href);
    request.setRequestHeader("Accept", "application/json");
    request.onloadend = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* no answer of ours */ }
      resolve(answer.key || /^error\S+ : /.test(answer.error) ? answer : { error: field.dataset.failed });
    };
    request.send(data);
  });

const tellFiles = (field, error, told) => {
  const place = field.querySelector(".field-error");
  place.replaceChildren();
  place.hidden = !error;
  if (error) {
    place.setAttribute("role", "alert");
    place.append(made("p", {}, error));
  }
  field.querySelector("[data-told]").textContent = told || "";
  const rows = field.querySelectorAll("tbody tr");
  field.querySelector("table").hidden = !rows.length;
  rows.forEach((row, index) => { row.querySelector(".no").textContent = index + 1; });
};

const whileBusy = async (field, work) => {
  const buttons = [...field.closest("form").querySelectorAll("button, input[type=file]")];
  for (const button of buttons) button.disabled = true;
  try { return await work(); } finally { for (const button of buttons) button.disabled = false; }
};

const made = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// As the template makes it (chosen_file).
const fileRow = (field, { key, name, size, address }) => {
  const [remove, fieldName] = [field.dataset.remove, field.dataset.files];
  const button = made("button", { className: "button", name: "_step", value: `detach:${fieldName}:${key}` }, remove);
  button.setAttribute("aria-label", `${name}を${remove}`);
  const link = made("a", { href: address }, name);
  const carried = made("input", { type: "hidden", name: fieldName, value: key });
  const cells = [made("td", { className: "no" }), made("td", {}, link, carried), made("td", { className: "size" }, size)];
  return made("tr", {}, ...cells, made("td", {}, button));
};

const addFile = async (field, file) => {
  const rows = field.querySelectorAll("tbody tr").length;
  if (rows >= Number(field.dataset.most)) return tellFiles(field, field.dataset.full);
  if (file.size > Number(field.dataset.largest)) return tellFiles(field, field.dataset.tooLarge);
  const going = field.querySelector(".uploading");
  going.querySelector("[data-name]").textContent = file.name;
  going.querySelector("progress").value = 0;
  going.hidden = false;
  const answer = await whileBusy(field, () => upload(field, `attach:${field.dataset.files}`, file));
  going.hidden = true;
  if (answer.error) return tellFiles(field, answer.error);
  field.querySelector("tbody").append(fileRow(field, answer));
  tellFiles(field, "", `${answer.name}を添付しました。`);
};

for (const field of document.querySelectorAll("[data-files]")) field.classList.add("at-once");
on("change", "[data-files] input[type=file]", async (input) => {
  const [field, file] = [input.closest("[data-files]"), input.files[0]];
  if (file) await addFile(field, file);
  input.value = "";
  input.focus();
});
on("click", "[data-files] button[value^='detach:']", async (button, event) => {
  event.preventDefault();
  const [field, row] = [button.closest("[data-files]"), button.closest("tr")];
  const answer = await whileBusy(field, () => upload(field, button.value));
  if (!answer.error) row.remove();
  tellFiles(field, answer.error, answer.error ? "" : `${row.querySelector("a").textContent}を削除しました。`);
  field.querySelector("input[type=file]").focus();
});

// 表示色: kept in a cookie, so the server can send the right page at once.
on("change", "[data-theme-choice]", (choice) => {
  const keep = choice.value ? "; max-age=31536000" : "; max-age=0";
  document.cookie = `theme=${choice.value}; path=/; samesite=lax${location.protocol === "https:" ? "; secure" : ""}${keep}`;
  if (choice.value) document.documentElement.dataset.theme = choice.value;
  else delete document.documentElement.dataset.theme;
});

// Errors take the focus, so that a screen reader starts there.
document.querySelector("[data-focus]")?.focus();
