// Makes pages kinder where JavaScript runs: design-system parts, the time-out warning, saving drafts as typed.
import { initAll } from "../vendor/nhsuk-frontend/nhsuk-frontend.min.js";

initAll();
warnBeforeSignOut(document.getElementById("timeout"));
document.querySelectorAll("form[data-autosave]").forEach(saveAsTyped);

function warnBeforeSignOut(dialog) {
  if (!dialog || typeof dialog.showModal !== "function") return;
  const length = Date.parse(dialog.dataset.at) - Date.now();
  let end = Date.now() + length;
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  const look = () => {
    const left = end - Date.now();
    if (left <= 0) window.location.reload();
    else if (left <= 120000 && !dialog.open) {
      const at = new Date(end);
      const hour = at.getHours() % 12 || 12;
      const half = at.getHours() < 12 ? "am" : "pm";
      dialog.querySelector("[data-clock]").textContent = `${hour}:${String(at.getMinutes()).padStart(2, "0")}${half}`;
      dialog.showModal();
    }
  };
  dialog.addEventListener("close", async () => {
    const answer = await fetch(dialog.dataset.stay, {
      method: "POST", headers: { "X-CSRFToken": token ? token.value : "" }, redirect: "manual",
    });
    if (answer.ok) end = Date.now() + length;
  });
  setInterval(look, 5000);
}

// Words go to the server two seconds after the last key, so that closing the page loses nothing.
function saveAsTyped(form) {
  const status = form.querySelector("[data-saved]");
  let waiting;
  const save = async () => {
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), redirect: "manual" });
      const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      const stamp = form.querySelector("input[name=stamp]");
      if (stamp && told.stamp) stamp.value = told.stamp;
      if (status) status.textContent = told.text || "Not saved yet. Select Continue to try again.";
    } catch {
      if (status) status.textContent = "No connection. Your words are kept on this page. Do not close it.";
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, 2000);
  });
  form.addEventListener("submit", () => clearTimeout(waiting));
}
