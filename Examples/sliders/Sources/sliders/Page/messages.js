// The one place where the page says something, which screen readers read out.

const [box, sentence, choices, dismiss] =
  ["message", "sentence", "choices", "dismiss"].map((id) => document.getElementById(id));

let closing;

/** Says a sentence, with buttons for what can be done: [label, action]. */
export function say(text, { isWarning = false, offers = [] } = {}) {
  clearTimeout(closing);
  // What is only told goes away by itself; what went wrong, or can be answered, stays.
  if (!isWarning && !offers.length) closing = setTimeout(hush, 10_000);
  sentence.textContent = text;
  choices.replaceChildren(...offers.map(([label, action]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
    button.addEventListener("click", () => {
      hush();
      action();
    });
    return button;
  }));
  box.classList.toggle("warning", isWarning);
  box.classList.add("shown");
}

export const warn = (text, offers) => say(text, { isWarning: true, offers });

/** Takes the message away. */
export function hush() {
  sentence.textContent = "";
  choices.replaceChildren();
  box.classList.remove("shown");
}

dismiss.addEventListener("click", hush);
