// The picture: the photo's view, and over it each face's newest part.

export class Picture {
  constructor(box, canvas, frames, choose) {
    Object.assign(this, { box, canvas, frames, choose });
    this.context = canvas.getContext("2d");
  }

  /** Shows a newly opened photo. */
  open(session, view) {
    Object.assign(this, { session, view, parts: new Map(), comparing: false });
    [this.canvas.width, this.canvas.height] = [view.width, view.height];
    this.box.style.setProperty("--ratio", `${view.width / view.height}`);
    this.frames.setAttribute("viewBox", `0 0 ${view.width} ${view.height}`);
    this.frames.replaceChildren(...session.faces.map((face, index) => {
      const polygon = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
      polygon.setAttribute("points", face.corners.map((corner) => corner.join(",")).join(" "));
      polygon.addEventListener("click", () => this.choose(index));
      return polygon;
    }));
    this.draw();
  }

  /** Takes the newest part of a face, which also shows what other faces changed there: so it is drawn last. */
  set(face, part) {
    this.parts.get(face)?.close();
    this.parts.delete(face);
    this.parts.set(face, part);
    this.draw();
  }

  /** Shows the photo as it was. */
  clear() {
    this.parts.clear();
    this.draw();
  }

  mark(chosen) {
    [...this.frames.children].forEach((frame, index) => frame.classList.toggle("chosen", index === chosen));
  }

  compare(isComparing) {
    this.comparing = isComparing;
    this.draw();
  }

  draw() {
    this.context.drawImage(this.view, 0, 0);
    if (this.comparing) return;
    for (const [index, part] of this.parts) {
      const { corners, box } = this.session.faces[index];
      this.context.save();
      this.context.beginPath();
      corners.forEach(([x, y]) => this.context.lineTo(x, y));
      this.context.clip();
      this.context.drawImage(part, box.x, box.y);
      this.context.restore();
    }
  }

  /** A small picture of a face as it was. */
  thumbnail(index) {
    const { box } = this.session.faces[index];
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 120;
    const side = Math.min(box.width, box.height);
    canvas.getContext("2d").drawImage(
      this.view, box.x + (box.width - side) / 2, box.y + (box.height - side) / 2, side, side, 0, 0, 120, 120);
    return canvas;
  }
}
