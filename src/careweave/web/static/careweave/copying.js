// “Copy for the council”: puts a plain text on the clipboard; without a script the text is there to be selected.
export function offerCopy(button) {
  const text = document.getElementById(button.dataset.copies);
  const told = document.querySelector(`[data-copied="${button.dataset.copies}"]`);
  if (!text) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copied(text);
    if (told) told.textContent = done ? "Copied. Paste it into the other system." : "Select the text below and copy it.";
    if (!done) { text.closest("details").open = true; text.focus(); text.select(); }
  });
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text.value);
    return true;
  } catch {
    return false;
  }
}
