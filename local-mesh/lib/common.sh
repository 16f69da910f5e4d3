# shellcheck shell=bash
# The names and places all parts agree on, and how they speak to the user.
# shellcheck disable=SC2034  # most of what is set here is read by other parts

# What goes into images is readable by all, whatever the user's habit.
umask 022

KUBERNETES_VERSION=1.36.3
ISTIO_VERSION=1.31.0-dev.eed52ebb66ad

# use_state DIRECTORY: where this mesh keeps its state.
use_state() {
	STATE=$1
	KUBECONFIG_FILE=$STATE/kubeconfig
	MESH_JSON=$STATE/mesh.json
}
use_state "${MTLS_GATE_LOCAL_MESH_STATE:-/var/lib/mtls-gate-local-mesh}"
CACHE=${MTLS_GATE_CACHE:-${XDG_CACHE_HOME:-~/.cache}/mtls-gate}/local-mesh
# Sockets live here and not under $STATE: a unix socket's path may have 107
# bytes, and $STATE can be anywhere.
RUN=/run/mtls-gate-local-mesh
LOCK=$RUN.lock
# What a failed "up" leaves to be read, "down" or not.
FAILURE_LOGS=$CACHE/last-failure

NETNS=mtls-gate
VETH=mtls-gate0
NODE=mtls-gate
# Below every cgroup hierarchy's root; nobody else's pods are in there.
CGROUP=mtls-gate-local-mesh
CONTEXT=mtls-gate-local-mesh
# How the first process is called.
FIRST_PROCESS=mtls-gate-local-mesh
# Says that a directory is ours to delete.
MARKER=.mtls-gate-local-mesh

# Only the node's own network namespace knows these two.
POD_RANGE=10.244.0.0/24
SERVICE_RANGE=10.96.0.0/16
SERVICE_API=10.96.0.1
SERVICE_DNS=10.96.0.10

IMAGE_HUB=mtls-gate.local
CONTAINERD_SOCKET=$RUN/containerd.sock

# now_ms: a clock for measuring, in milliseconds.
now_ms() { echo "$((${EPOCHREALTIME/./} / 1000))"; }
BEGAN=$(now_ms)

# stamp: the time since the start, as it stands in front of a line.
stamp() {
	local ms=$(($(now_ms) - BEGAN))
	printf '[%4d.%d s]' $((ms / 1000)) $((ms % 1000 / 100))
}

# say TEXT...: a line for the user.
say() { echo "$(stamp) $*" >&2; }

# die TEXT...: say it and end with 1.
die() {
	printf '%s: %s\n' "$ME" "$*" >&2
	exit 1
}

# until_true SECONDS COMMAND...: tries the command every 200 ms.
until_true() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < deadline)) || return 1
		sleep 0.2
	done
}

# check_places: refuses paths that later commands could not be trusted with.
check_places() {
	local place
	for place in "$STATE" "$CACHE"; do
		[[ $place == /?* && $place != *[[:space:]\"\\]* ]] ||
			die "not a usable place: '$place' (wanted: an absolute path without spaces or quotes)"
	done
}

# take_lock: one "up" or "down" at a time on a machine, since there is one
# network namespace and one $RUN. The lock's file is deleted by "down", so
# after a wait the lock held may be on a file that is gone: then once more.
take_lock() {
	local told=
	while :; do
		exec {LOCK_FD}>>"$LOCK"
		if ! flock --nonblock "$LOCK_FD"; then
			[[ $told ]] || say "waiting for another 'up' or 'down' to finish"
			told=yes
			flock "$LOCK_FD"
		fi
		[[ $LOCK -ef /proc/self/fd/$LOCK_FD ]] && return
		exec {LOCK_FD}>&-
	done
}
