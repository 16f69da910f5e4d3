/** The panel of one call: what was expected, predicted and observed, the whole chain of reasons, and the command to make it again. */
import type { Reason } from "../../mesh/call.js";
import { acceptedText, THE_CALL, turnText } from "../change-words.js";
import { terminal } from "../escape.js";
import { clientLabel, destinationLabel } from "../matrix.js";
import type { PageChange, PageData } from "../page-data.js";
import { reproduceCommand } from "../reproduce.js";
import { causeText, expectedText, observedText, predictedText, reasonSource } from "../words.js";
import { el, name, type Child } from "./dom.js";
import { VERDICT_GLYPHS, type Cell, type Matrix } from "./model.js";

/** At most so many of a group's names: the rest is counted. */
const MOST_MEMBERS = 100;

export class Detail {
  readonly element = el("aside", {
    class: "detail",
    role: "dialog",
    "aria-label": "One call",
    tabindex: -1,
    hidden: true,
  });
  #back: () => void = () => undefined;

  constructor() {
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.element.hidden) this.close();
    });
  }

  /** Closes it, and puts the focus back where it came from. */
  close(): void {
    this.element.hidden = true;
    document.body.classList.remove("opened");
    this.#back();
  }

  /** Shows a call. `others` are the same call in other phases. */
  showCell(cell: Cell, others: readonly Cell[], back: () => void): void {
    const { matrix, predicted, cause } = cell;
    const { data, phase } = matrix;
    const from = data.clients[phase.rows[cell.row]?.members[0] ?? -1];
    const to = data.destinations[phase.columns[cell.column]?.members[0] ?? -1];
    const change = data.changes?.[cell.change];
    this.#show(back, [
      el("p", { class: "phase" }, phase.title),
      title(cell.from, cell.to),
      el(
        "p",
        { class: "said" },
        badge(cell),
        ` ${cause === null ? "" : `(${cause}) `}${causeText(cell.verdict, cause)}.`,
      ),
      ...(cell.count > 1
        ? [el("p", { class: "note" }, `One of a class of ${cell.count} calls. The reasons are those of one of them.`)]
        : []),
      ...(to === undefined ? [] : [el("p", {}, el("code", {}, `${to.method} ${to.url}`))]),
      ...outcomeBlock(cell),
      ...reasons("Why", predicted?.because ?? []),
      ...(change === undefined ? [] : changeBlock(data, change)),
      ...members(matrix, cell),
      ...(from === undefined || to === undefined ? [] : command(reproduceCommand({ from, to }, contextOf(data)))),
      ...otherPhases(others),
    ]);
  }

  /** Shows a change of the policies. */
  showChange(data: PageData, change: PageChange, back: () => void): void {
    const from = data.clients[change.from];
    const to = data.destinations[change.to];
    if (from === undefined || to === undefined) return;
    this.#show(back, [
      el("p", { class: "phase" }, "change"),
      title(clientLabel(from), destinationLabel(to)),
      el("p", {}, el("code", {}, `${to.method} ${to.url}`)),
      ...changeBlock(data, change),
      ...command(reproduceCommand({ from, to }, contextOf(data))),
    ]);
  }

  #show(back: () => void, children: readonly Child[]): void {
    this.#back = back;
    const close = el("button", { type: "button", class: "close", "aria-label": "Close" }, "✕");
    close.addEventListener("click", () => this.close());
    this.element.replaceChildren(close, ...children.filter((child) => child !== null));
    this.element.hidden = false;
    document.body.classList.add("opened");
    this.element.scrollTop = 0;
    this.element.focus({ preventScroll: true });
  }
}

/** A verdict with its sign, readable without colour. */
export function badge({ verdict }: Pick<Cell, "verdict">): HTMLElement {
  return el(
    "span",
    { class: `badge v-${verdict}` },
    el("span", { "aria-hidden": "true" }, VERDICT_GLYPHS[verdict]),
    ` ${verdict}`,
  );
}

/** The chain of reasons, in the order in which a call meets them. */
export function reasons(heading: string, because: readonly Reason[]): HTMLElement[] {
  if (because.length === 0) return [];
  const items = because.map((reason) =>
    el(
      "li",
      {},
      el("span", { class: "rule" }, reason.rule),
      el("span", { class: "source" }, name(reasonSource(reason))),
      el("span", {}, reason.says),
    ),
  );
  return [el("h3", {}, heading), el("ol", { class: "reasons" }, ...items)];
}

