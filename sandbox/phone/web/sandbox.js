// What the sandbox tells, fact by fact, and what it is asked to do.

import { byId } from "./dom.js";
import { say } from "./words.js";

export const facts = new Map();

let changed = () => {};
let fresh = true;

export function watch(onChange) {
  changed = onChange;
  const events = new EventSource("/phone/events");
  events.onopen = () => {
    fresh = true;
    byId("lost").hidden = true;
  };
  events.onerror = () => {
    byId("lost").hidden = false;
  };
  events.onmessage = (event) => {
    if (fresh) facts.clear(); // the first one tells everything
    fresh = false;
    for (const [name, fact] of Object.entries(JSON.parse(event.data))) {
      if (fact === null) facts.delete(name);
      else facts.set(name, fact);
    }
    changed();
  };
}

// The facts of one kind, by their numbers: "entry", "call"; or people by their names.
export function all(kind) {
  const found = [];
  for (const [name, fact] of facts) if (name.startsWith(`${kind} `)) found.push(fact);
  return kind === "person" ? found : found.sort((one, other) => one.number - other.number);
}

export async function ask(act, body, query = {}) {
  const target = `/phone/${act}?${new URLSearchParams(query)}`;
  const content = body instanceof Blob ? body : JSON.stringify(body ?? {});
  try {
    const answer = await fetch(target, { method: "POST", body: content });
    const said = await answer.json();
    if (!answer.ok) tell(`${say("failed_request")}${say(said.reason)}`);
    return answer.ok ? said : null;
  } catch {
    tell(say("lost"));
    return null;
  }
}

export const control = (name, to) => ask(`control/${name}`, { to });

let silence;

export function tell(text) {
  const toast = byId("toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(silence);
  silence = setTimeout(() => (toast.hidden = true), 3500);
}
