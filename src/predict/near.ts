/** Objects that can be for a namespace: its own and those of the root namespace, in the order that they came in. */
export class Near<T extends { readonly namespace: string }> {
  readonly #all: readonly T[];
  readonly #rootNamespace: string;
  readonly #ofRoot: readonly T[];
  readonly #own: ReadonlyMap<string, readonly T[]>;
  readonly #found = new Map<string, readonly T[]>();

  constructor(all: readonly T[], rootNamespace: string) {
    this.#all = all;
    this.#rootNamespace = rootNamespace;
    this.#own = Map.groupBy(all, ({ namespace }) => namespace);
    this.#ofRoot = this.#own.get(rootNamespace) ?? [];
  }

  of(namespace: string): readonly T[] {
    const own = this.#own.get(namespace) ?? [];
    if (own.length === 0 || namespace === this.#rootNamespace) return this.#ofRoot;
    if (this.#ofRoot.length === 0) return own;
    let found = this.#found.get(namespace);
    if (found === undefined) {
      found = this.#all.filter((one) => one.namespace === namespace || one.namespace === this.#rootNamespace);
      this.#found.set(namespace, found);
    }
    return found;
  }
}
