// What is sent: texts, voices by microphone or typed, pictures.

import { byId, fill, make, setText } from "./dom.js";
import { hasMicrophone, record } from "./recorder.js";
import { all, ask, tell } from "./sandbox.js";
import { hints, say } from "./words.js";

const SHORTEST = 0.6; // seconds
const LONGEST = 60;
const SECONDS_A_CHARACTER = 0.22;

let mode = "text"; // "held": by microphone, "typed": what is typed is said
let ending = null; // ends what is being recorded

export function compose(view) {
  const text = byId("text");
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    sendTyped(view, text);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      sendTyped(view, text);
    }
  });
  text.addEventListener("input", () => grow(text));
  byId("voice-mode").addEventListener("click", () => switchMode(text));
  byId("typed").addEventListener("click", () => enter("typed", text));
  byId("picture").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) ask("show", file, { who: view.who });
    event.target.value = "";
  });
  holdToTalk(view, text);
}

export function showComposer(view) {
  const follows = view.person?.follows ?? true;
  const text = byId("text");
  text.disabled = !follows;
  text.placeholder = follows ? (mode === "typed" ? say("write_spoken") : "") : say("not_followed");
  byId("hold").disabled = byId("send").disabled = byId("picture").disabled = !follows;
  byId("voice-mode").disabled = !follows;
  setText(byId("send"), say(mode === "typed" ? "send_spoken" : "send"));
  const isNew = !all("entry").some((entry) => entry.open_id === view.who);
  fill(byId("hints"), [isNew && follows, hints()], () => !isNew || !follows ? [] : [
    make("span", {}, say("hint")),
    ...hints().map((hint) => make("button", {
      type: "button",
      onclick: () => ask("say", { text: hint }, { who: view.who }),
    }, hint)),
  ]);
}

function grow(text) {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 120)}px`;
}

async function sendTyped(view, text) {
  const words = text.value;
  if (!words.trim()) return;
  text.value = "";
  grow(text);
  const sent = mode === "typed"
    ? await ask("speak", new Blob([]), { who: view.who, text: words, seconds: words.length * SECONDS_A_CHARACTER })
    : await ask("say", { text: words }, { who: view.who });
  if (!sent && !text.value) text.value = words;
}

async function switchMode(text) {
  if (mode !== "text") return enter("text", text);
  const microphone = await hasMicrophone().catch(() => false);
  enter(microphone ? "held" : "typed", text);
  if (!microphone) tell(say("no_microphone"));
}

function enter(next, text) {
  mode = next;
  byId("hold").hidden = byId("typed").hidden = mode !== "held";
  text.hidden = byId("send").hidden = mode === "held";
  const toggle = byId("voice-mode");
  toggle.setAttribute("aria-pressed", String(mode !== "text"));
  toggle.dataset.label = mode === "text" ? "voice_mode" : "text_mode";
  toggle.title = say(toggle.dataset.label);
  toggle.setAttribute("aria-label", toggle.title);
  text.placeholder = mode === "typed" ? say("write_spoken") : "";
  setText(byId("send"), say(mode === "typed" ? "send_spoken" : "send"));
  (mode === "held" ? byId("hold") : text).focus();
}

function holdToTalk(view, text) {
  const hold = byId("hold");
  const begin = () => startTalking(text);
  const end = () => stopTalking(view);
  hold.addEventListener("pointerdown", (event) => {
    hold.setPointerCapture(event.pointerId);
    begin();
  });
  hold.addEventListener("pointerup", end);
  hold.addEventListener("pointercancel", cancelTalking);
  hold.addEventListener("contextmenu", (event) => event.preventDefault());
  hold.addEventListener("keydown", (event) => {
    if (event.key === "Escape") cancelTalking();
    if ((event.key !== " " && event.key !== "Enter") || event.repeat) return;
    event.preventDefault();
    begin();
  });
  hold.addEventListener("keyup", (event) => {
    if (event.key === " " || event.key === "Enter") end();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && cancelTalking());
}

function startTalking(text) {
  if (ending) return;
  byId("recording").hidden = false;
  byId("hold").classList.add("held");
  ending = record();
  ending.catch(() => {
    cancelTalking();
    tell(say("no_microphone"));
    enter("typed", text);
  });
  const mine = ending;
  setTimeout(() => mine === ending && byId("hold").dispatchEvent(new Event("pointerup")), LONGEST * 1000);
}

function cancelTalking() {
  const recording = endTalking();
  recording?.then((stop) => stop()).catch(() => {});
}

async function stopTalking(view) {
  const recording = endTalking();
  if (!recording) return;
  try {
    const { wav, seconds } = await (await recording)();
    if (seconds < SHORTEST) tell(say("too_short"));
    else await ask("speak", wav, { who: view.who, seconds });
  } catch {
    tell(say("too_short")); // let go before there was anything
  }
}

function endTalking() {
  const recording = ending;
  ending = null;
  byId("recording").hidden = true;
  byId("hold").classList.remove("held");
  return recording;
}
