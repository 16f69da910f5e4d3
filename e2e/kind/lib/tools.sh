# shellcheck shell=bash
# kind itself, what a node has beyond the local mesh's programs (kubeadm, crictl,
# an etcd that kubeadm takes, CoreDNS with kubeadm's plugins), istio-cni, and a
# registry.

tools_key() {
	{
		go_here version
		go_flags
	} | key_of "$HERE"/go/go.{mod,sum} "$EQUIPMENT"/lib/tools.sh "$EQUIPMENT"/go/{kind,crictl,etcd}/go.{mod,sum} \
		"$EQUIPMENT"/go/{coredns,registry,runc-within-limits}/main.go "$EQUIPMENT"/go/node.sum
}

go_in() { (cd "$1" && shift && CGO_ENABLED=0 GOFLAGS='' GOWORK=off go "$@"); }

# tools_build DIRECTORY
tools_build() {
	local out=$1 name flags module
	mapfile -t flags < <(go_flags)
	# In the local mesh's own module, so that what it has compiled is used again;
	# with the requirements that kubeadm and CoreDNS have beyond it.
	module=$(mktemp -d "$CACHE/.module.XXXXXX")
	cp "$HERE"/go/go.{mod,sum} "$module/"
	cp -r "$EQUIPMENT"/go/{coredns,registry} "$module/"
	cat "$EQUIPMENT/go/node.sum" >>"$module/go.sum"
	awk '$2 ~ /^v/ && $3 ~ /^h1:/ && $2 !~ /go.mod$/ {print $1 "@" $2}' "$EQUIPMENT/go/node.sum" |
		while read -r name; do go_in "$module" mod edit "-require=$name"; done
	go_in "$module" build "${flags[@]}" -o "$out/" k8s.io/kubernetes/cmd/kubeadm ./coredns \
		istio.io/istio/cni/cmd/istio-cni istio.io/istio/cni/cmd/install-cni ./registry
	rm -r "$module"
	for name in kind crictl etcd; do
		go_in "$EQUIPMENT/go/$name" build -mod=readonly -buildvcs=false -trimpath -ldflags='-s -w' -o "$out/" tool
	done
	# The tool is named for the last part of its module's path.
	[[ ! -e $out/server ]] || mv "$out/server" "$out/etcd"
	go_in "$EQUIPMENT/go/runc-within-limits" build -buildvcs=false -trimpath -ldflags='-s -w' -o "$out/" .
	# What kind's own base image is made with: its entrypoint, units and settings.
	cp -r --no-preserve=mode,ownership "$(go_in "$EQUIPMENT/go/kind" list -m -f '{{.Dir}}' sigs.k8s.io/kind)/images/base/files" "$out/node-files"
	"$out/kind" version
	"$out/etcd" --version
	"$out/kubeadm" version
}
