# shellcheck shell=bash
# The node's image: what kind's own Dockerfiles do (images/base, and "kind build
# node-image"), without an engine to build with and without a registry.

node_image_key() {
	printf '%s\n' "$@" "$NODE_IMAGE" | key_of "$EQUIPMENT/lib/node-image.sh" "$HERE/lib/image.py" "$EQUIPMENT"/node/*
}

# node_image_build GO TOOLS ROOTFS DEBIAN IDLE DIRECTORY
node_image_build() {
	local go=$1 tools=$2 rootfs=$3 debian=$4 idle=$5 out=$6 root=$6/root
	cp -a --reflink=auto "$rootfs/root" "$root"
	base_files "$tools" "$root"
	programs "$go" "$tools" "$root"
	units "$root"
	settings "$go" "$root"
	kubernetes_images "$go" "$tools" "$debian" "$idle" "$out" "$root"
	python3 "$HERE/lib/image.py" "$out/node.tar" <<-END
		{
		  "tag": "${NODE_IMAGE##*:}",
		  "layers": {"node": ["$root"]},
		  "images": [
		    {"name": "${NODE_IMAGE%:*}", "layers": ["node"], "entrypoint": ["/usr/local/bin/entrypoint", "/sbin/init"],
		     "env": {"container": "docker"}, "stop": "SIGRTMIN+3"}
		  ]
		}
	END
	rm -rf "$root"
}

base_files() {
	local tools=$1 root=$2
	cp -r "$tools/node-files/." "$root/"
	chmod 755 "$root"/usr/local/bin/* "$root/kind" "$root"/kind/bin "$root"/kind/bin/*
	mkdir -p "$root"/{etc/kubernetes/manifests,kind/manifests,opt/cni/bin,etc/cni/net.d}
	cp "$root"/usr/lib/cni/* "$root/opt/cni/bin/"
}

programs() {
	local go=$1 tools=$2 root=$3
	install -m 755 "$go"/{containerd,ctr,containerd-shim-runc-v2} "$tools/crictl" "$root/usr/local/bin/"
	install -m 755 "$tools/kubeadm" "$go"/{kubelet,kubectl} "$root/usr/bin/"
	# The first on the PATH; it becomes Debian's runc.
	install -D -m 755 "$tools/runc-within-limits" "$root/usr/local/sbin/runc"
}

# units: only what a node needs is started.
units() {
	local root=$1
	rm -f "$root"/usr/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service \
		"$root"/usr/lib/systemd/system/{multi-user,basic}.target.wants/* "$root"/etc/systemd/system/*.wants/* \
		"$root"/usr/lib/systemd/system/local-fs.target.wants/* "$root"/usr/lib/systemd/system/sockets.target.wants/*{udev,initctl}*
	echo ReadKMsg=no >>"$root/etc/systemd/journald.conf"
	ln -sf /usr/lib/systemd/systemd "$root/sbin/init"
	chroot "$root" systemctl enable kubelet.service containerd.service undo-mount-hacks.service
	chroot "$root" systemctl mask systemd-binfmt.service
}

settings() {
	local go=$1 root=$2 spec
	spec=$("$go/ctr" oci spec)
	SPEC=$spec python3 - >"$root/etc/containerd/cri-base.json" <<-'END'
		import json, os
		spec = json.loads(os.environ["SPEC"])
		spec.setdefault("hooks", {}).setdefault("createContainer", []).append({"path": "/kind/bin/mount-product-files.sh"})
		spec["process"].pop("rlimits", None)
		print(json.dumps(spec))
	END
	# A root without CAP_SYS_RESOURCE may not lower a score.
	sed -i -e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' \
		-e "s|sandbox_image = .*|sandbox_image = \"$(kubernetes_image pause)\"|" "$root/etc/containerd/config.toml"
	# The machine may have cgroups of version 1.
	sed -i 's|^KUBELET_EXTRA_ARGS=.*|& --fail-cgroupv1=false|' "$root/etc/default/kubelet"
	echo "v$KUBERNETES_VERSION" >"$root/kind/version"
	sed "s|IMAGE|$IMAGE_HUB/pod-network:v$KUBERNETES_VERSION|" "$EQUIPMENT/node/pod-network.yaml" >"$root/kind/manifests/default-cni.yaml"
	cp "$EQUIPMENT/node/storage.yaml" "$root/kind/manifests/default-storage.yaml"
}

# kubernetes_image NAME: the full name that kubeadm wants an image by.
kubernetes_image() { "$TOOLS/kubeadm" config images list --kubernetes-version "v$KUBERNETES_VERSION" 2>/dev/null | grep -E "/$1:"; }

# kubernetes_images: kubeadm's images, in the store of the node's containerd. They
# are unpacked there when they are first used, by the containerd of the node.
kubernetes_images() {
	local go=$1 tools=$2 debian=$3 idle=$4 out=$5 root=$6 name images=
	for name in kube-apiserver kube-controller-manager kube-scheduler; do
		images+="$(described "$name" "\"$name\"" null),"
	done
	images+="$(described kube-proxy '"base", "network", "kube-proxy"' null),"
	images+="$(described etcd '"etcd"' null),"
	images+="$(described coredns '"coredns"' '["/coredns"]'),"
	images+="$(described pause '"pause"' '["/idle"]'),"
	images+="{\"name\": \"$IMAGE_HUB/pod-network\", \"tag\": \"v$KUBERNETES_VERSION\", \"layers\": [\"base\", \"network\", \"pod-network\"],"
	images+='"entrypoint": ["/usr/local/bin/pod-network"]}'
	python3 "$HERE/lib/image.py" "$out/kubernetes.tar" <<-END
		{
		  "tag": "",
		  "layers": {
		    "base": ["$debian/base"],
		    "network": ["$debian/proxy"],
		    "kube-apiserver": ["$go/kube-apiserver:usr/local/bin/kube-apiserver:755"],
		    "kube-controller-manager": ["$go/kube-controller-manager:usr/local/bin/kube-controller-manager:755"],
		    "kube-scheduler": ["$go/kube-scheduler:usr/local/bin/kube-scheduler:755"],
		    "kube-proxy": ["$go/kube-proxy:usr/local/bin/kube-proxy:755"],
		    "etcd": ["$tools/etcd:usr/local/bin/etcd:755"],
		    "coredns": ["$tools/coredns:coredns:755"],
		    "pause": ["$idle:idle:755"],
		    "pod-network": ["$EQUIPMENT/node/pod-network:usr/local/bin/pod-network:755", "$go/kubectl:usr/local/bin/kubectl:755"]
		  },
		  "images": [$images]
		}
	END
	rm -rf "$root/var/lib/containerd"
	mkdir -p "$root/var/lib/containerd"
	import_all "$go" "$out/kubernetes.tar" "$root/var/lib/containerd" --no-unpack --all-platforms
	rm -rf "$out/kubernetes.tar" "$root/var/lib/containerd/tmpmounts"
}

# described NAME LAYERS ENTRYPOINT: an image of kubeadm's.
described() {
	local full
	full=$(kubernetes_image "$1")
	printf '{"name": "%s", "tag": "%s", "layers": [%s], "entrypoint": %s}' "${full%:*}" "${full##*:}" "$2" "$3"
}
