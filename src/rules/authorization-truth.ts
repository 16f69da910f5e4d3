/** Logic with a third value: what manifests do not say is neither so nor not so, and keeps its reason. */

/** Why it cannot be told. */
export interface Unknown {
  readonly why: string;
}

export type Truth = boolean | Unknown;

/** Something that is so, is not so, or cannot be told of a subject. */
export type Test<Subject> = (subject: Subject) => Truth;

export function not<Subject>(test: Test<Subject>): Test<Subject> {
  return (subject) => {
    const truth = test(subject);
    return typeof truth === "boolean" ? !truth : truth;
  };
}

/** So where all are, also where there are none; one that is not so decides, whatever the others are. */
export function every<Subject>(tests: readonly Test<Subject>[]): Test<Subject> {
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return (subject) => {
    let unknown: Unknown | null = null;
    for (const test of tests) {
      const truth = test(subject);
      if (truth === false) return false;
      if (truth !== true) unknown ??= truth;
    }
    return unknown ?? true;
  };
}

/** So where one is, and not where there are none; one that is so decides, whatever the others are. */
export function some<Subject>(tests: readonly Test<Subject>[]): Test<Subject> {
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return (subject) => {
    let unknown: Unknown | null = null;
    for (const test of tests) {
      const truth = test(subject);
      if (truth === true) return true;
      if (truth !== false) unknown ??= truth;
    }
    return unknown ?? false;
  };
}