function outcomeBlock({ expected, predicted, observed, matrix }: Cell): HTMLElement[] {
  const none = matrix.phase.probed ? "no result" : "no call was made";
  const error = observed?.error ?? "";
  return [
    values([
      ["expected", expectedText(expected)],
      ["predicted", predicted === null ? "not predicted" : predictedText(predicted)],
      ["observed", observed === null ? none : observedText(observed)],
    ]),
    ...(error === "" ? [] : [el("pre", { class: "fault" }, error)]),
  ];
}

function otherPhases(others: readonly Cell[]): HTMLElement[] {
  if (others.length === 0) return [];
  const items = others.map((one) => {
    const outcome = one.values[one.matrix.phase.probed ? 2 : 1];
    return el("li", {}, badge(one), ` ${one.matrix.phase.title}: ${outcome}`);
  });
  return [el("h3", {}, "In the other phases"), el("ul", { class: "others" }, ...items)];
}

function title(from: string, to: string): HTMLElement {
  return el("h2", {}, name(from), " → ", name(to));
}

function values(rows: readonly (readonly [string, string])[]): HTMLElement {
  return el(
    "dl",
    { class: "three" },
    ...rows.map(([key, value]) => el("div", {}, el("dt", {}, key), el("dd", {}, value))),
  );
}

function changeBlock(data: PageData, change: PageChange): HTMLElement[] {
  const { direction, count, fails, accepted, because } = change;
  const before = data.predicted[change.before] ?? null;
  const after = data.predicted[change.after] ?? null;
  const examples = change.examples.flatMap(([from, to]) => {
    const client = data.clients[from];
    const destination = data.destinations[to];
    return client === undefined || destination === undefined
      ? []
      : [`${clientLabel(client)} → ${destinationLabel(destination)}`];
  });
  const all = count === 1 ? "The call" : `Each of ${count} calls`;
  return [
    el("h3", {}, "Before and after"),
    el(
      "p",
      { class: "said" },
      el("span", { class: `badge ${fails ? "v-mismatch" : "plain"}` }, direction),
      ` ${all} ${THE_CALL[direction]}${fails ? ". This fails the run." : "."}`,
    ),
    ...(accepted === undefined ? [] : [el("p", { class: "note" }, acceptedText(accepted))]),
    values([
      ["before", before === null ? "not there" : predictedText(before)],
      ["after", after === null ? "not there" : predictedText(after)],
      ["in short", turnText({ before, after })],
    ]),
    ...reasons("What decides now", because),
    ...(before === null ? [] : reasons("Before", before.because)),
    ...(examples.length < 2
      ? []
      : [
          el("h3", {}, `Examples of ${count} calls`),
          el("ul", {}, ...examples.map((text) => el("li", {}, name(text)))),
        ]),
  ];
}

/** Who is in a group, where a row or a column stands for more than one. */
function members({ data, phase }: Matrix, { row, column }: Cell): HTMLElement[] {
  const clients = (phase.rows[row]?.members ?? []).flatMap((place) => data.clients[place] ?? []).map(clientLabel);
  const destinations = (phase.columns[column]?.members ?? [])
    .flatMap((place) => data.destinations[place] ?? [])
    .map(({ host, port }) => `${host}:${port}`);
  const list = (heading: string, names: readonly string[]): HTMLElement[] =>
    names.length < 2
      ? []
      : [
          el("h3", {}, `${heading}: ${names.length}`),
          el(
            "p",
            { class: "members" },
            `${names.slice(0, MOST_MEMBERS).join(", ")}${names.length > MOST_MEMBERS ? `, and ${names.length - MOST_MEMBERS} more` : ""}`,
          ),
        ];
  return [...list("Clients of this row", clients), ...list("Destinations of this column", destinations)];
}

function command(text: string | null): HTMLElement[] {
  if (text === null) return [];
  const copy = el("button", { type: "button", class: "copy" }, "Copy");
  const code = el("code", {}, text);
  copy.addEventListener("click", () => {
    navigator.clipboard.writeText(terminal(text)).then(
      () => (copy.textContent = "Copied"),
      () => getSelection()?.selectAllChildren(code),
    );
  });
  return [el("h3", {}, "Make this call by hand"), el("div", { class: "command" }, el("pre", {}, code), copy)];
}

function contextOf({ context }: PageData): { context?: string } {
  return context === undefined ? {} : { context };
}
