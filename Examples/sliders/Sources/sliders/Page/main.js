// The page: what is opened, changed, compared, undone and downloaded.

import { Edits } from "./edits.js";
import { hush, say, warn } from "./messages.js";
import { Mover } from "./mover.js";
import { acceptPhotos } from "./opening.js";
import { Picture } from "./picture.js";
import * as server from "./service.js";
import { Sliders } from "./sliders.js";

const find = (id) => document.getElementById(id);
const root = document.documentElement;
let offer, session, source, edits, seeking;

// --- Opening

const picture = new Picture(find("picture"), find("canvas"), find("frames"), choose);

async function open(newSource) {
  if (newSource.file?.size > offer.photoBytes) {
    return warn(`“${newSource.name}” has ${Math.ceil(newSource.file.size / 2 ** 20)} MB, and a photo here at most ${
      offer.photoBytes / 2 ** 20}.`);
  }
  root.classList.add("waiting");
  try {
    const [opened, view] = await openSession(newSource);
    seeking?.abort();
    if (session) server.close(session);
    [session, source, edits] = [opened, newSource, new Edits(opened.faces.length, offer.words)];
    for (const id of ["stage", "controls", "another"]) find(id).hidden = false;
    find("welcome").hidden = true;
    find("another").textContent = "Another photo";
    picture.open(session, view);
    showFaces();
    show();
    tellFound();
  } catch (error) {
    refuse(error, newSource);
  } finally {
    root.classList.remove("waiting");
  }
}

async function openSession(source) {
  const opened = await server.open(source);
  return [opened, await createImageBitmap(await server.view(opened))];
}

function tellFound() {
  const { faces, found, losses } = session;
  const sentences = [];
  if (found > faces.length) sentences.push(`${found} faces were found; the clearest ${faces.length} are framed. Choose one.`);
  else if (found > 1) sentences.push(`${found} faces were found. Choose one.`);
  if (losses.length) sentences.push(`The download will not keep ${losses.join(", ")}.`);
  if (sentences.length) say(sentences.join(" ")); else hush();
}

function refuse(error, refused) {
  const canBeFramed = ["no-face", "no-detector"].includes(error.code);
  const framed = (framing) => () => open({ ...refused, framing });
  warn(error.message, canBeFramed
    ? [["Frame its middle", framed("square")], ["Frame all of it", framed("whole")]] : []);
}

/** Opens the photo again when the server has forgotten it. */
async function reopen() {
  const [opened, view] = await openSession(source);
  const hadOptimized = edits.dropOptimized();
  session = opened;
  picture.open(session, view);
  // Rows are made anew only where some go: one of them may be held.
  if (hadOptimized) show();
  else {
    picture.mark(edits.chosen);
    tell();
    move();
  }
  say(`The server had forgotten the photo; it was opened again.${hadOptimized ? " Sentences have to be found again." : ""}`);
}

/** Says what went wrong, or opens the photo again when that is the server's having forgotten it. */
async function fail(error) {
  if (error.code === "session-ended") {
    try { return await reopen(); } catch (again) { error = again; }
  }
  warn(error.message);
}

// --- Moving

const mover = new Mover(
  async (wish) => {
    const part = await createImageBitmap(await server.move(wish.session, wish.face, wish.edits));
    if (wish.session === session && edits.isEdited) picture.set(wish.face, part);
  },
  async (error) => { if (error.code !== "overtaken") await fail(error); });

async function move() {
  if (!edits.isEdited) return picture.clear();
  find("picture").ariaBusy = true;
  await mover.move({ session, face: edits.chosen, edits: edits.request });
  if (!mover.isBusy) find("picture").ariaBusy = false;
}

const sliders = new Sliders(find("sliders"), {
  grab: () => { edits.remember(); root.classList.add("busy"); },
  move,
  release: () => { root.classList.remove("busy"); tell(); },
  remove: (slider) => { edits.remove(slider); show(); find("text").focus(); },
});

/** Shows the chosen face's sliders and how it looks. */
function show() {
  sliders.show(edits.sliders);
  picture.mark(edits.chosen);
  const input = find("face-list").querySelectorAll("input")[edits.chosen];
  if (input) input.checked = true;
  tell();
  move();
}

function tell() {
  find("undo").disabled = !edits.canUndo;
  find("canvas").setAttribute("aria-label", edits.description);
}

// --- Faces

function choose(index) {
  edits.chosen = index;
  show();
}

