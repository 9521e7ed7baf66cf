// Single keys at the desk, and a note that is not lost. The pages do all of it without this, with a mouse, a thumb or Tab.
const KEYS = "desk-keys";
// Within which a second touch of the same finger is still meant for the case before.
const SETTLE_MS = 400;

/** Whether a key that is pressed there is meant as text, or chooses from a list. */
function isTyping(target) {
  return target.closest("textarea, select, input:not([type=checkbox])") !== null;
}

function press(event) {
  const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.repeat);
  if (!plain || isTyping(event.target)) return;
  const key = event.key > "~" ? event.code.replace(/^(Key|Digit)/, "") : event.key;
  const meant = document.querySelector(`[data-key="${CSS.escape(key.toLowerCase())}"]`);
  if (meant === null) return;
  event.preventDefault();
  if (meant.matches("select, textarea, input[type=text]")) meant.focus();
  else meant.click();
}

/** Letting go of a field, so that single keys are keys again. */
function leave(event) {
  if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
}

function listen(box) {
  const heed = () => {
    document.body.classList.toggle("with-keys", box.checked);
    // For who hears the page.
    for (const one of document.querySelectorAll("[data-key]")) {
      if (box.checked) one.setAttribute("aria-keyshortcuts", one.dataset.key);
      else one.removeAttribute("aria-keyshortcuts");
    }
    (box.checked ? document.addEventListener : document.removeEventListener).call(document, "keydown", press);
  };
  box.checked = localStorage.getItem(KEYS) !== "off";
  box.addEventListener("change", () => {
    localStorage.setItem(KEYS, box.checked ? "on" : "off");
    heed();
  });
  document.addEventListener("keydown", leave);
  box.parentElement.hidden = false;
  heed();
}

/** A note survives until its review is sent, also if its writer has to sign in again before. */
function keep(note) {
  const own = `desk-note ${location.pathname}`;
  note.value = sessionStorage.getItem(own) ?? note.value;
  note.addEventListener("input", () => sessionStorage.setItem(own, note.value));
  // Only a page that comes after saving leads back to the case like this.
  const saved = document.querySelector(".saved a");
  if (saved !== null) sessionStorage.removeItem(`desk-note ${new URL(saved.href).pathname}`);
}

/** Two touches review one case, not two: what comes too soon after the page does nothing. */
function settle(form) {
  setTimeout(() => form.setAttribute("data-settled", ""), SETTLE_MS);
  form.addEventListener("submit", (event) => {
    if (!form.hasAttribute("data-settled")) event.preventDefault();
  });
}

/** The list of conditions holds those of one crop, until another is chosen. */
function narrow(crop, list) {
  const groups = [...list.querySelectorAll("optgroup")];
  const heed = () => {
    for (const group of groups) group.remove();
    list.append(...groups.filter((group) => crop.value === "" || crop.value === group.dataset.crop));
  };
  crop.addEventListener("change", heed);
  crop.parentElement.hidden = false;
  heed();
}

document.querySelector(".sign-out")?.addEventListener("submit", () => sessionStorage.clear());
const form = document.querySelector("form.review");
if (form !== null) settle(form);
const crop = document.querySelector("#crop");
if (crop !== null) narrow(crop, document.querySelector("#condition"));
const box = document.querySelector("#keys");
// Who has only a finger has no keys to press.
if (box !== null && matchMedia("(any-pointer: fine)").matches) listen(box);
const note = document.querySelector("#note");
if (note !== null) keep(note);
