// What was typed and not sent yet goes to the server, sealed for its writer, before the page is locked or times out.
export async function handOver() {
  const changed = [...document.querySelectorAll("main form[method=post]:not([data-autosave])")].find((form) =>
    [...form.elements].some((field) => field.name && field.type !== "hidden" && field.type !== "password"
      && (field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
        : field.tagName === "SELECT" ? [...field.options].some((one) => one.selected !== one.defaultSelected)
        : field.value !== field.defaultValue)));
  if (!changed) return;
  const words = new FormData(changed);
  const action = new URL(changed.getAttribute("action") || window.location.href, window.location.href);
  words.set("_action", action.pathname + action.search);
  words.set("_page", window.location.pathname + window.location.search);
  try {
    await fetch("/keep", { method: "POST", body: words, redirect: "manual" });
  } catch { /* without a connection nothing can be handed over */ }
}

export function keepBeforeLock(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await handOver();
    form.submit();
  });
}

// Kept words go back into the form they were typed into.
export function fillInKept(kept) {
  if (!kept) return;
  const form = [...document.querySelectorAll("main form[method=post]")].find((one) => !kept.contains(one)
    && new URL(one.getAttribute("action") || window.location.href, window.location.href).pathname
      === new URL(kept.dataset.action, window.location.href).pathname);
  if (!form) return;
  let first = null;
  const words = [...kept.querySelectorAll("input[data-kept]")];
  [...form.elements].forEach((field) => {
    const values = words.filter((one) => one.name === field.name).map((one) => one.value);
    if (!field.name || field.type === "hidden" || field.type === "password" || field.type === "submit") return;
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
    if (values[0] && !first) first = field;
  });
  if (!first || !first.id) return;
  const back = kept.querySelector("[data-back]");
  back.querySelector("a").href = `#${first.id}`;
  back.hidden = false;
}
