// The list of sliders of the chosen face.

import { shown } from "./edits.js";

/** How far a slider goes: beyond, much else may change, too. */
const most = 1.5;

export class Sliders {
  /** `grab` is told that a slider is about to move, `move` that it moved, `release` that it was let go. */
  constructor(list, { grab, move, release, remove }) {
    Object.assign(this, { list, grab, move, release, remove });
  }

  show(sliders) {
    const focused = document.activeElement?.id;
    this.list.replaceChildren(...sliders.map((slider, index) => this.row(slider, `slider-${index}`)));
    if (focused?.startsWith("slider-")) document.getElementById(focused)?.focus();
  }

  row(slider, id) {
    const row = document.createElement("li");
    const label = Object.assign(document.createElement("label"), { htmlFor: id });
    label.textContent = slider.optimized ? `“${slider.text}”` : slider.text;
    const output = document.createElement("output");
    output.htmlFor = id;
    const range = Object.assign(document.createElement("input"), {
      type: "range", id, min: -most, max: most, step: 0.05, value: slider.theta,
    });
    const refresh = () => {
      const theta = slider.theta, place = (value) => `${50 + 50 * value / most}%`;
      range.style.setProperty("--low", place(Math.min(theta, 0)));
      range.style.setProperty("--high", place(Math.max(theta, 0)));
      range.setAttribute("aria-valuetext", shown(theta));
      output.textContent = shown(theta);
      row.classList.toggle("set", theta !== 0);
    };
    let isHeld = false;
    const set = (theta) => {
      if (!isHeld) this.grab();
      isHeld = true;
      slider.theta = theta;
      refresh();
      this.move();
    };
    const letGo = () => {
      if (isHeld) this.release();
      isHeld = false;
    };
    range.addEventListener("input", () => {
      // The middle holds on to the thumb a little.
      const theta = Math.abs(range.valueAsNumber) < 0.04 ? 0 : range.valueAsNumber;
      set(theta);
    });
    range.addEventListener("change", letGo);
    range.addEventListener("dblclick", () => {
      range.value = 0;
      set(0);
      letGo();
    });
    row.append(label, output);
    if (!slider.fixed) {
      const remove = Object.assign(document.createElement("button"), {
        type: "button", className: "remove", textContent: "×", ariaLabel: `Remove ${slider.text}`,
      });
      remove.addEventListener("click", () => this.remove(slider));
      row.append(remove);
    }
    row.append(range);
    if (slider.note) {
      const note = Object.assign(document.createElement("p"), { className: "hint", textContent: slider.note });
      note.id = `${id}-note`;
      range.setAttribute("aria-describedby", note.id);
      row.append(note);
    }
    refresh();
    return row;
  }
}
