/** What the steps of this folder need of the runner: the part of @actions/core that they use, so that tests can stand in for it. */

export interface AnnotationPlace {
  readonly title?: string;
  readonly file?: string;
  readonly startLine?: number;
}

export interface Runner {
  /** A line of the job's log. Not escaped: a line that looks like a workflow command is one. */
  info(line: string): void;
  error(message: string, place?: AnnotationPlace): void;
  warning(message: string, place?: AnnotationPlace): void;
  /** An annotation that is no fault of anybody's. */
  notice(message: string): void;
  /** Keeps a text out of the job's log from now on. */
  mask(secret: string): void;
  startGroup(title: string): void;
  endGroup(): void;
  setOutput(name: string, value: string): void;
  saveState(name: string, value: string): void;
  /** Empty where nothing was saved. */
  getState(name: string): string;
  /** Adds to the job summary; rejects where the runner has none, or it cannot be written. */
  appendSummary(markdown: string): Promise<void>;
}
