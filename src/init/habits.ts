/** What the workflows that are there already say of how this repository writes its own. */
import type { RepositoryFile } from "./repository.js";

/** What a new workflow does like the others. */
export interface Habits {
  /** The `actions/checkout` that most of them use, with its tag where that stands in a comment. */
  readonly checkout: string;
  /** The runner that most of them use. */
  readonly runner: string;
  /** Whether these are the repository's own. */
  readonly own: boolean;
  /** The first workflow that uses this action already. */
  readonly uses: string | null;
}

const CHECKOUT = /uses:\s*["']?(actions\/checkout@[\w.-]+)["']?(?:\s+#\s*(v[\d.]+))?\s*$/gmu;
const RUNNER = /^\s*runs-on:\s*["']?(ubuntu[\w.-]*)["']?\s*(?:#.*)?$/gmu;
const USES = /uses:\s*["']?[\w.-]+\/mtls-gate(?:\/comment)?@/u;

const DEFAULT_CHECKOUT = "actions/checkout@v6";
const DEFAULT_RUNNER = "ubuntu-24.04";

/** The habits of a repository's workflows. */
export function habitsOf(files: readonly RepositoryFile[]): Habits {
  const workflows = files.filter(({ path }) => path.startsWith(".github/workflows/"));
  const checkouts = workflows.flatMap(({ text }) =>
    [...text.matchAll(CHECKOUT)].map(([, ref = "", tag]) => (tag === undefined ? ref : `${ref} # ${tag}`)),
  );
  const runners = workflows.flatMap(({ text }) => [...text.matchAll(RUNNER)].map(([, name = ""]) => name));
  return {
    checkout: most(checkouts) ?? DEFAULT_CHECKOUT,
    runner: most(runners) ?? DEFAULT_RUNNER,
    own: checkouts.length + runners.length > 0,
    uses: workflows.find(({ text }) => USES.test(text))?.path ?? null,
  };
}

/** The most frequent; of as frequent ones, the last by name. */
function most(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? 1 : -1))[0]?.[0];
}
