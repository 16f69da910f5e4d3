# shellcheck shell=bash
# Ending the mesh and everything it left, whatever state that is in: running,
# half started, killed, or what a restart of the machine has left of it.

# state_of_running: where the state is. A "down" without the variable that "up"
# had must still find it.
state_of_running() {
	[[ ! -s $RUN/state ]] || use_state "$(<"$RUN/state")"
}

end_processes() {
	local first
	while first=$(find_first); do
		# SIGKILL to a process namespace's first process is SIGKILL to all in
		# it. Nothing has to be saved.
		kill -KILL "$first" 2>/dev/null || true
		until_true 20 gone "$first" || die "process $first does not end"
	done
}

gone() { [[ ! -d /proc/$1 ]]; }

remove_network() {
	! ip link show "$VETH" >/dev/null 2>&1 || ip link del "$VETH"
	[[ ! -e /run/netns/$NETNS ]] || ip netns del "$NETNS" 2>/dev/null || rm -f "/run/netns/$NETNS"
	if [[ -e $STATE/host-was/no-run-netns && -z $(ls -A /run/netns 2>/dev/null) ]]; then
		umount /run/netns 2>/dev/null || true
		rmdir /run/netns 2>/dev/null || true
	fi
}

# restore_inotify: unless somebody else has set it since.
restore_inotify() {
	local setting=/proc/sys/fs/inotify/max_user_instances
	[[ ! -s $STATE/host-was/inotify || $(<"$setting") != 1024 ]] || cat "$STATE/host-was/inotify" >"$setting"
}

no_cgroups() {
	local top
	for top in /sys/fs/cgroup/"$CGROUP" /sys/fs/cgroup/*/"$CGROUP"; do
		[[ ! -d $top ]] || find "$top" -depth -type d -exec rmdir {} + 2>/dev/null || return 1
	done
}

# restore_controllers: those that were turned on for our cgroup, unless somebody
# else uses one by now: then the kernel says no.
restore_controllers() {
	local controller
	[[ -s $STATE/host-was/without-controllers ]] || return 0
	while read -r controller; do
		echo "-$controller" 2>/dev/null >/sys/fs/cgroup/cgroup.subtree_control || true
	done <"$STATE/host-was/without-controllers"
}

# remove_state: only what bears the marker, and never across a mount.
remove_state() {
	if [[ -e $STATE/$MARKER ]]; then
		rm -rf --one-file-system "$STATE"
	fi
	rm -rf --one-file-system "$RUN"
}

clean() {
	end_processes
	remove_network
	restore_inotify
	# A killed process leaves its cgroup a moment later.
	until_true 10 no_cgroups || die "cgroups named $CGROUP can't be removed"
	restore_controllers
	remove_state
}
