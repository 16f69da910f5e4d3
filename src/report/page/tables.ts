/** What is no matrix: changes, exposures, classes and problems, as tables. */
import { placeText } from "../../problems.js";
import { acceptedText, exposureReasons, exposureText, portText, turnText } from "../change-words.js";
import { placesOf } from "../classes.js";
import type { ReportExposure } from "../document.js";
import { clientLabel, destinationLabel } from "../matrix.js";
import { PAGE_VERDICTS, type PageData, type PagePhase } from "../page-data.js";
import { outcomesText, reasonSource, reasonText } from "../words.js";
import { badge } from "./detail.js";
import { el, name, table } from "./dom.js";
import type { Filter } from "./model.js";

type Place = number;

/** The changes that a filter lets through; a row opens its panel. */
export function changesTable(
  data: PageData,
  filter: Filter,
  open: (place: Place, back: () => void) => void,
): HTMLElement {
  const changes = (data.changes ?? []).flatMap((change, place) => {
    const from = data.clients[change.from];
    const to = data.destinations[change.to];
    if (from === undefined || to === undefined) return [];
    const pairs = [[change.from, change.to] as const, ...change.examples];
    const fits =
      (filter.direction === "" || filter.direction === change.direction) &&
      pairs.some(([one, other]) => {
        const client = data.clients[one];
        const destination = data.destinations[other];
        const text = `${client?.workload ?? ""}.${client?.namespace ?? ""} ${destination?.url ?? ""}`.toLowerCase();
        return (
          (filter.from === "" || client?.namespace === filter.from) &&
          (filter.to === "" || destination?.namespace === filter.to) &&
          filter.search
            .toLowerCase()
            .split(/\s+/u)
            .every((word) => text.includes(word))
        );
      });
    return fits ? [{ change, place, from, to }] : [];
  });
  if (changes.length === 0)
    return el("p", { class: "note" }, data.changes?.length === 0 ? "No call changes." : "No change fits the filter.");
  return table(
    "Changes",
    ["", "direction", "calls", "from", "to", "before → after", "decided by"],
    changes.map(({ change, place, from, to }) => () => {
      const button = el("button", { type: "button", class: "link" }, name(clientLabel(from)));
      button.addEventListener("click", () => open(place, () => button.focus()));
      const decided = change.because.at(-1);
      return el(
        "tr",
        {},
        el("td", {}, stateBadge(change)),
        el("td", {}, el("span", { class: `direction d-${change.direction}` }, change.direction)),
        el("td", { class: "number" }, change.count.toLocaleString("en")),
        el("td", {}, button),
        el("td", {}, name(destinationLabel(to)), `:${to.port}`),
        el(
          "td",
          {},
          turnText({ before: data.predicted[change.before] ?? null, after: data.predicted[change.after] ?? null }),
        ),
        el("td", {}, decided === undefined ? "" : name(reasonSource(decided))),
      );
    }),
  );
}

/** Who can reach each Service port in plaintext, before and after. */
export function exposureTable({ exposure }: PageData): HTMLElement {
  return table(
    "Exposure",
    ["", "Service port", "plaintext before", "plaintext after", "decided by"],
    (exposure ?? []).map((one) => () => {
      const decided = exposureReasons(one).at(-1);
      return el(
        "tr",
        {},
        el("td", {}, stateBadge(one)),
        el("td", { class: "port" }, name(portText(one))),
        el("td", {}, exposureText(one.before)),
        el("td", {}, exposureText(one.after)),
        el("td", {}, decided === undefined ? "" : name(reasonText(decided))),
      );
    }),
  );
}

/** Whether it fails the run, or what accepts it; nothing for what does neither. */
function stateBadge({ fails, accepted }: Pick<ReportExposure, "fails" | "accepted">): HTMLElement | null {
  if (fails) return el("span", { class: "badge v-mismatch" }, "✕ fails");
  if (accepted === undefined) return null;
  return el("span", { class: "badge plain", title: acceptedText(accepted) }, "accepted");
}

/** The classes of a large prediction that a filter lets through. */
export function classesTable(
  data: PageData,
  phase: PagePhase,
  filter: Filter,
  open: (row: number, column: number, back: () => void) => void,
): HTMLElement {
  const label = (list: PagePhase["rows"], place: number): string => list[place]?.label ?? "";
  const search = filter.search.toLowerCase().split(/\s+/u);
  const inNamespace = (
    places: readonly number[],
    list: readonly { namespace: string | null }[],
    namespace: string,
  ): boolean => namespace === "" || places.some((place) => list[place]?.namespace === namespace);
  const shown = (phase.classes ?? []).flatMap((one) => {
    const rows = placesOf(one.from);
    const verdict = PAGE_VERDICTS[one.verdict] ?? "error";
    const clients = rows.flatMap((row) => phase.rows[row]?.members ?? []);
    const from = `${label(phase.rows, rows[0] ?? -1)}${rows.length > 1 ? ` and ${rows.length - 1} more groups` : ""}`;
    const to = label(phase.columns, one.to);
    const text = `${from} ${to}`.toLowerCase();
    const fits =
      filter.verdicts.has(verdict) &&
      filter.direction === "" &&
      inNamespace(clients, data.clients, filter.from) &&
      inNamespace(phase.columns[one.to]?.members ?? [], data.destinations, filter.to) &&
      search.every((word) => text.includes(word));
    return fits ? [{ one, verdict, from, to, row: rows[0] ?? 0 }] : [];
  });
  return table(
    "Classes of calls",
    ["verdict", "calls", "outcome", "from", "to"],
    shown.map(({ one, verdict, from, to, row }) => () => {
      const button = el("button", { type: "button", class: "link" }, name(from));
      button.addEventListener("click", () => open(row, one.to, () => button.focus()));
      const predicted = data.predicted[one.predicted];
      return el(
        "tr",
        {},
        el("td", {}, badge({ verdict })),
        el("td", { class: "number" }, one.count.toLocaleString("en")),
        el("td", {}, predicted === undefined ? "" : outcomesText(predicted)),
        el("td", {}, phase.cells.length === 0 ? name(from) : button),
        el("td", {}, name(to)),
      );
    }),
    20,
  );
}

/** Errors first. */
export function problemsTable({ problems }: PageData): HTMLElement {
  const sorted = problems.toSorted(
    (one, other) => Number(one.severity !== "error") - Number(other.severity !== "error"),
  );
  return table(
    "Problems",
    ["severity", "where", "what, and what to do"],
    sorted.map(
      ({ severity, code, message, where, hint }) =>
        () =>
          el(
            "tr",
            {},
            el("td", {}, el("span", { class: `badge ${severity === "error" ? "v-error" : "v-unproven"}` }, severity)),
            el("td", {}, where === undefined ? el("span", { class: "muted" }, code) : name(placeText(where))),
            el("td", {}, name(message), hint === undefined ? null : el("p", { class: "muted" }, name(hint))),
          ),
    ),
  );
}
