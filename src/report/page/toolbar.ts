/** The filters of the page, and how the matrix is shown. */
import { DIRECTIONS } from "../../settings/settings.js";
import { PAGE_VERDICTS, type PageData } from "../page-data.js";
import { el } from "./dom.js";
import { VERDICT_GLYPHS, type Filter } from "./model.js";

export interface View {
  readonly filter: Filter;
  /** Which phase is shown, -1 for all side by side. */
  readonly phase: number;
  readonly large: boolean;
  readonly colour: "verdict" | "outcome";
}

/** The bar; `changed` is told of each change, with the view as it then is. */
export function toolbar(
  data: PageData,
  start: View,
  counts: ReadonlyMap<string, number>,
  changed: (view: View) => void,
): HTMLElement {
  let view = start;
  const set = (part: Partial<View>): void => {
    view = { ...view, ...part };
    changed(view);
  };
  const filter = (part: Partial<Filter>): void => set({ filter: { ...view.filter, ...part } });
  const search = el("input", {
    type: "search",
    placeholder: "Search clients and destinations",
    "aria-label": "Search",
    spellcheck: "false",
  });
  search.addEventListener("input", () => filter({ search: search.value }));
  const directions = DIRECTIONS.filter(
    (direction) => data.changes?.some((change) => change.direction === direction) === true,
  );
  const all: readonly (readonly [string, string])[] = [["", "all"]];
  return el(
    "div",
    { class: "bar", role: "search", "aria-label": "Filters" },
    el("div", { class: "field grow" }, search),
    select("from namespace", [...all, ...spaces(data.clients).map(same)], "", (from) => filter({ from })),
    select("to namespace", [...all, ...spaces(data.destinations).map(same)], "", (to) => filter({ to })),
    directions.length === 0
      ? null
      : select("direction", [...all, ...directions.map(same)], "", (direction) => filter({ direction })),
    data.phases.length < 2
      ? null
      : select(
          "phase",
          [["-1", "all, side by side"], ...data.phases.map(({ title }, index) => [String(index), title] as const)],
          String(start.phase),
          (phase) => set({ phase: Number(phase) }),
        ),
    select(
      "colour",
      [
        ["verdict", "by verdict"],
        ["outcome", "by outcome"],
      ],
      start.colour,
      (colour) => set({ colour: colour === "outcome" ? "outcome" : "verdict" }),
    ),
    select(
      "cells",
      [
        ["large", "in words"],
        ["small", "compact"],
      ],
      start.large ? "large" : "small",
      (size) => set({ large: size === "large" }),
    ),
    el(
      "div",
      { class: "chips", role: "group", "aria-label": "Verdicts" },
      ...PAGE_VERDICTS.map((verdict) => {
        const count = counts.get(verdict) ?? 0;
        const chip = el("button", {
          type: "button",
          class: `chip v-${verdict}`,
          "aria-pressed": "true",
          disabled: count === 0,
        });
        chip.append(
          el("span", { "aria-hidden": "true" }, VERDICT_GLYPHS[verdict]),
          ` ${verdict} `,
          el("b", {}, count.toLocaleString("en")),
        );
        chip.addEventListener("click", () => {
          const verdicts = new Set(view.filter.verdicts);
          if (!verdicts.delete(verdict)) verdicts.add(verdict);
          chip.setAttribute("aria-pressed", String(verdicts.has(verdict)));
          filter({ verdicts });
        });
        return chip;
      }),
    ),
  );
}

function select(
  label: string,
  options: readonly (readonly [string, string])[],
  chosen: string,
  changed: (value: string) => void,
): HTMLElement {
  const list = el("select", {});
  // Not as attributes: a value is compared with the report's text as it is.
  for (const [value, text] of options) {
    const option = el("option", {}, text);
    option.value = value;
    list.append(option);
  }
  list.value = chosen;
  list.addEventListener("change", () => changed(list.value));
  return el("label", { class: "field" }, el("span", {}, label), list);
}

function spaces(list: readonly { namespace: string | null }[]): string[] {
  return [...new Set(list.flatMap(({ namespace }) => namespace ?? []))].filter((namespace) => namespace !== "").sort();
}

function same(text: string): readonly [string, string] {
  return [text, text];
}