function showFaces() {
  find("faces").hidden = session.faces.length < 2;
  find("face-list").replaceChildren(...session.faces.map((_, index) => {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), {
      type: "radio", name: "face", ariaLabel: `Face ${index + 1}`,
    });
    input.addEventListener("change", () => choose(index));
    label.append(input, picture.thumbnail(index));
    return label;
  }));
}

// --- Words and sentences

async function add(text) {
  if (edits.find(text, false)) return warn(`“${text}” has a slider already.`);
  try {
    const { means, certainty } = await server.reading(text);
    const meaning = means.slice(0, 4).map(({ word, theta }) => (theta < 0 ? `less ${word}` : word)).join(", ");
    const sure = `${Math.round(100 * certainty)} % sure`;
    const note = `${meaning === text.toLowerCase() ? "" : `${meaning}: `}${sure}`;
    edits.add({ text, theta: 1, optimized: false, note });
    find("text").value = "";
    show();
    say(`“${text}” means ${meaning || "nothing"} (${sure}).`);
  } catch (error) {
    const offers = (error.suggestions ?? []).slice(0, 4).map((word) => [word, () => add(word)]);
    warn(offers.length ? `${error.message} Did you mean one of these?` : error.message, offers);
  }
}

find("add").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = find("text").value.trim();
  if (text) add(text);
});

find("describe").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = find("wish").value.trim(), face = edits.chosen, wished = session;
  if (!text || seeking) return;
  if (edits.find(text, true)) return warn(`“${text}” was found already; move its slider.`);
  seeking = new AbortController();
  [find("progress").hidden, find("seek").disabled] = [false, true];
  find("bar").removeAttribute("value");
  say(`Looking for “${text}” …`);
  try {
    await server.optimize(session, face, text, seeking.signal, (step, steps) => {
      if (step > 0) Object.assign(find("bar"), { max: steps, value: step });
    });
    if (session !== wished) return;
    edits.chosen = face;
    edits.add({ text, theta: 1, optimized: true });
    find("wish").value = "";
    show();
    find("slider-0").focus();
    say(`“${text}” was found and has a slider.`);
  } catch (error) {
    if (error.name === "AbortError") say("The search was stopped."); else await fail(error);
  } finally {
    [find("progress").hidden, find("seek").disabled, seeking] = [true, false, null];
  }
});
find("stop").addEventListener("click", () => seeking?.abort());

// --- Compare, undo, download

function compare(isComparing) {
  if (!session || picture.comparing === isComparing) return;
  root.classList.toggle("comparing", isComparing);
  picture.compare(isComparing);
}

function undo() {
  if (!edits?.canUndo) return;
  edits.undo();
  show();
  say("Undone.");
}

async function download() {
  find("download").disabled = true;
  say("The photo is being made at its own resolution …");
  try {
    const file = await server.photo(session, edits.request);
    const name = (source.name ?? `drawn face ${source.seed}`).replace(/\.[^.]*$/, "");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `${name}-edited.${file.type === "image/png" ? "png" : "jpg"}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    say(`“${link.download}” was made, ${session.width}×${session.height} pixels.`);
  } catch (error) {
    await fail(error);
  } finally {
    find("download").disabled = false;
  }
}

find("undo").addEventListener("click", undo);
find("download").addEventListener("click", download);
find("another").addEventListener("click", () => {
  const isOpen = find("welcome").hidden;
  find("welcome").hidden = !isOpen;
  for (const id of ["stage", "controls"]) find(id).hidden = isOpen;
  find("another").textContent = isOpen ? "Back to the photo" : "Another photo";
  hush();
});

find("compare").addEventListener("pointerdown", () => compare(true));
find("compare").addEventListener("keydown", ({ key }) => { if (key === " " || key === "Enter") compare(true); });
const isWriting = (target) => target instanceof HTMLInputElement && target.type === "text";
addEventListener("keydown", (event) => {
  if (isWriting(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "c" && !event.ctrlKey && !event.metaKey) compare(true);
  if (key === "z" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    undo();
  }
});
for (const end of ["keyup", "pointerup", "pointercancel", "blur"]) addEventListener(end, () => compare(false));

// --- Beginning

try {
  offer = await server.service();
  acceptPhotos({ open, seeds: [57, 38, 29, 10, 46, 5] });
  if (!offer.findsFaces) {
    warn("The face detector is not installed (make models), so a photo's face has to be framed by hand: its middle, or all of it. Drawn faces need none.");
  }
} catch (error) {
  warn(error.message);
}
