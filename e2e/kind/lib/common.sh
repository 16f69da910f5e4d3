# shellcheck shell=bash
# What "up" and "down" share. Building and namespaces are the local mesh's, with
# other names: its parts ask variables for them.
# shellcheck disable=SC2034  # most of what is set here is read by other parts

EQUIPMENT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# The folder of the local mesh, as its parts know it.
HERE=$(cd "$EQUIPMENT/../../local-mesh" && pwd)

# parts NAME...: of the local mesh, and then of this.
mesh_parts() {
	local part
	for part; do
		# shellcheck source=/dev/null
		. "$HERE/lib/$part.sh"
	done
}

mesh_parts common namespace clean
RUN=/run/mtls-gate-kind
NETNS=mtls-gate-kind
# It has no link to the host, and "clean" must not take the local mesh's.
VETH=mtls-gate-kind0
CGROUP=mtls-gate-kind
FIRST_PROCESS=mtls-gate-kind
MARKER=.mtls-gate-kind
DOCKER_SOCKET=$RUN/docker.sock
use_state "${MTLS_GATE_KIND_STATE:-/var/lib/mtls-gate-kind}"
KIND_JSON=$STATE/kind.json
FAILURE_LOGS=$CACHE/last-failure-kind

# The node's image must have a name that nothing could be pulled by.
NODE_IMAGE=mtls-gate.local/node:v$KUBERNETES_VERSION

# clear_away: whatever is left, running or not.
clear_away() {
	clean_modules
	clean
}

# clean_modules: the folder goes, if it was not there and is empty.
clean_modules() {
	[[ ! -e $STATE/host-was/no-lib-modules ]] || rmdir /lib/modules 2>/dev/null || true
}
