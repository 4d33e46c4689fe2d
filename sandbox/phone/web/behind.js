// What happens behind the chat: the server, its model, and the life of one message.

import { byId, fill, make, setText } from "./dom.js";
import { all, control, facts } from "./sandbox.js";
import { inSeconds, now, showTimeline } from "./timeline.js";
import { say } from "./words.js";

const STATES = ["RECEIVED", "GENERATING", "SYNTHESIZING", "UPLOADED"];
const SPEEDS = ["at once", "normal", "8 s", "20 s"];
const SWITCHES = ["model_fails", "speech_fails", "voice", "sealed"];

export function showBehind(entry) {
  showServer();
  showSwitches();
  showTimeline(entry);
  setText(byId("which"), entry ? titleOf(entry) : "");
  const life = entry && facts.get(`life ${entry.number}`);
  showStates(entry, life);
  const calls = entry ? callsOf(entry, life) : [];
  showStream(entry, calls);
  showHistory(calls.at(-1));
  setText(byId("strip"), stripOf(entry, life));
}

function titleOf(entry) {
  const life = facts.get(`life ${entry.number}`);
  const words = entry.text || life?.question || "";
  const parts = [words && `“${words.length > 18 ? `${words.slice(0, 18)}…` : words}”`];
  if (entry.msg_id) parts.push(`MsgId ${entry.msg_id}`);
  if (entry.sealed) parts.push(say("is_sealed"));
  return parts.filter(Boolean).join(" · ");
}

export function buildControls() {
  const controls = byId("controls");
  shown = null;
  fill(controls, say("server"), () => [
    make("div", { className: "server" },
      make("button", { type: "button", id: "kill-and-start", className: "danger", onclick: () => control("kill_and_start") }, say("kill_and_start")),
      make("button", { type: "button", id: "kill", className: "danger outlined", onclick: () => control("kill") }, say("kill")),
      make("button", { type: "button", id: "start", className: "good", onclick: () => control("start") }, say("start"))),
    make("fieldset", { className: "speeds" }, make("legend", {}, say("speed")), ...SPEEDS.map((speed) =>
      make("label", {}, make("input", { type: "radio", name: "speed", value: speed, onchange: () => set("speed", speed) }), make("span", {}, say(speed))))),
    make("div", { className: "switches" }, ...SWITCHES.map((name) =>
      make("label", { title: name === "voice" ? say("voice_note") : "" },
        make("input", { type: "checkbox", role: "switch", id: `switch-${name}`, onchange: (event) => set(name, event.target.checked) }),
        make("span", {}, say(name))))),
  ]);
}

function showServer() {
  const server = facts.get("server");
  if (!server) return;
  const pill = byId("pill");
  pill.className = `server-pill ${server.state}`;
  const state = say(server.state);
  setText(pill, `${say("server")} · ${server.pid ? `${state} · pid ${server.pid}` : state}`);
  const runs = server.state === "up" || server.state === "starting";
  byId("kill").hidden = byId("kill-and-start").hidden = !runs;
  byId("start").hidden = runs;
  byId("start").disabled = server.state === "stopping";
}

// What was switched here stays so until the sandbox says otherwise.
let shown = null;

function set(name, to) {
  control(name, to).then((done) => {
    if (!done) shown = null;
  });
}

function showSwitches() {
  const switches = facts.get("switches");
  if (!switches || switches === shown) return;
  shown = switches;
  for (const radio of document.querySelectorAll("[name=speed]")) radio.checked = radio.value === switches.speed;
  for (const name of SWITCHES) byId(`switch-${name}`).checked = switches[name];
  byId("switch-sealed").disabled = switches.must_be_sealed;
}

function movesOf(life) {
  return (life?.moments ?? []).filter((moment) => moment.what.includes(" → "));
}

function showStates(entry, life) {
  const moves = movesOf(life);
  const reached = new Map([["RECEIVED", life?.moments[0]?.at]]);
  for (const move of moves) reached.set(move.what.split(" → ")[1], move.at);
  const end = life?.state === "FAILED" ? "FAILED" : "REPLIED";
  const shown = [...STATES, end];
  fill(byId("states"), [shown, say("RECEIVED")], () => shown.map((state) =>
    make("li", { id: `state-${state}` }, make("b", {}, state), make("span", {}, say(state)), make("time", {}))));
  for (const state of shown) {
    const item = byId(`state-${state}`);
    const current = life?.state === state;
    item.className = current ? `current ${state}` : life && reached.has(state) ? "passed" : "";
    if (current) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
    setText(item.querySelector("time"), life && reached.has(state) ? `+${inSeconds(Math.max(0, reached.get(state) - entry.at))}` : "");
  }
  const note = life?.take_ups ? say("took_up", life.take_ups) : life?.failure ?? (entry && !life ? say(entry.kind === "unsubscribe" ? "erased" : "not_stored") : "");
  setText(byId("state-note"), note);
  const moments = life?.moments ?? [];
  if (fill(byId("moments"), [entry?.number, moments], () => moments.map((moment) =>
    make("li", { className: moment.what.includes(" → ") ? "move" : "" },
      make("time", {}, `+${inSeconds(Math.max(0, moment.at - entry.at))}`), make("span", {}, moment.what), make("i", {}, moment.note))))) {
    byId("moments").scrollTop = byId("moments").scrollHeight;
  }
}

// A message's own calls: those that asked its question, after it came and before the same again.
function callsOf(entry, life) {
  const question = life?.question || entry.text;
  const next = all("entry").find((other) => other.number > entry.number && other.text === question);
  return all("call").filter((call) => question && call.question === question
    && call.at >= entry.at - 0.05 && (!next || call.at < next.at));
}

function showStream(entry, calls) {
  const last = calls.at(-1);
  fill(byId("calls"), [calls.map((call) => [call.number, callState(call)]), say("stream")], () => calls.map((call, i) =>
    make("span", { className: `call ${callState(call)}` }, `${say("call", i + 1)} · ${say(`call_${callState(call)}`, call.status)}`)));
  const said = byId("said");
  setText(said, last ? last.said : entry ? say("no_call") : "");
  said.classList.toggle("nothing", !last);
  said.classList.toggle("writing", Boolean(last && !last.over));
  if (last && !last.over) said.scrollTop = said.scrollHeight;
  setText(byId("call-note"), last ? inSeconds((last.ended_at ?? now()) - last.at) : "");
}

function callState(call) {
  if (!call.over) return call.said ? "open" : "thinks";
  if (call.status !== 200) return "failed";
  return call.broken ? "broken" : "done";
}

function showHistory(call) {
  const turns = call?.messages ?? [];
  setText(byId("history-note"), turns.length ? say("turns", turns.length) : "");
  const history = byId("history");
  if (fill(history, [turns, say("user")], () => turns.map((turn) =>
    make("li", { className: turn.role }, make("b", {}, say(turn.role)), make("p", {}, String(turn.content)))))) {
    history.scrollTop = history.scrollHeight;
  }
}

function stripOf(entry, life) {
  if (!entry || (entry.came && now() - entry.came_at > 4)) return "";
  const last = entry.tries.at(-1);
  const parts = [life ? `${life.state} ${say(life.state)}` : say("not_stored")];
  if (last) parts.push(`${say("tries")} ${entry.tries.length}/3`);
  parts.push(inSeconds(Math.max(0, (entry.came_at ?? now()) - entry.at)));
  return parts.join(" · ");
}
