// The ways to open a photo: chosen, dropped, pasted, or drawn.

/** `open` is given a source, {file, name, framing} or {seed}. */
export function acceptPhotos({ open, seeds }) {
  const take = (files) => {
    const file = [...files].find((file) => file instanceof File);
    if (file) open({ file, name: file.name, framing: "detected" });
  };
  const root = document.documentElement;
  const input = document.getElementById("file");
  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    root.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) root.classList.remove("dropping");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    root.classList.remove("dropping");
    take(event.dataTransfer.files);
  });
  addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) take(event.clipboardData.files);
  });
  document.getElementById("drawn").append(...seeds.map((seed, index) => {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    const face = Object.assign(new Image(), { src: `/api/drawn/${seed}`, alt: `Drawn face ${index + 1}` });
    button.append(face);
    button.addEventListener("click", () => open({ seed }));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
}
