"use strict";
// What only the screens of 情報掲示板 need, beside panel.js (whose `on` it uses).

// カレンダー: the browser's own, opened beside the text it fills in.
for (const button of document.querySelectorAll("[data-calendar]")) button.hidden = false;
on("click", "[data-calendar]", (button) => {
  const [typed, calendar] = [document.getElementById(button.dataset.calendar), button.nextElementSibling];
  const found = typed.value.normalize("NFKC").match(/^\s*(\d{4})[/-](\d{1,2})[/-](\d{1,2})\s*$/);
  calendar.value = found ? [found[1], found[2].padStart(2, "0"), found[3].padStart(2, "0")].join("-") : "";
  calendar.showPicker();
});
on("change", ".dated input[type=date]", (calendar) => {
  const typed = calendar.parentElement.querySelector("input");
  typed.value = calendar.value.replaceAll("-", "/");
  typed.focus();
});

// コピー: the text of [data-copied], and in words that it was done. Without it the text can be selected.
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
on("click", "[data-copy]", async (button) => {
  const text = document.getElementById(button.dataset.copy);
  getSelection().selectAllChildren(text);
  const told = button.parentElement.querySelector("[data-told]");
  try { await navigator.clipboard.writeText(text.textContent); } catch { document.execCommand("copy"); }
  told.textContent = button.dataset.done;
});
