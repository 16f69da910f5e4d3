#!/usr/bin/env bash
# first-process.sh IDLE STATE KEEP...
#
# Becomes the first process of the mesh's own process and mount namespaces. All
# of the mesh runs in these, so that killing this one process ends all of it,
# pods included, and takes every mount with it: there is nothing to hunt for.
#
# Kubelet, containerd and CNI have paths that can't be configured
# (/var/lib/kubelet/device-plugins, /run/containerd, /var/log/containers, …).
# Here those directories are replaced by empty ones that nobody else sees, with
# only the KEEP places still in them.
set -euo pipefail
idle=$1 state=$2
shift 2

# Opened while they can still be seen; a mount by way of the open directory
# works afterwards too.
declare -A open=()
for place; do
	exec {fd}<"$place"
	open[$place]=$fd
done
# /run may be reached by its other name, which is a link.
for hidden in /run /var/lib /var/log; do
	mount -t tmpfs -o mode=755 mtls-gate "$hidden"
done
for place; do
	mkdir -p "$place"
	mount --no-canonicalize --bind "/proc/self/fd/${open[$place]}" "$place"
	fd=${open[$place]}
	exec {fd}<&-
done
# Kubelet sets a few of the kernel's values that belong to the whole machine. It
# gets copies to set.
for value in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
	copy=/run/proc-sys/$value
	mkdir -p "${copy%/*}"
	cat "/proc/sys/$value" >"$copy"
	mount --bind "$copy" "/proc/sys/$value"
done
mkdir -p /run/netns /var/log/pods
# Pods' logs go to the disk, not into memory.
mount --bind "$state/pod-logs" /var/log/pods

exec -a mtls-gate-local-mesh "$idle" "$state"
