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

// 表示色: kept in a cookie, so the server can send the right page at once.
on("change", "[data-theme-choice]", (choice) => {
  const keep = choice.value ? "; max-age=31536000" : "; max-age=0";
  document.cookie = `theme=${choice.value}; path=/; samesite=lax${location.protocol === "https:" ? "; secure" : ""}${keep}`;
  if (choice.value) document.documentElement.dataset.theme = choice.value;
  else delete document.documentElement.dataset.theme;
});

// Errors take the focus, so that a screen reader starts there.
document.querySelector("[data-focus]")?.focus();
