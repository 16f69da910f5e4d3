/** Equal texts as equal small numbers, from 0 on. */
export class Interner {
  readonly #ids = new Map<string, number>();

  get size(): number {
    return this.#ids.size;
  }

  of(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) this.#ids.set(text, (id = this.#ids.size));
    return id;
  }
}

/** Objects as numbers, from 1 on; 0 for none. Only the same object is the same number. */
export class ObjectIds {
  readonly #ids = new Map<object, number>();

  of(object: object | null | undefined): number {
    if (object === null || object === undefined) return 0;
    let id = this.#ids.get(object);
    if (id === undefined) this.#ids.set(object, (id = this.#ids.size + 1));
    return id;
  }

  /** A list as a text: the same objects in the same order. */
  list(objects: readonly object[]): string {
    return objects.map((one) => this.of(one)).join(",");
  }
}
