// How long is left for a case, in whole minutes: the words change quietly, and nothing flashes, moves or sounds.
const shown = document.querySelector("[data-until]");

function say() {
  const left = Math.floor((new Date(shown.dataset.until) - Date.now()) / 60000) + 1;
  shown.textContent = left < 1 ? "The time for this case is over" : `${left} minute${left === 1 ? "" : "s"} left`;
}

if (shown) setInterval(say, 15000);
