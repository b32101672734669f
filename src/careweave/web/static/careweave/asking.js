// Shows a question when the answers above ask for it (FHIR enableWhen). Without this, each says when it is meant;
// the server decides by itself what counts, so that nothing here can leave out an answer that is needed.
export function askWhenNeeded(form) {
  const conditional = [...form.querySelectorAll("[data-when]")];
  if (!conditional.length) return;
  const look = () => {
    for (const box of conditional) {
      const held = JSON.parse(box.dataset.when).map((one) => holds(form, one));
      const wanted = "all" in box.dataset ? held.every(Boolean) : held.some(Boolean);
      box.hidden = !wanted;
      box.querySelectorAll("[data-only-if]").forEach((words) => { words.hidden = true; });
    }
  };
  form.addEventListener("input", look);
  form.addEventListener("filled", look);
  look();
}

function holds(form, { question, operator, answer }) {
  const box = form.querySelector(`[data-question="${CSS.escape(question)}"]`);
  // Asked on another page: the server showed it or not, and it stays as it is.
  if (!box) return true;
  const given = box.hidden ? [] : answersIn(box);
  if (operator === "exists") return (given.length > 0) === (answer === "true");
  if (!given.length) return false;
  if (operator === "=") return given.includes(answer);
  if (operator === "!=") return !given.includes(answer);
  const [left, right] = [amount(given[0]), amount(answer)];
  return { ">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right }[operator] === true;
}

function answersIn(box) {
  const fields = [...box.querySelectorAll("[name^='a-'], [name^='t-']")];
  return fields
    .filter((field) => (field.type === "radio" || field.type === "checkbox" ? field.checked : field.value.trim()))
    .map((field) => field.value).filter((value) => !value.startsWith("none:"));
}

const amount = (text) => Number(text.replace(/[£,\s]/g, ""));
