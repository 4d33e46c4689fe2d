// Small ways to make and change elements. Texts only ever become text nodes.

export const byId = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "role") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Puts children in the place of those that are there, unless they are the same as last time.
export function fill(element, key, children) {
  const written = JSON.stringify(key);
  if (element.filledWith === written) return false;
  element.filledWith = written;
  element.replaceChildren(...children());
  return true;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
