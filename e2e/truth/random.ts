/** Numbers that look drawn and are the same each time for the same seed. */
export class Random {
  private state: number;

  /** @param words what the draw depends on: the same words give the same numbers */
  constructor(...words: readonly (string | number)[]) {
    // FNV-1a over the words' text, so that neighbouring seeds do not give neighbouring numbers.
    this.state = 0x811c9dc5;
    for (const sign of words.join("/")) this.state = Math.imul(this.state ^ (sign.codePointAt(0) ?? 0), 0x01000193);
    for (let turn = 0; turn < 8; turn += 1) this.next();
  }

  /** From 0 to 1, 1 excluded (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number between two, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[Math.floor(this.next() * values.length)];
    if (value === undefined) throw new Error("nothing to pick from");
    return value;
  }

  /** One of several, each as often as its weight says. */
  weighted<T>(choices: readonly (readonly [number, T])[]): T {
    const all = choices.reduce((sum, [weight]) => sum + weight, 0);
    let left = this.next() * all;
    for (const [weight, value] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    throw new Error("nothing to pick from");
  }

  /** So many different ones, or all where there are not so many, in a drawn order. */
  some<T>(values: readonly T[], count: number): T[] {
    const left = [...values];
    const taken: T[] = [];
    while (taken.length < count && left.length > 0) {
      taken.push(...left.splice(Math.floor(this.next() * left.length), 1));
    }
    return taken;
  }

  /** The fields, with a probability; otherwise none. */
  maybe<T extends object>(probability: number, fields: () => T): T | object {
    return this.chance(probability) ? fields() : {};
  }
}
