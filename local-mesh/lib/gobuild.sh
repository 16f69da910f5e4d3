# shellcheck shell=bash
# The Go parts: one module, one "go build".

# Tags that leave out what is never used here: generated validators of Envoy's
# API, gRPC's own tracing (which also keeps the linker from dropping methods),
# and containerd's other snapshotters.
GO_TAGS=disable_pgv,grpcnotrace,no_btrfs,no_devmapper,no_tracing,no_zfs

go_ldflags() {
	local minor=${KUBERNETES_VERSION#1.}
	local flags=(-s -w
		-X "k8s.io/component-base/version.gitVersion=v$KUBERNETES_VERSION"
		-X k8s.io/component-base/version.gitMajor=1
		-X "k8s.io/component-base/version.gitMinor=${minor%%.*}"
		-X "k8s.io/client-go/pkg/version.gitVersion=v$KUBERNETES_VERSION"
		-X "istio.io/istio/pkg/version.buildVersion=$ISTIO_VERSION"
		-X "istio.io/istio/pkg/version.buildTag=$ISTIO_VERSION"
		-X "istio.io/istio/pkg/version.buildGitRevision=${ISTIO_VERSION##*.}"
		-X istio.io/istio/pkg/version.buildStatus=Clean
		-X "istio.io/istio/pkg/version.buildHub=$IMAGE_HUB")
	echo "${flags[*]}"
}

# Debug information would be made only to be thrown away by "-s -w".
go_flags() {
	printf '%s\n' -mod=readonly -buildvcs=false -trimpath "-tags=$GO_TAGS" -gcflags=all=-dwarf=false "-ldflags=$(go_ldflags)"
}

go_here() { (cd "$HERE/go" && CGO_ENABLED=0 GOFLAGS='' GOWORK=off go "$@"); }

go_key() {
	{
		go_here version
		go_flags
	} | key_of "$HERE/go/go.mod" "$HERE/go/go.sum" "$HERE/go/coredns/main.go"
}

# go_total: how many packages there are to compile. It also fetches the modules.
go_total() { go_here list -mod=readonly "-tags=$GO_TAGS" -deps tool ./coredns | wc -l; }

# go_build DIRECTORY: the build; its log is the Go tool's.
go_build() {
	local flags
	mapfile -t flags < <(go_flags)
	go_total >"$TASKS/go.total"
	# With -v the Go tool names each package as it compiles it, on stderr, into
	# the same log. A package that is in its own cache is not named.
	go_here build "${flags[@]}" -v -o "$1/" tool ./coredns
	# What else is taken from the modules, so that a later clean of the module
	# cache takes nothing away from a finished build.
	install -m 644 "$(go_here list -m -f '{{.Dir}}' istio.io/istio)/tools/packaging/common/envoy_bootstrap.json" "$1/"
}

# go_progress: how far the build is, from its log and what it has written.
go_progress() {
	local log=$TASKS/go.log total compiled fetched binaries
	fetched=$(grep -c '^go: downloading' "$log")
	if [[ ! -s $TASKS/go.total ]]; then
		echo "fetching modules ($fetched so far)"
		return
	fi
	total=$(<"$TASKS/go.total")
	compiled=$(grep -vc '^go: ' "$log")
	binaries=$(find "$CACHE"/go/.building.* -maxdepth 1 -type f -perm -100 2>/dev/null | wc -l)
	echo "$compiled of at most $total packages compiled, $binaries of 14 programs linked"
}
