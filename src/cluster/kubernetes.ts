import type { KubeConfig } from "@kubernetes/client-node";
import { createConfiguration, HttpMethod, ResponseContext, ServerConfiguration } from "@kubernetes/client-node";
import type { Configuration } from "@kubernetes/client-node";
import { KubeError } from "../ports.js";
import type { Clock, ExecResult, ExecTarget, HeldRule, Kubernetes, KubeObject, Ref } from "../ports.js";
import { messageOf } from "../problems.js";
import { execInPod } from "./exec.js";
import { refOf } from "./ref.js";
import { apiPrefix, knownResource, objectPath } from "./resources.js";
import type { Resource } from "./resources.js";

/** The name under which the API server records what this tool applies. */
export const FIELD_MANAGER = "mtls-gate";

const REQUEST_DEADLINE_MS = 30_000;
const PAGE = 500;
const RETRIES = 4;
const JSON_TYPE = "application/json";

interface Request {
  readonly method: HttpMethod;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Whether doing it twice does no harm, so that it can be tried again. */
  readonly repeatable: boolean;
}

/**
 * The Kubernetes API over @kubernetes/client-node's configuration, authentication and transport. Bodies are plain JSON
 * both ways: the client's typed models would drop a misspelt field before the server could refuse it.
 */
export class KubernetesApi implements Kubernetes {
  readonly context: string;
  readonly server: string;
  private readonly config: KubeConfig;
  private readonly clock: Clock;
  private readonly client: Configuration;
  private readonly discovered = new Map<string, Promise<Map<string, Resource>>>();
  private dispatcher: ReturnType<Parameters<Configuration["httpApi"]["send"]>[0]["getDispatcher"]> = undefined;

  constructor(config: KubeConfig, clock: Clock) {
    this.config = config;
    this.clock = clock;
    this.context = config.getCurrentContext();
    this.server = config.getCurrentCluster()?.server ?? "";
    this.client = createConfiguration({
      baseServer: new ServerConfiguration(this.server, {}),
      authMethods: { default: config },
    });
  }

  async version(signal: AbortSignal): Promise<string> {
    const answer = await this.send({ method: HttpMethod.GET, path: "/version", repeatable: true }, signal);
    const version = (answer as { gitVersion?: unknown }).gitVersion;
    return typeof version === "string" ? version : "unknown";
  }

