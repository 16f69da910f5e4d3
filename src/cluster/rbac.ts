import { yamlWord } from "../yaml/word.js";
import type { Need, Right } from "./needs.js";

/** Who gets the rights. */
export type Subject = { readonly serviceAccount: { readonly namespace: string; readonly name: string } } | null;

/** What the Roles are called and whom they are bound to. */
export interface RbacOptions {
  readonly name: string;
  /** Null: a placeholder. */
  readonly subject: Subject;
  /** Lines for the head, without the comment sign. */
  readonly head: readonly string[];
}

/**
 * Needs as manifests: a Role and its binding a namespace, and a ClusterRole for what has no namespace. What a rule is for,
 * and what is lost without it where it can be left out, stands above it.
 */
export function rbacYaml(needs: readonly Need[], options: RbacOptions): string {
  const places = new Map<string | null, Need[]>();
  for (const need of needs) places.set(need.where, [...(places.get(need.where) ?? []), need]);
  const head = options.head.map((line) => `# ${line}\n`).join("");
  const documents = [...places].map(
    ([where, own]) => `${roleText(where, own, options)}---\n${bindingText(where, options)}`,
  );
  return `${head}${documents.join("---\n")}`;
}

function roleText(where: string | null, needs: readonly Need[], { name }: RbacOptions): string {
  const rules = needs.flatMap(({ use, without, rights }) => [
    `  # ${without === undefined ? "" : "optional: "}${use}${without === undefined ? "" : `; without them, ${without}`}`,
    ...rulesOf(rights).map((rule) => `  - ${rule}`),
  ]);
  const kind = where === null ? "ClusterRole" : "Role";
  return `${objectHead(kind, where, name)}rules:\n${rules.join("\n")}\n`;
}

/** One rule for the resources of a group that are used alike. */
function rulesOf(rights: readonly Right[]): string[] {
  const verbs = new Map<string, { readonly right: Right; readonly verbs: string[] }>();
  for (const right of rights) {
    const key = JSON.stringify([right.group, right.resource, right.name]);
    const known = verbs.get(key);
    if (known === undefined) verbs.set(key, { right, verbs: [right.verb] });
    else known.verbs.push(right.verb);
  }
  const alike = new Map<
    string,
    { readonly right: Right; readonly verbs: readonly string[]; readonly resources: string[] }
  >();
  for (const one of verbs.values()) {
    const key = JSON.stringify([one.right.group, one.right.name, one.verbs]);
    const known = alike.get(key);
    if (known === undefined) alike.set(key, { ...one, resources: [one.right.resource] });
    else known.resources.push(one.right.resource);
  }
  return [...alike.values()].map(({ right: { group, name }, verbs: all, resources }) => {
    const named = name === undefined ? "" : `, resourceNames: ${list([name])}`;
    return `{ apiGroups: ${list([group])}, resources: ${list(resources)}${named}, verbs: ${list(all)} }`;
  });
}

function list(texts: readonly string[]): string {
  return `[${texts.map(yamlWord).join(", ")}]`;
}

function objectHead(kind: string, where: string | null, name: string): string {
  const namespace = where === null ? "" : `, namespace: ${yamlWord(where)}`;
  const metadata = `{ name: ${yamlWord(name)}${namespace} }`;
  return `apiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: ${metadata}\n`;
}

function bindingText(where: string | null, { name, subject }: RbacOptions): string {
  const kind = where === null ? "ClusterRole" : "Role";
  const role = `roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ${kind}, name: ${yamlWord(name)} }\n`;
  return `${objectHead(`${kind}Binding`, where, name)}${role}subjects:\n  - ${subjectText(subject)}\n`;
}

function subjectText(subject: Subject): string {
  if (subject === null) {
    return "{ apiGroup: rbac.authorization.k8s.io, kind: User, name: THE-USER-OF-THE-KUBECONFIG } # write who it is";
  }
  const { namespace, name } = subject.serviceAccount;
  return `{ kind: ServiceAccount, namespace: ${yamlWord(namespace)}, name: ${yamlWord(name)} }`;
}
