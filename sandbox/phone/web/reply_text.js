// A reply's text as WeChat shows it: plain, but for links. A tap on a weixin:// link sends its words.

import { make } from "./dom.js";

const LINK = /<a\s[^>]*?href=(["'])(.*?)\1[^>]*>(.*?)<\/a>/gs;
const TAP = "weixin://bizmsgmenu?";

export function shownText(text, onTap) {
  const nodes = [];
  let end = 0;
  for (const link of text.matchAll(LINK)) {
    nodes.push(text.slice(end, link.index), linkTo(link[2], link[3], onTap));
    end = link.index + link[0].length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function linkTo(address, label, onTap) {
  if (address.startsWith(TAP)) {
    const query = new URLSearchParams(address.slice(TAP.length));
    const words = query.get("msgmenucontent");
    const id = query.get("msgmenuid");
    if (words && id !== null) {
      return make("button", { type: "button", className: "link", onclick: () => onTap(words, id) }, label);
    }
  }
  if (/^https?:\/\//.test(address)) {
    return make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label);
  }
  return label;
}
