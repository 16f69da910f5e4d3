import { rbac } from "../rbac-run.js";
import type { RbacOptions } from "../settings/helper-commands.js";
import { helped, realOutput } from "./helper-world.js";
import type { HelperOutput } from "./helper-world.js";
import { realPorts } from "./world.js";

/**
 * Prints the rights of a mode.
 *
 * @returns the exit code: 0 printed, 2 refused for what was put in, 3 where it failed
 */
export async function rbacInTerminal(
  options: RbacOptions,
  world: HelperOutput & { readonly ports: Parameters<typeof rbac>[1] } = { ...realOutput(), ports: realPorts() },
): Promise<number> {
  return await helped(world, async () => {
    world.out(await rbac(options, world.ports));
    return 0;
  });
}
