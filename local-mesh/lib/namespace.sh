# shellcheck shell=bash
# The node's own namespaces: network (by name, joined to the host by a pair of
# interfaces), processes and mounts (those of its first process).

# find_first: the first process, as the host numbers it. It is known by its
# command line, so there is no file that could name a process that has the
# number by now.
find_first() {
	local file words
	for file in /proc/[0-9]*/cmdline; do
		mapfile -d '' -t words 2>/dev/null <"$file" || continue
		if [[ ${words[0]:-} == "$FIRST_PROCESS" ]]; then
			file=${file#/proc/}
			echo "${file%/cmdline}"
			return
		fi
	done
	return 1
} 2>/dev/null

# free_subnet: 198.18.0.0/15 is set aside for benchmarks, so it is neither
# somebody's LAN nor routed anywhere; still, another tool may have had the idea.
free_subnet() {
	local third taken
	taken=$(ip -4 route show table all)
	for third in {9..250}; do
		[[ $taken == *"198.18.$third."* ]] || break
	done
	echo "198.18.$third"
}

make_network() {
	local subnet
	# "ip netns" turns /run/netns into a mount the first time it is used on a
	# machine. Then it is ours to undo.
	[[ -e /run/netns ]] || : >"$STATE/host-was/no-run-netns"
	subnet=$(free_subnet)
	HOST_ADDRESS=$subnet.1
	ADDRESS=$subnet.2
	ip netns add "$NETNS"
	ip link add "$VETH" type veth peer name eth0 netns "$NETNS"
	ip addr add "$HOST_ADDRESS/30" dev "$VETH"
	ip link set "$VETH" up
	ip -n "$NETNS" link set lo up
	ip -n "$NETNS" addr add "$ADDRESS/30" dev eth0
	ip -n "$NETNS" link set eth0 up
	# No default route: nothing gets out, and a call to the outside fails at
	# once. But a packet for a service has to be routable before kube-proxy's
	# rules turn it to a pod.
	ip -n "$NETNS" route add "$SERVICE_RANGE" dev lo src "$ADDRESS"
	# A new network namespace has its own value, so the host's is untouched.
	nsenter --net="/var/run/netns/$NETNS" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
}

make_first_process() {
	nsenter --net="/var/run/netns/$NETNS" setsid unshare --pid --fork --kill-child --mount --mount-proc --propagation private \
		bash "$HERE/lib/first-process.sh" "$IMAGES/idle" "$STATE" "$STATE" "$RUN" "$CACHE" \
		>"$STATE/log/first-process.log" 2>&1 </dev/null 3>&- {LOCK_FD}>&- &
	disown
	FAILED_LOG=$STATE/log/first-process.log
	until_true 10 find_first >/dev/null || die "the mesh's first process did not start"
	FIRST=$(find_first)
}

# in_mesh COMMAND...: in all three namespaces.
in_mesh() { nsenter --target "$FIRST" --pid --mount --net -- "$@"; }

# serve NAME COMMAND...: starts a server, with a log, a file with its number
# (as its own namespace counts) and, once it has ended, one with its exit code.
serve() {
	local name=$1
	shift
	# shellcheck disable=SC2016  # for the inner shell
	in_mesh env PATH="$STATE/bin:$PATH" setsid --fork sh -c '"$@" & echo $! >"$0.pid"; wait $!; echo $? >"$0.exit"' \
		"$STATE/servers/$name" "$@" >"$STATE/log/$name.log" 2>&1 </dev/null 3>&- {LOCK_FD}>&-
}

# ended_servers: the names of those that should run and do not.
ended_servers() {
	local file name
	for file in "$STATE"/servers/*.pid; do
		name=${file##*/}
		name=${name%.pid}
		[[ ! -e $STATE/servers/$name.exit && -d /proc/$FIRST/root/proc/$(<"$file") ]] || echo "$name"
	done
}
