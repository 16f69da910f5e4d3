import type { StrictObject } from "../predict/strict-objects.js";
import type { StrictPlan } from "../predict/strict-plan.js";
import { yamlOf } from "./explain.js";

/** A file of a plan; its path begins in the folder that the plan is written to, and has `/` between its parts. */
export interface StrictFile {
  readonly path: string;
  readonly text: string;
}

/** Where a plan's files can be; what is there and is none of the plan is of another one. */
export const STRICT_FILE = /^(?:stage-[1-9]\d*|exceptions)\/PeerAuthentication-[^/]+\.yaml$/u;

/** A folder a stage; those of namespaces that can go STRICT with exceptions alone are in a folder of their own. */
export function strictFiles({ stages, namespaces, rootNamespace }: StrictPlan): StrictFile[] {
  const ofStages = stages.map(({ namespace, objects }, index) =>
    fileOf(`stage-${index + 1}`, namespace ?? rootNamespace, objects),
  );
  const exceptions = namespaces.flatMap(({ namespace, exceptions: objects }) =>
    objects === null ? [] : [fileOf("exceptions", namespace, objects)],
  );
  return [...ofStages, ...exceptions];
}

function fileOf(folder: string, namespace: string, objects: readonly StrictObject[]): StrictFile {
  return { path: `${folder}/PeerAuthentication-${namespace}.yaml`, text: objectsText(objects) };
}

/** Objects as one YAML text, in the order in which they are to be applied. */
export function objectsText(objects: readonly StrictObject[]): string {
  return objects.map(({ object }) => yamlOf(object)).join("---\n");
}
