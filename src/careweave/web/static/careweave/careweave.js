// Makes pages kinder where JavaScript runs: design-system parts, the time-out warning, keeping what is typed.
import { initAll } from "../vendor/nhsuk-frontend/nhsuk-frontend.min.js";
import { forgetAllAtSignOut, forgetWhatArrived, keepTyped } from "./keeping.js";

initAll();
warnBeforeSignOut(document.getElementById("timeout"));
forgetWhatArrived();
document.querySelectorAll("form[data-autosave]").forEach(keepTyped);
forgetAllAtSignOut();

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
