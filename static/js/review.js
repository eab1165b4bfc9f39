"use strict";
// What only the screens of 審査 need, beside panel.js (whose `on` it uses).

// 定型文: the chosen one is put where the cursor stood. Without this script [挿入] does it on the server.
on("click", "[data-insert]", (button, event) => {
  const chosen = document.getElementById(button.dataset.insert).selectedOptions[0];
  if (!chosen?.value) return; // the server says what is missing
  event.preventDefault();
  const box = document.getElementById(button.dataset.into);
  const [start, end] = [box.selectionStart, box.selectionEnd];
  const [before, after] = [box.value.slice(0, start), box.value.slice(end)];
  const joined = `${before && !before.endsWith("\n") ? "\n" : ""}${chosen.text}${after && !after.startsWith("\n") ? "\n" : ""}`;
  box.setRangeText(joined, start, end, "end");
  box.focus();
});

// Keys of a reviewer: [data-key] is pressed by its letter – never while something is typed, composed, chosen or asked.
const keysChoice = document.querySelector("[data-key-choice]");
if (keysChoice) keysChoice.checked = localStorage.getItem("keys") !== "off";
on("change", "[data-key-choice]", (box) => localStorage.setItem("keys", box.checked ? "on" : "off"));
document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.repeat || event.defaultPrevented) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  if (event.target.isContentEditable || event.target.closest("input, textarea, select, dialog")) return;
  if (document.querySelector("dialog[open]") || localStorage.getItem("keys") === "off") return;
  const key = event.key.toLowerCase();
  const found = /^[a-z]$/.test(key) && document.querySelector(`[data-key="${key}"]`);
  if (!found) return;
  event.preventDefault();
  found.scrollIntoView({ block: "nearest" });
  found.click();
});
