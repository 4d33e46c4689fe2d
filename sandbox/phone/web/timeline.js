// The tries of one message on a line of time, as WeChat makes them: 5 s each, three at most.

import { byId, fill, make, setText } from "./dom.js";
import { facts } from "./sandbox.js";
import { say } from "./words.js";

const WINDOW = 15; // seconds
const TRY = 5;
const MOST_TRIES = 3;

export const now = () => Date.now() / 1000;
export const inSeconds = (seconds) => `${seconds.toFixed(seconds < 10 ? 2 : 1)} ${say("seconds")}`;

export function showTimeline(entry) {
  const timeline = byId("timeline");
  if (!entry) {
    fill(timeline, ["nothing", say("no_message")], () => [make("p", { className: "nothing" }, say("no_message"))]);
    return;
  }
  const span = Math.max(WINDOW, ...entry.tries.map((one) => one.began + (one.seconds ?? TRY)));
  fill(timeline, [entry.number, span, entry.tries.length, say("seconds")], () => [
    make("div", { className: "scale", "aria-hidden": "true" }, ...marks(span)),
    make("div", { className: "downs", "aria-hidden": "true" }),
    ...Array.from({ length: MOST_TRIES }, (_, i) => row(i)),
  ]);
  showDowns(timeline.querySelector(".downs"), entry, span);
  timeline.querySelectorAll(".try").forEach((line, i) => showTry(line, entry, entry.tries[i], span));
}

function marks(span) {
  const found = [];
  for (let at = 0; at <= span; at += TRY) {
    const mark = make("span", {}, `${at}`);
    mark.style.left = `${(100 * at) / span}%`;
    found.push(mark);
  }
  return found;
}

const row = (i) => make("div", { className: "try" },
  make("b", {}, String(i + 1)),
  make("div", { className: "track" }, make("div", { className: "span" })), make("span", { className: "told" }));

function showTry(line, entry, one, span) {
  const bar = line.querySelector(".span");
  const told = line.querySelector(".told");
  line.classList.toggle("none", !one);
  if (!one) {
    bar.style.width = "0";
    setText(told, "");
    return;
  }
  const lasted = one.seconds ?? Math.min(now() - entry.at - one.began, TRY);
  bar.style.left = `${(100 * one.began) / span}%`;
  bar.style.width = `max(3px, ${(100 * Math.max(0, lasted)) / span}%)`;
  const kind = kindOf(entry, one);
  bar.className = `span ${kind}`;
  const end = (100 * (one.began + lasted)) / span;
  const before = end >= 60; // where there is more room
  told.classList.toggle("before", before);
  told.style.setProperty("--at", String((before ? one.began : one.began + lasted) / span));
  setText(told, `${inSeconds(Math.max(0, lasted))} · ${say(kind === "open" ? "open" : `try_${kind}`)}`);
}

function kindOf(entry, one) {
  if (one.seconds === null) return "open";
  if (one.result === "dropped") return one.seconds >= TRY - 0.1 ? "timeout" : "cut";
  if (one.result === "reply" && entry.delivered !== null && entry.delivered !== one.number) return "lost";
  return one.result;
}

function showDowns(place, entry, span) {
  const downs = facts.get("server")?.downs ?? [];
  const shown = downs.filter(([from, until]) => (until ?? Infinity) > entry.at && from < entry.at + span);
  fill(place, [shown.length, say("kill")], () => shown.map(() => make("div", { className: "down" }, make("span", {}, say("kill")))));
  shown.forEach(([from, until], i) => {
    const begin = Math.max(0, from - entry.at);
    const end = Math.min(span, (until ?? now()) - entry.at);
    place.children[i].style.left = `${(100 * begin) / span}%`;
    place.children[i].style.width = `max(2px, ${(100 * Math.max(0, end - begin)) / span}%)`;
  });
}
