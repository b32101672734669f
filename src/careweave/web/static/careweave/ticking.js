// The button says how many rows it will act on: “Pass 4 on”. Without JavaScript it says “Pass on”.
export function countTicked(form) {
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const buttons = [...form.querySelectorAll("button[data-words]")].map(button => [button, button.textContent]);
  const most = Number(form.dataset.most);
  const say = () => {
    const ticked = boxes.filter(box => box.checked).length;
    buttons.forEach(([button, plain]) => {
      button.textContent = ticked ? button.dataset.words.replace("{n}", ticked) : plain;
    });
    boxes.forEach(box => { box.disabled = ticked >= most && !box.checked; });
  };
  form.addEventListener("change", say);
  say();
}
