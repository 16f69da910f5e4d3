/** Elements. Every text from the report goes through `terminal`, and to the page as text. */
import { terminal } from "../escape.js";

export type Child = Node | string | null;
type Props = Readonly<Record<string, string | number | boolean | null>>;

/** An element with attributes (null and false leave one out) and children; a string is a text. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : terminal(String(value)));
  }
  element.append(
    ...children.flatMap((child) => (child === null ? [] : [typeof child === "string" ? terminal(child) : child])),
  );
  return element;
}

/** A name from outside: it cannot change the reading direction of what is around it. */
export function name(text: string): HTMLElement {
  return el("bdi", { class: "name" }, text);
}

/** A table with a heading; more rows than `step` are shown on request. */
export function table(
  label: string,
  headings: readonly string[],
  rows: readonly (() => HTMLTableRowElement)[],
  step = 100,
): HTMLElement {
  const body = el("tbody");
  const more = el("button", { type: "button", class: "more" });
  const grow = (): void => {
    const shown = body.childElementCount;
    body.append(...rows.slice(shown, shown + step).map((row) => row()));
    const left = rows.length - body.childElementCount;
    more.hidden = left <= 0;
    more.textContent = `Show ${Math.min(step, left)} more of ${left}`;
  };
  more.addEventListener("click", grow);
  grow();
  const head = el("tr", {}, ...headings.map((heading) => el("th", { scope: "col" }, heading)));
  return el("div", { class: "table" }, el("table", { "aria-label": label }, el("thead", {}, head), body), more);
}
