// Keeps what is typed: on the server as it is typed, and on this device while the server cannot be reached.
// On the device it is encrypted with a key that the server gives to the same person alone, and is gone at “Sign out”.
const PREFIX = "careweave-kept ";
const SENT = "careweave-sent";
const NO_CONNECTION = "No connection. Your words are kept on this device and will be saved when you are back.";

export function keepTyped(form) {
  const status = form.querySelector("[data-saved]");
  const place = PREFIX + form.dataset.autosave;
  let waiting;
  let unsaved = false;
  let toSend = null; // the button that was pressed without a connection
  const say = words => { if (status) status.textContent = words; };

  const save = async () => {
    clearTimeout(waiting);
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), redirect: "manual" });
      const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      const stamp = form.querySelector("input[name=stamp]");
      if (stamp && told.stamp) stamp.value = told.stamp;
      say(told.text || "Not saved yet. Your words are kept on this device.");
      if (answer.ok) { unsaved = false; localStorage.removeItem(place); } else await keepHere(form, place);
    } catch {
      await keepHere(form, place);
      say(NO_CONNECTION);
      waiting = setTimeout(goOn, 15000);
    }
  };
  // Sent as the button would have sent it, without leaving the page: there may be words in other forms too.
  const send = async () => {
    clearTimeout(waiting);
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form, toSend.button) });
      const arrived = answer.redirected && !/^\/(my\/)?(sign-in|locked|prove)/.test(new URL(answer.url).pathname);
      if (!arrived) { toSend = null; say("Not saved yet. Press the button again to see why."); return; }
      toSend = null;
      unsaved = false;
      localStorage.removeItem(place);
      form.reset();
      say("You are back. Your words were saved.");
    } catch {
      waiting = setTimeout(goOn, 15000);
    }
  };
  const goOn = () => { if (toSend) send(); else if (unsaved) save(); };
  form.addEventListener("input", () => {
    unsaved = true;
    clearTimeout(waiting);
    waiting = setTimeout(save, 2000);
  });
  form.addEventListener("submit", event => {
    clearTimeout(waiting);
    if (navigator.onLine) { sessionStorage.setItem(SENT, place); return; }
    event.preventDefault();
    toSend = { button: event.submitter };
    keepHere(form, place).then(() => say(NO_CONNECTION));
  });
  window.addEventListener("online", goOn);
  bringBack(form, place).then(found => { if (found) { unsaved = true; save(); } });
}

// A page that came as the answer to a form means that the server has its words; going back to the form does not.
export function forgetWhatArrived() {
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (sent && performance.getEntriesByType("navigation")[0]?.type === "navigate") localStorage.removeItem(sent);
}

export function forgetAllAtSignOut() {
  document.querySelectorAll('form[action="/sign-out"], form[data-forgets]').forEach(form =>
    form.addEventListener("submit", () => Object.keys(localStorage).filter(name => name.startsWith(PREFIX))
      .forEach(name => localStorage.removeItem(name))));
}

async function keepHere(form, place) {
  const key = await keyOf(form);
  if (!key) return;
  const typed = [...new FormData(form)].filter(([name, value]) => isKept(name) && typeof value === "string");
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const hidden = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(typed)));
  localStorage.setItem(place, JSON.stringify([[...iv], [...new Uint8Array(hidden)]]));
}

async function bringBack(form, place) {
  const held = localStorage.getItem(place);
  const key = held && await keyOf(form);
  if (!key) return false;
  try {
    const [iv, hidden] = JSON.parse(held).map(part => new Uint8Array(part));
    const typed = JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, hidden)));
    fill(form, typed);
    return true;
  } catch {
    return false; // someone else's words: they stay unreadable here
  }
}

function fill(form, typed) {
  for (const field of form.elements) {
    if (!isKept(field.name)) continue;
    const values = typed.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
  }
  form.dispatchEvent(new Event("filled"));
}

// What the page had shown when the words were typed is kept with them, so that they never go over someone else's.
const isKept = name => Boolean(name) && name !== "csrfmiddlewaretoken";

async function keyOf(form) {
  const given = form.dataset.key;
  if (!given || !globalThis.crypto?.subtle) return null;
  const raw = Uint8Array.from(given.match(/../g), pair => parseInt(pair, 16));
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}
