# shellcheck shell=bash
# What the machine has to have. Everything that is missing is told at once: to
# learn of one thing per attempt is a poor way to set a machine up.

missing=()

lacks() { missing+=("$*"); }

# need COMMAND WHERE-FROM
need() { command -v "$1" >/dev/null 2>&1 || lacks "$1 ($2)"; }

check_system() {
	[[ $(uname -s) == Linux ]] || lacks "Linux (this is $(uname -s))"
	[[ $(uname -m) == x86_64 ]] || lacks "an x86_64 machine (this is $(uname -m); Envoy is pinned for x86_64 only)"
	if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
		lacks "Debian or a system made from it (apt-get and dpkg-deb, for etcd, runc and the images' packages)"
	fi
	if [[ $(id -u) != 0 ]]; then
		lacks "root (this is $(id -un 2>/dev/null || id -u))"
	elif command -v unshare >/dev/null 2>&1 && ! unshare --net --mount --pid --fork true 2>/dev/null; then
		lacks "the right to make namespaces ('unshare --net --mount --pid --fork' fails; inside a container it has to be a privileged one)"
	fi
	if [[ $(uname -s) == Linux ]]; then
		grep -qsw overlay /proc/filesystems || modprobe -q overlay 2>/dev/null ||
			lacks "the overlay file system (kernel module 'overlay')"
		[[ -n $(ls -A /sys/fs/cgroup 2>/dev/null) ]] || lacks "cgroups mounted at /sys/fs/cgroup"
	fi
}

check_commands() {
	need ip "package iproute2"
	need openssl "package openssl"
	need tar "package tar"
	need awk "package mawk"
	need flock "package util-linux"
	need nsenter "package util-linux"
	need unshare "package util-linux"
	need setsid "package util-linux"
	need mount "package mount"
	need sha256sum "package coreutils"
}

check_go() {
	local go_mod=$HERE/go/go.mod wanted problem
	wanted=$(awk '$1 == "go" {print $2; exit}' "$go_mod")
	if ! command -v go >/dev/null 2>&1; then
		lacks "Go $wanted or later"
	# Asked in the module's folder, Go itself compares its version, and where it
	# is allowed to (GOTOOLCHAIN) fetches the one that is needed.
	elif ! problem=$(cd "$HERE/go" && go version 2>&1 >/dev/null); then
		lacks "Go $wanted or later ($(head -n 1 <<<"$problem"))"
	fi
}

check_python() {
	if ! command -v python3 >/dev/null 2>&1; then
		lacks "python3, 3.8 or later, with pip (packages python3 and python3-pip, for Envoy's wheel)"
	elif ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then
		lacks "python3, 3.8 or later (this is $(python3 --version 2>&1))"
	elif ! python3 -c 'import pip' 2>/dev/null; then
		lacks "pip for python3 (package python3-pip, for Envoy's wheel)"
	fi
}

check_gcc() {
	if ! command -v gcc >/dev/null 2>&1; then
		lacks "gcc (package gcc)"
	elif ! echo 'int main(void) { return 0; }' | gcc -static -x c -o /dev/null - 2>/dev/null; then
		lacks "a C library to link statically (package libc6-dev)"
	fi
}

require_all() {
	check_system
	check_commands
	check_go
	check_python
	check_gcc
	((${#missing[@]} == 0)) && return
	{
		echo "$ME: the local mesh can't run here. Missing:"
		printf '  - %s\n' "${missing[@]}"
	} >&2
	exit 2
}
