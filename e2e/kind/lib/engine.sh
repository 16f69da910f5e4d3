# shellcheck shell=bash
# A Docker daemon of our own, from Debian's package, in namespaces of its own:
# killing their first process ends it and all its containers, and takes every
# mount with it.

engine_key() { debian_release | key_of "$EQUIPMENT/lib/engine.sh" "$HERE/lib/debian.sh"; }

# engine_build DIRECTORY
engine_build() {
	local out=$1 files
	own_apt kind-engine
	files=$(closure docker.io iptables)
	apt_own --download-only install docker.io iptables
	# shellcheck disable=SC2086  # a list of file names, none with a space
	unpack_into "$out/node" $files
	link_libraries "$out"
	rm -rf "$APT"
}

# fill_engine_bin BIN: the daemon, and what it looks for on its PATH.
fill_engine_bin() {
	local name
	for name in dockerd docker-proxy docker-init:tini-static containerd containerd-shim-runc-v2 ctr; do
		wrap "$1" "$ENGINE" "$(engine_program "${name#*:}")" "${name%:*}"
	done
	wrap_iptables "$1" "$ENGINE"
	# In front of it what a root without CAP_SYS_RESOURCE needs.
	cat >"$1/runc" <<-END
		#!/bin/sh
		export LD_LIBRARY_PATH=$ENGINE/lib RUNC=$ENGINE/node/usr/sbin/runc
		exec $TOOLS/runc-within-limits "\$@"
	END
	chmod 755 "$1/runc"
}

# engine_program NAME: its path in the unpacked tree.
engine_program() {
	local folder
	for folder in /usr/bin /usr/sbin; do
		[[ ! -e $ENGINE/node$folder/$1 ]] || { echo "$folder/$1" && return; }
	done
	die "Debian's packages have no program $1"
}

engine_answers() { "$STATE/tools/docker" info >/dev/null 2>&1; }

start_engine() {
	# kind has its nodes see the kernel's modules; the daemon would make the
	# folder where there is none.
	if [[ ! -e /lib/modules ]]; then
		mkdir /lib/modules
		: >"$STATE/host-was/no-lib-modules"
	fi
	[[ -e /run/netns ]] || : >"$STATE/host-was/no-run-netns"
	ip netns add "$NETNS"
	ip -n "$NETNS" link set lo up
	nsenter --net="/var/run/netns/$NETNS" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	# shellcheck disable=SC2016  # for the inner shell
	nsenter --net="/var/run/netns/$NETNS" setsid unshare --pid --fork --kill-child --mount --mount-proc --propagation private \
		bash -c 'exec -a "$0" "$1"' "$FIRST_PROCESS" "$ARCHIVE/idle" >"$STATE/log/first-process.log" 2>&1 </dev/null 3>&- {LOCK_FD}>&- &
	disown
	FAILED_LOG=$STATE/log/first-process.log
	until_true 10 find_first >/dev/null || die "the engine's first process did not start"
	FIRST=$(find_first)
	FAILED_LOG=$STATE/log/dockerd.log
	serve dockerd dockerd --data-root "$STATE/docker" --exec-root "$RUN/docker" --host "unix://$DOCKER_SOCKET" \
		--pidfile "$RUN/dockerd.pid" --cgroup-parent "/$CGROUP" --add-runtime "within-limits=$STATE/bin/runc" --default-runtime within-limits
	until_true 60 engine_answers || die "the Docker daemon does not answer"
}

# The address at which nodes reach what listens in the daemon's namespace.
ENGINE_ADDRESS=172.17.0.1
REGISTRY_PORT=5000

registry_answers() { nsenter --net="/var/run/netns/$NETNS" curl --silent --fail --output /dev/null --noproxy '*' "http://127.0.0.1:$REGISTRY_PORT/v2/"; }

# fill_registry: a registry with Istio's images and the demo's, for nodes that are
# told of it as a mirror.
fill_registry() {
	local name docker=$STATE/tools/docker
	FAILED_LOG=$STATE/log/registry.log
	serve registry "$TOOLS/registry" "0.0.0.0:$REGISTRY_PORT"
	until_true 10 registry_answers || die "the registry does not answer"
	FAILED_LOG=$STATE/log/push.log
	"$docker" load --quiet --input "$ARCHIVE/images.tar" >"$FAILED_LOG" 2>&1 || die "the images could not be loaded"
	"$docker" load --quiet --input "$CNI/images.tar" >>"$FAILED_LOG" 2>&1 || die "the images could not be loaded"
	for name in pilot proxyv2 install-cni httpbin client; do
		"$docker" tag "$IMAGE_HUB/$name:$IMAGE_TAG" "127.0.0.1:$REGISTRY_PORT/$name:$IMAGE_TAG"
		"$docker" push --quiet "127.0.0.1:$REGISTRY_PORT/$name:$IMAGE_TAG" >>"$FAILED_LOG" 2>&1 || die "$name could not be pushed"
	done
}
