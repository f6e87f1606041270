// What the server is asked for. Every refusal is an error with the server's sentence.

export class Refusal extends Error {
  constructor({ code, sentence, suggestions = [] }) {
    super(sentence);
    this.code = code;
    this.suggestions = suggestions;
  }
}

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal({ code: "unreachable", sentence: "The server does not answer; is it still running?" });
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new Refusal(answer?.error ?? { code: "unknown", sentence: `The server answers ${response.status}.` });
}

const about = (session) => ({ Session: session.id });
const post = (session, body, signal) => ({
  method: "POST", body: JSON.stringify(body), signal,
  headers: { "Content-Type": "application/json", ...(session ? about(session) : {}) },
});

/** What the service offers: limits, common words, whether faces are found. */
export const service = async () => (await ask("/api/service")).json();

/** Opens a photo, or a drawn face. A source is {file, name, framing} or {seed}. */
export async function open(source) {
  const path = source.seed === undefined
    ? `/api/session?${new URLSearchParams({ framing: source.framing, name: source.name })}`
    : `/api/session/drawn/${source.seed}`;
  return (await ask(path, { method: "POST", body: source.file })).json();
}

export const close = (session) =>
  ask("/api/session", { method: "DELETE", headers: about(session) }).catch(() => {});

export const view = async (session) => (await ask("/api/session/view", { headers: about(session) })).blob();

export const move = async (session, face, edits) =>
  (await ask("/api/session/move", post(session, { face, edits }))).blob();

export const photo = async (session, edits) =>
  (await ask("/api/session/photo", post(session, { edits }))).blob();

export const reading = async (text) => (await ask("/api/reading", post(null, { text }))).json();

/** Moves a face toward a sentence; `report` is told steps made and to make. */
export async function optimize(session, face, text, signal, report) {
  const response = await ask("/api/session/sentence", post(session, { face, text }, signal));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", found = false;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines.map((line) => JSON.parse(line))) {
      if (line.error) throw new Refusal(line.error);
      if (line.text) found = true; else report(line.step, line.steps);
    }
  }
  if (!found) throw new Refusal({ code: "cancelled", sentence: "The server ended before the face was found." });
}
