// The chat: what was sent and what came, in the order in which it happened.

import { byId, fill, make, setText } from "./dom.js";
import { shownText } from "./reply_text.js";
import { all, ask, facts } from "./sandbox.js";
import { say } from "./words.js";

const QUIET = 300; // seconds after which the time is shown again
const LONGEST_BUBBLE = 60; // seconds

const player = new Audio();
let playing = null;

player.onended = () => stopPlaying();

function stopPlaying() {
  player.pause();
  playing?.classList.remove("playing");
  playing = null;
}

function play(button, file) {
  const again = playing === button;
  stopPlaying();
  if (again) return;
  player.src = `/phone/file/${encodeURIComponent(file)}`;
  playing = button;
  button.classList.add("playing");
  player.play().catch(stopPlaying);
}

export function showChat(view) {
  const chat = byId("chat");
  const atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80;
  const moments = happened(view.who);
  const lines = new Map([...chat.children].map((line) => [line.dataset.key, line]));
  let before = null;
  let place = 0;
  let isNew = false;
  for (const moment of moments) {
    if (!before || moment.at - before > QUIET) moment.time = timeOf(moment.at);
    before = moment.at;
    let line = lines.get(moment.key);
    if (!line) {
      line = make("div", { className: "line" });
      line.dataset.key = moment.key;
      isNew = true;
    }
    lines.delete(moment.key);
    if (chat.children[place] !== line) chat.insertBefore(line, chat.children[place] ?? null);
    place += 1;
    showLine(line, moment, view);
  }
  for (const line of lines.values()) line.remove();
  if (atEnd || isNew) chat.scrollTop = chat.scrollHeight;
}

function happened(who) {
  const moments = [];
  for (const entry of all("entry")) {
    if (entry.open_id !== who) continue;
    moments.push({ key: `sent ${entry.number}`, at: entry.at, entry, sent: true });
    if (entry.came && entry.came !== "nothing") {
      moments.push({ key: `came ${entry.number}`, at: entry.came_at, entry, sent: false });
    }
  }
  return moments.sort((one, other) => one.at - other.at);
}

function showLine(line, moment, view) {
  const { entry, sent } = moment;
  const life = facts.get(`life ${entry.number}`);
  const key = [moment.time, entry.came, entry.text, sent, say("play"), sent && life?.question];
  fill(line, key, () => [
    moment.time ? make("p", { className: "time" }, moment.time) : null,
    sent ? sentLine(entry, life, view) : cameLine(entry, view),
  ].filter(Boolean));
  if (!sent) return;
  const dot = line.querySelector(".dot");
  if (dot) {
    dot.className = `dot ${dotOf(entry, life)}`;
    dot.setAttribute("aria-pressed", String(view.entry === entry.number));
    dot.title = `${say("look")} ${life ? say(life.state) : ""}`;
  }
}

function dotOf(entry, life) {
  if (life?.state === "FAILED" || entry.came === "fault") return "bad";
  if (life?.state === "REPLIED" || (!life && entry.came)) return "done";
  return "busy";
}

function sentLine(entry, life, view) {
  if (entry.kind === "subscribe") return systemLine(say("followed_line"));
  if (entry.kind === "unsubscribe") return systemLine(say("unfollowed_line"));
  const dot = make("button", {
    type: "button",
    className: "dot",
    "aria-label": say("look"),
    onclick: () => view.look(entry.number),
  });
  const heard = entry.kind === "voice" ? entry.text || life?.question : "";
  return make("div", { className: "row mine" },
    dot,
    make("div", { className: "what" }, bubbleOf(entry),
      heard ? make("p", { className: "heard" }, `${say("heard_as")}${heard}`) : null,
      heard && !entry.text ? make("p", { className: "note" }, say("heard_always")) : null),
    avatar(entry.open_id));
}

function bubbleOf(entry) {
  if (entry.kind === "voice") return voiceBubble(entry.file, entry.seconds, "mine");
  if (entry.kind === "picture") {
    return make("img", { className: "picture", src: `/phone/file/${entry.file}`, alt: say("picture") });
  }
  return make("p", { className: "bubble" }, entry.text);
}

function cameLine(entry, view) {
  if (entry.came === "fault") return systemLine(say("fault"), "fault");
  if (entry.came === "transfer_customer_service") return systemLine(say("handed_over"));
  const bubble = (CAME[entry.came] ?? textBubble)(entry, view);
  return make("div", { className: "row theirs" }, accountAvatar(), make("div", { className: "what" }, bubble));
}

const CAME = {
  voice: (entry) => voiceBubble(entry.answer_file, entry.answer_seconds, "theirs"),
  image: (entry) => entry.answer_file
    ? make("img", { className: "picture", src: `/phone/file/${entry.answer_file}`, alt: say("picture") })
    : make("p", { className: "bubble elsewhere" }, `${say("picture_elsewhere")} ${entry.answer}`),
  news: (entry) => {
    const [title, description, picture, url] = entry.answer.split("\n");
    return make("a", { className: "bubble article", href: webAddress(url), target: "_blank", rel: "noopener noreferrer" },
      make("strong", {}, title), make("span", {}, description),
      picture ? make("small", {}, `${say("cover")} ${picture}`) : null);
  },
};

const webAddress = (url) => (/^https?:\/\//.test(url) ? url : "#");

const textBubble = (entry, view) =>
  make("p", { className: "bubble" }, ...shownText(entry.answer, (words, id) =>
    ask("say", { text: words, menu: id }, { who: view.who })));

function voiceBubble(file, seconds, side) {
  const length = Math.max(1, Math.round(seconds));
  const bubble = make("button", {
    type: "button",
    className: `bubble voice ${side}`,
    "aria-label": `${say("play")} ${length}″`,
    onclick: (event) => play(event.currentTarget, file),
  }, make("span", { className: "sound", "aria-hidden": "true" }, make("i"), make("i"), make("i")), `${length}″`);
  bubble.style.width = `${4.6 + (9 * Math.min(length, LONGEST_BUBBLE)) / LONGEST_BUBBLE}rem`;
  return bubble;
}

const systemLine = (text, more = "") => make("p", { className: `system ${more}` }, text);

export function avatar(openId) {
  const number = openId.replace(/\D/g, "");
  const face = make("span", { className: "avatar", "aria-hidden": "true" }, number);
  face.style.setProperty("--hue", String((Number(number) * 67 + 150) % 360));
  return face;
}

const accountAvatar = () => make("img", { className: "avatar", src: "/phone/icon.svg", alt: "" });

function timeOf(at) {
  return new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

export function showPeople(view) {
  const people = all("person");
  fill(byId("people"), [people, view.who, say("follower")], () => people.map((person) =>
    make("button", {
      type: "button",
      className: person.follows ? "person" : "person gone",
      "aria-pressed": String(person.open_id === view.who),
      onclick: () => view.be(person.open_id),
    }, avatar(person.open_id), `${say("follower")} ${person.open_id.replace(/\D/g, "")}`)));
  setText(byId("follow"), say(view.person?.follows ? "unfollow" : "follow"));
}
