/**
 * The one table of versions that fit each other. The default node images are those that each kind release names in its
 * Go module (sigs.k8s.io/kind, pkg/apis/config/defaults/image.go). What Istio supports is what its support table and the
 * announcements of its releases say (istio.io, Supported Releases).
 */
import type { Problem } from "../../problems.js";
import { errorProblem, Refusal } from "../../problems.js";

/** A release of kind, with the node image that it takes by default. */
export interface KindRelease {
  readonly kind: string;
  readonly kubernetes: string;
  readonly nodeImage: string;
}

/** From the newest. */
export const KIND_RELEASES: readonly KindRelease[] = [
  release("0.33.0", "1.37.0", "a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5"),
  release("0.32.0", "1.36.1", "3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5"),
  release("0.31.0", "1.35.0", "452d707d4862f52530247495d180205e029056831160e22870e37e3f6c1ac31f"),
  release("0.30.0", "1.34.0", "7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a"),
  release("0.29.0", "1.33.1", "050072256b9a903bd914c0b2866828150cb229cea0efe5892e2b644d5dd3b34f"),
];

function release(kind: string, kubernetes: string, digest: string): KindRelease {
  return { kind, kubernetes, nodeImage: `kindest/node:v${kubernetes}@sha256:${digest}` };
}

/** The minor versions of Kubernetes that a minor version of Istio supports, both ends included. */
export interface IstioSupport {
  readonly istio: string;
  readonly from: string;
  readonly to: string;
}

/** From the newest. */
export const ISTIO_SUPPORT: readonly IstioSupport[] = [
  { istio: "1.31", from: "1.32", to: "1.36" },
  { istio: "1.30", from: "1.32", to: "1.36" },
  { istio: "1.29", from: "1.31", to: "1.35" },
  { istio: "1.28", from: "1.30", to: "1.34" },
];

/** What is installed where no version is asked for. */
export const DEFAULT_ISTIO = "1.31.1";

/** What was asked for of the versions. */
export interface WantedVersions {
  readonly istioVersion?: string;
  readonly kubernetesVersion?: string;
  readonly kindVersion?: string;
  readonly nodeImage?: string;
}

/** Versions that fit each other. */
export interface FittingVersions {
  readonly istio: string;
  /** Whether another patch release of the same minor version does as well. */
  readonly anyPatch: boolean;
  readonly support: IstioSupport;
  /** The releases of kind that fit, the best one first; there is at least one. */
  readonly kinds: readonly [KindRelease, ...KindRelease[]];
}

/**
 * The versions to take.
 *
 * @throws Refusal with what would fit, when what was asked for does not fit together
 */
export function fittingVersions(wanted: WantedVersions): FittingVersions {
  const istio = wanted.istioVersion ?? DEFAULT_ISTIO;
  const support = ISTIO_SUPPORT.find((one) => one.istio === minorOf(istio));
  if (support === undefined) {
    const known = ISTIO_SUPPORT.map((one) => one.istio).join(", ");
    throw refusal(`it is not known which Kubernetes Istio ${istio} supports`, `istio-version of one of: ${known}`);
  }
  const kubernetes = wantedKubernetes(wanted);
  if (kubernetes !== undefined && !supports(support, kubernetes)) {
    throw new Refusal([unsupported(istio, support, kubernetes)]);
  }
  const [best, ...others] = KIND_RELEASES.filter((one) => fits(one, wanted, kubernetes, support));
  if (best === undefined) throw refusal(misfit(wanted, istio), fitText(support));
  return { istio, anyPatch: wanted.istioVersion === undefined, support, kinds: [best, ...others] };
}

/** Whether a version of Kubernetes is among those that an Istio supports. */
export function supports({ from, to }: IstioSupport, kubernetes: string): boolean {
  const minor = (version: string): number => Number(version.split(".")[1]);
  return kubernetes.startsWith("1.") && minor(kubernetes) >= minor(from) && minor(kubernetes) <= minor(to);
}

/** That an Istio does not support a Kubernetes, with what it does support. */
export function unsupported(istio: string, support: IstioSupport, kubernetes: string): Problem {
  const message = `Istio ${istio} does not support Kubernetes ${kubernetes}: it supports ${support.from} to ${support.to}`;
  return errorProblem("versions", message, undefined, fitText(support));
}

/** `1.31` of `1.31.2` */
export function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

/** The version of Kubernetes in an image's tag, such as 1.36.3 in kindest/node:v1.36.3@sha256:…; undefined where there is none. */
export function kubernetesOfImage(image: string): string | undefined {
  const last = image.slice(image.lastIndexOf("/") + 1);
  return /:v?(\d+\.\d+\.\d+)(?:[-_@]|$)/.exec(last)?.[1];
}

/** @throws Refusal when the image and the version that were asked for do not agree, or neither tells */
function wantedKubernetes({ kubernetesVersion, nodeImage }: WantedVersions): string | undefined {
  if (nodeImage === undefined) return kubernetesVersion;
  const tagged = kubernetesOfImage(nodeImage);
  if (tagged === undefined && kubernetesVersion === undefined) {
    throw refusal(`the tag of node-image ${nodeImage} does not tell its Kubernetes`, "set kubernetes-version as well");
  }
  if (tagged !== undefined && kubernetesVersion !== undefined && !isVersion(tagged, kubernetesVersion)) {
    const hint = "leave one of them out";
    throw refusal(`node-image ${nodeImage} is not of kubernetes-version ${kubernetesVersion}`, hint);
  }
  return tagged ?? kubernetesVersion;
}

function fits(
  { kind, kubernetes }: KindRelease,
  { kindVersion, nodeImage }: WantedVersions,
  wanted: string | undefined,
  support: IstioSupport,
): boolean {
  if (kindVersion !== undefined && kind !== kindVersion) return false;
  if (nodeImage !== undefined) return true;
  return supports(support, kubernetes) && (wanted === undefined || isVersion(kubernetes, wanted));
}

/** Whether an exact version is the one that was asked for, exactly or by its minor version. */
function isVersion(exact: string, wanted: string): boolean {
  return exact === wanted || minorOf(exact) === wanted;
}

function misfit({ kubernetesVersion, kindVersion }: WantedVersions, istio: string): string {
  const asked = [
    ...(kindVersion === undefined ? [] : [`kind-version ${kindVersion}`]),
    ...(kubernetesVersion === undefined ? [] : [`kubernetes-version ${kubernetesVersion}`]),
  ];
  return `no kind release with a default node image fits ${[...asked, `Istio ${istio}`].join(" and ")}`;
}

function fitText(support: IstioSupport): string {
  const pairs = KIND_RELEASES.filter((one) => supports(support, one.kubernetes)).map(
    ({ kind, kubernetes }) => `kind ${kind} with Kubernetes ${kubernetes}`,
  );
  return `with Istio ${support.istio} fit: ${pairs.join(", ")}; node-image takes another Kubernetes from ${support.from} to ${support.to}`;
}

function refusal(message: string, hint: string): Refusal {
  return new Refusal([errorProblem("versions", message, undefined, hint)]);
}