  async get(ref: Ref, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      const path = await this.path(ref, signal);
      return (await this.send({ method: HttpMethod.GET, path, repeatable: true }, signal)) as KubeObject;
    } catch (thrown) {
      if (thrown instanceof KubeError && thrown.status === 404) return undefined;
      throw thrown;
    }
  }

  async list(
    what: { apiVersion: string; kind: string; namespace?: string; labels?: string; fields?: string },
    signal: AbortSignal,
  ): Promise<KubeObject[]> {
    const resource = await this.resource(what.apiVersion, what.kind, signal);
    const path = objectPath(what.apiVersion, resource, what.namespace);
    try {
      return await this.pages(path, what, signal);
    } catch (thrown) {
      // The place in the list has expired between two pages: what has been read is of a state that is gone.
      if (thrown instanceof KubeError && thrown.status === 410) return await this.pages(path, what, signal);
      throw thrown;
    }
  }

  private async pages(
    path: string,
    what: { apiVersion: string; kind: string; labels?: string; fields?: string },
    signal: AbortSignal,
  ): Promise<KubeObject[]> {
    const objects: KubeObject[] = [];
    let next: string | undefined;
    do {
      const query = {
        limit: String(PAGE),
        ...(what.labels === undefined ? {} : { labelSelector: what.labels }),
        ...(what.fields === undefined ? {} : { fieldSelector: what.fields }),
        ...(next === undefined ? {} : { continue: next }),
      };
      const page = (await this.send({ method: HttpMethod.GET, path, query, repeatable: true }, signal)) as {
        items?: Omit<KubeObject, "apiVersion" | "kind">[];
        metadata?: { continue?: string };
      };
      for (const item of page.items ?? []) {
        objects.push({ ...item, apiVersion: what.apiVersion, kind: what.kind } as KubeObject);
      }
      next = page.metadata?.continue === "" ? undefined : page.metadata?.continue;
    } while (next !== undefined);
    return objects;
  }

  async apply(object: KubeObject, options: { dryRun: boolean }, signal: AbortSignal): Promise<KubeObject> {
    const query = {
      fieldManager: FIELD_MANAGER,
      fieldValidation: "Strict",
      ...(options.dryRun ? { dryRun: "All" } : {}),
    };
    const contentType = "application/apply-patch+yaml";
    const path = await this.path(refOf(object), signal);
    const request = { method: HttpMethod.PATCH, path, query, body: object, contentType, repeatable: true };
    return (await this.send(request, signal)) as KubeObject;
  }

  async create(object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
    const resource = await this.resource(object.apiVersion, object.kind, signal);
    const path = objectPath(object.apiVersion, resource, object.metadata.namespace);
    const query = { fieldManager: FIELD_MANAGER, fieldValidation: "Strict" };
    return (await this.send(
      { method: HttpMethod.POST, path, query, body: object, repeatable: false },
      signal,
    )) as KubeObject;
  }

  async replace(object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
    const path = await this.path(refOf(object), signal);
    const query = { fieldManager: FIELD_MANAGER, fieldValidation: "Strict" };
    return (await this.send(
      { method: HttpMethod.PUT, path, query, body: object, repeatable: false },
      signal,
    )) as KubeObject;
  }

  async patch(ref: Ref, operations: readonly object[], signal: AbortSignal): Promise<KubeObject> {
    const path = await this.path(ref, signal);
    const contentType = "application/json-patch+json";
    const query = { fieldManager: FIELD_MANAGER };
    const request = { method: HttpMethod.PATCH, path, query, body: operations, contentType, repeatable: false };
    return (await this.send(request, signal)) as KubeObject;
  }

  async delete(ref: Ref, options: { uid?: string }, signal: AbortSignal): Promise<void> {
    const body = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Background",
      ...(options.uid === undefined ? {} : { preconditions: { uid: options.uid } }),
    };
    try {
      const path = await this.path(ref, signal);
      await this.send({ method: HttpMethod.DELETE, path, body, repeatable: true }, signal);
    } catch (thrown) {
      if (!(thrown instanceof KubeError && thrown.status === 404)) throw thrown;
    }
  }

  async logs(target: ExecTarget, options: { tail: number; previous?: boolean }, signal: AbortSignal): Promise<string> {
    const path = `${objectPath("v1", { plural: "pods", namespaced: true }, target.namespace, target.pod)}/log`;
    const query = {
      container: target.container,
      tailLines: String(options.tail),
      limitBytes: "65536",
      ...(options.previous === true ? { previous: "true" } : {}),
    };
    return await this.text({ method: HttpMethod.GET, path, query, repeatable: true }, signal);
  }

  async rules(namespace: string, signal: AbortSignal): Promise<{ rules: HeldRule[]; incomplete: boolean }> {
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",
      metadata: {},
      spec: { namespace },
    };
    const path = `${apiPrefix("authorization.k8s.io/v1")}/selfsubjectrulesreviews`;
    const answer = (await this.send({ method: HttpMethod.POST, path, body, repeatable: true }, signal)) as {
      status?: { resourceRules?: HeldRule[]; incomplete?: boolean };
    };
    return { rules: answer.status?.resourceRules ?? [], incomplete: answer.status?.incomplete === true };
  }

  async exec(
    target: ExecTarget,
    command: readonly string[],
    options: { stdin?: string | ((ends: boolean) => string); signal: AbortSignal },
  ): Promise<ExecResult> {
    return await execInPod(this.config, target, command, options);
  }

  private async path(ref: Ref, signal: AbortSignal): Promise<string> {
    const resource = await this.resource(ref.apiVersion, ref.kind, signal);
    return objectPath(ref.apiVersion, resource, ref.namespace, ref.name);
  }

  /** @throws KubeError 404 when the server has no such kind */
  private async resource(apiVersion: string, kind: string, signal: AbortSignal): Promise<Resource> {
    const known = knownResource(apiVersion, kind);
    if (known !== undefined) return known;
    let discovery = this.discovered.get(apiVersion);
    if (discovery === undefined) {
      discovery = this.discover(apiVersion, signal);
      this.discovered.set(apiVersion, discovery);
      discovery.catch(() => this.discovered.delete(apiVersion));
    }
    const found = (await discovery).get(kind);
    if (found === undefined) throw new KubeError(404, "NotFound", `the cluster has no kind ${kind} in ${apiVersion}`);
    return found;
  }

  private async discover(apiVersion: string, signal: AbortSignal): Promise<Map<string, Resource>> {
    const request = { method: HttpMethod.GET, path: apiPrefix(apiVersion), repeatable: true };
    const answer = (await this.send(request, signal)) as {
      resources?: { name: string; kind: string; namespaced: boolean }[];
    };
    const found = new Map<string, Resource>();
    for (const { name, kind, namespaced } of answer.resources ?? []) {
      if (!name.includes("/")) found.set(kind, { plural: name, namespaced });
    }
    return found;
  }

  private async send(request: Request, signal: AbortSignal): Promise<unknown> {
    const text = await this.text(request, signal);
    try {
      return JSON.parse(text) as unknown;
    } catch (thrown) {
      throw new KubeError(0, "BadAnswer", `${request.method} ${request.path}: the answer is not JSON`, {
        cause: thrown,
      });
    }
  }

  private async text(request: Request, signal: AbortSignal): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.once(request, signal);
      if (answer.kind === "answer") return answer.text;
      if (!mayTryAgain(request, answer) || attempt > RETRIES) throw answer.error;
      await this.clock.sleep(answer.retryAfterMs ?? 100 * 2 ** attempt, signal);
    }
  }

  private async once(
    request: Request,
    signal: AbortSignal,
  ): Promise<
    { kind: "answer"; text: string } | { kind: "failed"; error: KubeError; transient: boolean; retryAfterMs?: number }
  > {
    signal.throwIfAborted();
    let response: ResponseContext;
    let text: string;
    try {
      response = await this.fetch(request, AbortSignal.any([signal, AbortSignal.timeout(REQUEST_DEADLINE_MS)]));
      text = await response.body.text();
    } catch (thrown) {
      signal.throwIfAborted();
      const error = new KubeError(0, "Unreachable", `${this.server} does not answer: ${messageOf(thrown)}`, {
        cause: thrown,
      });
      return { kind: "failed", error, transient: true };
    }
    if (response.httpStatusCode >= 200 && response.httpStatusCode <= 299) return { kind: "answer", text };
    const transient = [429, 503, 504].includes(response.httpStatusCode);
    const error = errorOf(response.httpStatusCode, text);
    const retryAfter = Number(response.headers["retry-after"]);
    return {
      kind: "failed",
      error,
      transient,
      ...(retryAfter > 0 && retryAfter <= 10 ? { retryAfterMs: retryAfter * 1000 } : {}),
    };
  }

  private async fetch(request: Request, signal: AbortSignal): Promise<ResponseContext> {
    const context = this.client.baseServer.makeRequestContext(request.path, request.method);
    context.setSignal(signal);
    context.setHeaderParam("Accept", JSON_TYPE);
    for (const [name, value] of Object.entries(request.query ?? {})) context.setQueryParam(name, value);
    if (request.body !== undefined) {
      context.setHeaderParam("Content-Type", request.contentType ?? JSON_TYPE);
      context.setBody(JSON.stringify(request.body));
    }
    await this.client.authMethods.default?.applySecurityAuthentication(context);
    // The client makes a dispatcher a request, and with it a new connection; one serves them all.
    this.dispatcher ??= context.getDispatcher();
    if (this.dispatcher !== undefined) context.setDispatcher(this.dispatcher);
    return await this.client.httpApi.send(context).toPromise();
  }
}

/** What was throttled was not done, so that it can be sent again whatever it is. */
function mayTryAgain({ repeatable }: Request, answer: { error: KubeError; transient: boolean }): boolean {
  return answer.transient && (repeatable || answer.error.status === 429);
}

/** The API server's Status body as an error; a body that is none becomes the message itself. */
function errorOf(status: number, text: string): KubeError {
  try {
    const body = JSON.parse(text) as { reason?: unknown; message?: unknown };
    const reason = typeof body.reason === "string" ? body.reason : "";
    if (typeof body.message === "string") return new KubeError(status, reason, body.message);
  } catch {
    // Not a Status: a proxy or load balancer on the way answered.
  }
  return new KubeError(status, "", `HTTP ${status}: ${text.slice(0, 300)}`);
}
