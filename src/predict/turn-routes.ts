import { listAt, valueAt } from "./edit.js";
import { objectName, replaced } from "./turn-scene.js";
import type { Candidate, Goal, Placed, Scene } from "./turn-scene.js";

/** As many routes of a VirtualService are tried. */
const MOST_ROUTES = 10;

/** VirtualServices that answer in the server's place, or lead where nobody is. */
export function routeCandidates(scene: Scene, goal: Goal): Candidate[] {
  const host = scene.spots[0]?.service?.hostname;
  if (goal !== "arrive" || host === undefined) return [];
  return scene.named("VirtualService").flatMap((placed) => [
    ...["http", "tcp", "tls"].flatMap((list) =>
      listAt(placed.object, ["spec", list])
        .slice(0, MOST_ROUTES)
        .flatMap((route, index) => ofRoute(placed, list, index, route, host)),
    ),
    ...newRoute(scene, placed, host),
  ]);
}

function ofRoute(placed: Placed, list: string, index: number, route: unknown, host: string): Candidate[] {
  const at = ["spec", list, index];
  const which = `${list} route ${index + 1} of ${objectName(placed.object)}`;
  const to = [{ destination: { host } }];
  const has = (field: string): boolean => valueAt(route, [field]) !== undefined;
  const found: Candidate[] = [];
  if (has("fault")) {
    const title = `take the fault out of ${which}`;
    found.push(replaced(placed, [[[...at, "fault"], undefined]], { title, why: "it answers in the server's place" }));
  }
  const destinations = listAt(route, ["route"]);
  if (destinations.some((one) => valueAt(one, ["destination", "subset"]) !== undefined)) {
    const title = `take the subset out of ${which}`;
    const edits = destinations.map((_, i) => [[...at, "route", i, "destination", "subset"], undefined] as const);
    found.push(replaced(placed, edits, { title, why: "without a subset it leads to all pods of the Service" }));
  }
  // All that keeps it from leading there is taken out, too.
  const others = ["fault", "redirect", "directResponse"].filter(has);
  if (destinations.length > 0 || others.length > 0) {
    const title = `let ${which} lead to ${host}${others.length === 0 ? "" : `, without its ${others.join(" and ")}`}`;
    const edits = others.map((field) => [[...at, field], undefined] as const);
    const why = "as it is, it leads to nobody that takes the call";
    found.push(replaced(placed, [...edits, [[...at, "route"], to]], { title, why }));
  }
  return found;
}

/** Where no route matches: one more, for this path alone. */
function newRoute({ url, request }: Scene, placed: Placed, host: string): Candidate[] {
  const routes = listAt(placed.object, ["spec", "http"]);
  if (routes.length === 0) return [];
  const [path = "/"] = url.path.split("?", 1);
  const route = { match: [{ uri: { exact: path === "" ? "/" : path } }], route: [{ destination: { host } }] };
  const title = `add a route for ${request.to.method} ${path === "" ? "/" : path} to ${objectName(placed.object)}`;
  const edits = [[["spec", "http", routes.length], route]] as const;
  return [replaced(placed, edits, { title, why: "what no route of a VirtualService matches is answered with 404" })];
}
