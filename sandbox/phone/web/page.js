// Wires the page: what the sandbox tells is shown, what is done on it is asked of the sandbox.

import { buildControls, showBehind } from "./behind.js";
import { showChat, showPeople } from "./chat.js";
import { compose, showComposer } from "./composer.js";
import { byId } from "./dom.js";
import { all, ask, facts, watch } from "./sandbox.js";
import { sayAll, speakTheOther } from "./words.js";

// What this page looks at: whose phone it is, and which message's life; the last one unless chosen.
const view = {
  who: "follower-1",
  entry: null,
  chosen: null,
  get person() {
    return facts.get(`person ${this.who}`);
  },
  be(openId) {
    this.who = openId;
    this.chosen = null;
    show();
  },
  look(number) {
    this.chosen = this.chosen === number ? null : number;
    show();
    if (matchMedia("(max-width: 899px)").matches) turn(true);
  },
};

function show() {
  const sent = all("entry").filter((entry) => entry.open_id === view.who);
  const last = sent.at(-1);
  // A message that comes after the one that was chosen is looked at instead.
  if (last && view.latest !== last.number) view.chosen = null;
  view.latest = last?.number;
  const entry = facts.get(`entry ${view.chosen}`) ?? last;
  view.entry = entry?.number ?? null;
  showPeople(view);
  showChat(view);
  showComposer(view);
  showBehind(entry);
}

let planned = false;

function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => {
    planned = false;
    show();
  });
}

const isUnderWay = () =>
  all("entry").some((entry) => !entry.came || Date.now() / 1000 - entry.came_at < 5) || all("call").some((call) => !call.over);

function turn(behind) {
  document.body.classList.toggle("shows-behind", behind);
  byId(behind ? "to-phone" : "to-behind").focus();
}

function openMenu(open) {
  byId("menu").hidden = !open;
  byId("more").setAttribute("aria-expanded", String(open));
  if (open) byId("follow").focus();
}

function listen() {
  byId("language").addEventListener("click", () => {
    speakTheOther();
    buildControls();
    show();
  });
  byId("to-behind").addEventListener("click", () => turn(true));
  byId("to-phone").addEventListener("click", () => turn(false));
  byId("more").addEventListener("click", () => openMenu(byId("menu").hidden));
  byId("follow").addEventListener("click", () => {
    openMenu(false);
    ask(view.person?.follows ? "unfollow" : "follow", {}, { who: view.who });
  });
  byId("newcomer").addEventListener("click", async () => {
    openMenu(false);
    const someone = await ask("newcomer");
    if (someone) view.be(someone.open_id);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (!byId("menu").hidden) {
      openMenu(false);
      byId("more").focus();
    } else if (document.body.classList.contains("shows-behind")) turn(false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("#menu, #more")) openMenu(false);
  });
}

sayAll();
buildControls();
listen();
compose(view);
watch(plan);
setInterval(() => isUnderWay() && plan(), 100); // clocks go on between two events
