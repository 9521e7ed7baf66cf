// Single keys at the desk, and a note that is not lost. The pages do all of it without this, with a mouse, a thumb or Tab.
const KEYS = "desk-keys";
// Within which a second touch of the same finger is still meant for the case before.
const SETTLE_MS = 400;
const FOLLOW_MS = 3000;

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

/** A photo nearer in its own place, around the point that was touched, else its middle; and back. */
function zoom(shown, event) {
  const { width, height, left, top } = shown.getBoundingClientRect();
  const { naturalWidth, naturalHeight } = shown.querySelector("img");
  // Beside a tall photo the frame is empty.
  const drawn = Math.min(width, (naturalWidth * height) / naturalHeight);
  const isTouched = Boolean(event?.detail);
  const x = isTouched ? 0.5 + (event.clientX - left - width / 2) / drawn : 0.5;
  const y = isTouched ? (event.clientY - top) / height : 0.5;
  const isNear = shown.classList.toggle("near");
  // The frame keeps its size.
  shown.style.height = isNear ? `${height}px` : "";
  shown.scrollTo(x * shown.scrollWidth - width / 2, y * shown.scrollHeight - height / 2);
  button?.setAttribute("aria-pressed", document.querySelector(".near") !== null);
}

/** A mouse moves a near photo as a finger does. */
function zoomable(shown) {
  let moved = 0;
  shown.addEventListener("dragstart", (event) => event.preventDefault());
  shown.addEventListener("pointerdown", () => (moved = 0));
  shown.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse" || event.buttons !== 1 || !shown.matches(".near")) return;
    moved += Math.abs(event.movementX) + Math.abs(event.movementY);
    shown.scrollBy(-event.movementX, -event.movementY);
  });
  shown.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (moved < 4) zoom(shown, event);
  });
}

/** Files are taken wherever on the page they are dropped, and one sees how far they have been sent. */
function give(input) {
  const [{ form }, sending] = [input, document.querySelector("#sending")];
  for (const kind of ["dragover", "dragleave", "drop"]) {
    // Beside the field a browser would open the file instead.
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      input.closest(".drop").classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length > 0) input.files = event.dataTransfer.files;
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    const [bar, ...said] = sending.children;
    request.upload.addEventListener("progress", ({ loaded, total }) => (bar.value = loaded / total));
    request.upload.addEventListener("load", () => {
      bar.removeAttribute("value");
      for (const one of said) one.hidden = !one.hidden;
    });
    request.addEventListener("load", () => {
      if (request.status < 400) location.assign(request.responseURL);
      // The page that says what is wrong.
      else document.body.replaceWith(new DOMParser().parseFromString(request.responseText, "text/html").body);
    });
    // The browser says itself why it does not get through.
    request.addEventListener("error", () => form.submit());
    request.open("POST", form.action);
    request.send(new FormData(form));
    form.querySelector("#upload").disabled = true;
    sending.hidden = false;
  });
}

/** What is being taught says how far it is, until there is a result. */
async function follow(shown) {
  const answer = await fetch(location.href).catch(() => null);
  const now = answer && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#progress");
  if (answer !== null && now === null) location.reload();
  else if (now && now.textContent !== shown.textContent) shown.replaceChildren(...now.children);
  setTimeout(follow, FOLLOW_MS, shown);
}

document.querySelector(".sign-out")?.addEventListener("submit", () => sessionStorage.clear());
const form = document.querySelector("form.review");
if (form !== null) settle(form);
const crop = document.querySelector("form.review #crop");
if (crop !== null) narrow(crop, document.querySelector("#condition"));
const photos = [...document.querySelectorAll(".shown")];
const button = document.querySelector("#zoom");
for (const photo of photos) zoomable(photo);
if (button !== null) {
  button.hidden = false;
  button.addEventListener("click", () => photos.forEach((photo) => zoom(photo)));
}
const progress = document.querySelector("#progress");
if (progress !== null) setTimeout(follow, FOLLOW_MS, progress);
const files = document.querySelector("#photos[type=file]");
if (files !== null) give(files);
const box = document.querySelector("#keys");
// Who has only a finger has no keys to press.
if (box !== null && matchMedia("(any-pointer: fine)").matches) listen(box);
const note = document.querySelector("#note");
if (note !== null) keep(note);
