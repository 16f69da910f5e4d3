import type { Commands, Host } from "../../ports.js";
import { errorProblem, Failure, messageOf } from "../../problems.js";
import type { KindSettings } from "../../settings/settings.js";
import { lastLines } from "./own-cluster.js";

/**
 * Installs Istio with `istioctl install`.
 *
 * @throws Failure with what istioctl said
 */
export async function installIstio(
  { commands, host }: { commands: Commands; host: Host },
  istioctl: string,
  cluster: { readonly kubeconfig: string; readonly context: string },
  settings: KindSettings,
  revision: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { istioProfile, istioValues, istioConfig, clusterTimeout } = settings;
  const args = [
    "install",
    "--skip-confirmation",
    `--kubeconfig=${cluster.kubeconfig}`,
    `--context=${cluster.context}`,
    `--readiness-timeout=${Math.ceil(clusterTimeout / 1000)}s`,
    `--set=profile=${istioProfile}`,
    ...(revision === undefined ? [] : [`--revision=${revision}`]),
    ...(istioConfig === undefined ? [] : [`--filename=${host.absolute(istioConfig)}`]),
    ...istioValues.map((value) => `--set=${value}`),
  ];
  const hint = "see istio-profile, istio-values and istio-config, and kind-logs in report-dir";
  const failed = (why: string): Failure =>
    new Failure([errorProblem("istio-install", `istioctl install failed: ${why}`, undefined, hint)]);
  // istioctl waits for its time too, and says more when it ends than an end from here does.
  const limited = AbortSignal.any([signal, AbortSignal.timeout(2 * clusterTimeout)]);
  try {
    const { code, stdout, stderr } = await commands.run(istioctl, args, { signal: limited, stops: true });
    if (code !== 0) throw failed(`exit code ${code}: ${lastLines(`${stdout}\n${stderr}`)}`);
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof Failure) throw thrown;
    throw failed(limited.aborted ? `it took longer than ${(2 * clusterTimeout) / 1000} s` : messageOf(thrown));
  }
}
