/** Emits the report's annotations to the runner. */
import { annotationsOf } from "../report/annotations.js";
import type { Report } from "../report/document.js";
import type { AnnotationPlace, Runner } from "./port.js";

/** One runner command an annotation, the worst first. */
export function emitAnnotations(report: Report, runner: Pick<Runner, "error" | "warning">): void {
  for (const { level, title, message, file, line } of annotationsOf(report)) {
    const place: AnnotationPlace = {
      title,
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { startLine: line }),
    };
    runner[level](message, place);
  }
}
