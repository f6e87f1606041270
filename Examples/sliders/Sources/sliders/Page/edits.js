// The sliders of each face, and what they were before.

/** Sliders are {text, theta, optimized, note, fixed}; those that are fixed are there from the beginning. */
export class Edits {
  constructor(faceCount, words) {
    this.faces = Array.from({ length: faceCount }, () =>
      words.map((text) => ({ text, theta: 0, optimized: false, fixed: true })));
    this.chosen = 0;
    this.past = [];
  }

  get sliders() { return this.faces[this.chosen]; }
  get isEdited() { return this.faces.flat().some((one) => one.theta !== 0); }
  get canUndo() { return this.past.length > 0; }

  /** Remembers how things are before they change. */
  remember() {
    this.past.push({ faces: structuredClone(this.faces), chosen: this.chosen });
    if (this.past.length > 200) this.past.shift();
  }

  undo() {
    const before = this.past.pop();
    if (before) ({ faces: this.faces, chosen: this.chosen } = before);
  }

  find(text, optimized) {
    const same = text.trim().toLowerCase();
    return this.sliders.find((one) => one.optimized === optimized && one.text.toLowerCase() === same);
  }

  add(slider) {
    this.remember();
    this.sliders.unshift(slider);
  }

  remove(slider) {
    this.remember();
    this.faces[this.chosen] = this.sliders.filter((one) => one !== slider);
  }

  /** Forgets what a server that lost the session no longer knows. Returns whether there was any. */
  dropOptimized() {
    const count = this.faces.flat().length;
    this.faces = this.faces.map((sliders) => sliders.filter((one) => !one.optimized));
    this.past = [];
    return this.faces.flat().length < count;
  }

  /** What the server is told: the sliders of each face that are not at 0. */
  get request() {
    return this.faces.map((sliders) => sliders.filter((one) => one.theta !== 0)
      .map(({ text, theta, optimized }) => ({ text, theta, optimized })));
  }

  /** What the chosen face shows, in words. */
  get description() {
    const set = this.sliders.filter((one) => one.theta !== 0).map((one) => `${one.text} ${shown(one.theta)}`);
    return set.length ? `The photo, with ${set.join(", ")}` : "The photo as it was";
  }
}

/** A θ as people read it: a sign and a decimal or two. */
export const shown = (theta) =>
  theta === 0 ? "0" : `${theta > 0 ? "+" : "−"}${Math.abs(theta).toFixed(2).replace(/0$/, "")}`;
