// Makes pages kinder where JavaScript runs: design-system parts, the time-out warning, keeping what is typed.
import { initAll } from "../vendor/nhsuk-frontend/nhsuk-frontend.min.js";
import { askWhenNeeded } from "./asking.js";
import { offerCopy } from "./copying.js";
import { fillInKept, handOver, keepBeforeLock } from "./handing_over.js";
import { forgetAllAtSignOut, forgetWhatArrived, keepTyped } from "./keeping.js";
import { offerPasskey } from "./passkeys.js";
import { countTicked } from "./ticking.js";

initAll();
warnBeforeSignOut(document.getElementById("timeout"));
forgetWhatArrived();
document.querySelectorAll("form[data-autosave]").forEach(keepTyped);
document.querySelectorAll("main form").forEach(askWhenNeeded);
forgetAllAtSignOut();
document.querySelectorAll("button[data-copies]").forEach(offerCopy);
document.querySelectorAll("form[data-most]").forEach(countTicked);
document.querySelectorAll("form[data-passkey]").forEach(offerPasskey);
document.querySelectorAll('form[action="/lock"]').forEach(keepBeforeLock);
fillInKept(document.getElementById("kept"));

function warnBeforeSignOut(dialog) {
  if (!dialog || typeof dialog.showModal !== "function") return;
  const length = Date.parse(dialog.dataset.at) - Date.now();
  let end = Date.now() + length;
  let handedOver = false;
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  const look = () => {
    const left = end - Date.now();
    if (left <= 20000 && !handedOver) { handedOver = true; handOver(); }
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
    if (answer.ok) { end = Date.now() + length; handedOver = false; }
  });
  setInterval(look, 5000);
}
