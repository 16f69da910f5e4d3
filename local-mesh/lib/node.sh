# shellcheck shell=bash
# The node: etcd, containerd, Kubernetes' servers.

write_containerd_config() {
	cat >"$STATE/containerd.toml" <<-END
		version = 3
		root = "$STATE/containerd"
		state = "$RUN/containerd"
		# "opt" would make a directory in the host's /opt; nothing here uses the others.
		disabled_plugins = [
		  "io.containerd.internal.v1.opt",
		  "io.containerd.nri.v1.nri",
		  "io.containerd.snapshotter.v1.blockfile",
		  "io.containerd.snapshotter.v1.erofs",
		]
		[grpc]
		  address = "$CONTAINERD_SOCKET"
		[plugins."io.containerd.cri.v1.images".pinned_images]
		  sandbox = "$IMAGE_HUB/pause:$IMAGE_TAG"
		[plugins."io.containerd.cri.v1.runtime"]
		  # Root without CAP_SYS_RESOURCE may not lower a score, and runc dies of it.
		  restrict_oom_score_adj = true
		  # It would load a profile into the host's kernel, and leave it there.
		  disable_apparmor = true
		  [plugins."io.containerd.cri.v1.runtime".cni]
		    bin_dirs = ["$DEBIAN/node/usr/lib/cni"]
		    conf_dir = "$STATE/cni"
		  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
		    runtime_type = "io.containerd.runc.v2"
		    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
		      BinaryName = "$STATE/bin/runc"
		      SystemdCgroup = false
	END
}

# Every pod is joined to the node by a link of its own and packets between pods
# are routed. On a bridge they would only pass the node's iptables rules, and so
# kube-proxy's, with br_netfilter loaded, and that changes the host.
write_cni_config() {
	cat >"$STATE/cni/10-pods.conflist" <<-END
		{
		  "cniVersion": "1.0.0",
		  "name": "pods",
		  "plugins": [
		    {
		      "type": "ptp",
		      "ipMasq": false,
		      "ipam": {
		        "type": "host-local",
		        "dataDir": "$STATE/cni-addresses",
		        "ranges": [[{"subnet": "$POD_RANGE"}]],
		        "routes": [{"dst": "0.0.0.0/0"}]
		      }
		    }
		  ]
		}
	END
}

write_kubelet_config() {
	cat >"$STATE/kubelet.yaml" <<-END
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		authentication:
		  anonymous: {enabled: false}
		  webhook: {enabled: true}
		  x509: {clientCAFile: $STATE/pki/ca.crt}
		authorization: {mode: Webhook}
		tlsCertFile: $STATE/pki/kubelet.crt
		tlsPrivateKeyFile: $STATE/pki/kubelet.key
		containerRuntimeEndpoint: unix://$CONTAINERD_SOCKET
		clusterDNS: [$SERVICE_DNS]
		clusterDomain: cluster.local
		resolvConf: ""
		maxPods: 110
		volumePluginDir: $STATE/kubelet/volume-plugins
		# Pods' cgroups below one that is ours alone, not below /kubepods.
		cgroupRoot: /$CGROUP
		cgroupDriver: cgroupfs
		cgroupsPerQOS: true
		enforceNodeAllocatable: []
		failCgroupV1: false
		failSwapOn: false
		localStorageCapacityIsolation: false
		# Images can't be pulled again, so none may be cleaned away.
		imageGCHighThresholdPercent: 100
		evictionHard:
		  memory.available: 100Mi
		  nodefs.available: 1%
		  imagefs.available: 1%
		kubeAPIQPS: 200
		kubeAPIBurst: 400
		eventRecordQPS: 0
		registryPullQPS: 0
		serializeImagePulls: false
	END
}

# fill_bin: what the servers find on their PATH, and what mesh.json points to.
fill_bin() {
	local program
	wrap_all "$STATE/bin" "$DEBIAN"
	for program in containerd containerd-shim-runc-v2 istioctl kubectl; do
		ln -s "$GO/$program" "$STATE/bin/$program"
	done
	# Otherwise every call warns of the host's cgroups version.
	printf '#!/bin/sh\nexport CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS=1\nexec %s --address %s --namespace k8s.io "$@"\n' "$GO/ctr" "$CONTAINERD_SOCKET" >"$STATE/bin/ctr"
	chmod 755 "$STATE/bin/ctr"
}

# kubectl as this script uses it: its cache of the API is not to land in
# somebody's home.
kube() { KUBECACHEDIR=$STATE/kubectl-cache "$GO/kubectl" --kubeconfig "$KUBECONFIG_FILE" "$@"; }

# make_cgroups: the one that all pods' are below, in each hierarchy (version 1) or
# in the only one (version 2).
make_cgroups() {
	local hierarchy controller
	if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
		# Kubelet wants the controllers it uses in its top cgroup. systemd only
		# turns on those that some unit asks for.
		for controller in cpu cpuset memory pids hugetlb io; do
			grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers || continue
			grep -qw "$controller" /sys/fs/cgroup/cgroup.subtree_control && continue
			echo "$controller" >>"$STATE/host-was/without-controllers"
			echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
		done
		mkdir "/sys/fs/cgroup/$CGROUP"
		return
	fi
	for hierarchy in /sys/fs/cgroup/*; do
		[[ ! -e $hierarchy/cgroup.procs ]] || mkdir -p "$hierarchy/$CGROUP"
	done
	# A node's pods are weighed by its processors, as kubelet does one level down.
	[[ ! -e /sys/fs/cgroup/cpu/$CGROUP ]] || echo $((1024 * $(nproc))) >"/sys/fs/cgroup/cpu/$CGROUP/cpu.shares"
}

start_etcd() {
	serve etcd etcd --name "$NODE" --data-dir "$STATE/etcd" --unsafe-no-fsync \
		--listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
		--listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
		--initial-cluster "$NODE=http://127.0.0.1:2380"
}

start_containerd() { serve containerd "$GO/containerd" --config "$STATE/containerd.toml"; }

# The feature gate: to weigh a list it asks etcd for the keys at a revision that
# etcd 3.4 does not announce, waits three seconds and logs an error, every time.
start_apiserver() {
	local pki=$STATE/pki
	serve kube-apiserver "$GO/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 \
		--advertise-address="$ADDRESS" --bind-address=0.0.0.0 --secure-port=6443 \
		--service-cluster-ip-range="$SERVICE_RANGE" \
		--tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
		--kubelet-client-certificate="$pki/admin.crt" --kubelet-client-key="$pki/admin.key" \
		--kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
		--service-account-key-file="$pki/service-account.pub" --service-account-signing-key-file="$pki/service-account.key" \
		--service-account-issuer=https://kubernetes.default.svc.cluster.local \
		--authorization-mode=Node,RBAC --allow-privileged=true --profiling=false \
		--feature-gates=SizeBasedListCostEstimate=false
}

start_controllers() {
	local pki=$STATE/pki
	serve kube-controller-manager "$GO/kube-controller-manager" --kubeconfig="$KUBECONFIG_FILE" --leader-elect=false \
		--root-ca-file="$pki/ca.crt" --service-account-private-key-file="$pki/service-account.key" \
		--cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
		--flex-volume-plugin-dir="$STATE/kubelet/volume-plugins" --use-service-account-credentials=false --kube-api-qps=200 --kube-api-burst=400 --profiling=false
	serve kube-scheduler "$GO/kube-scheduler" --kubeconfig="$KUBECONFIG_FILE" --leader-elect=false \
		--kube-api-qps=200 --kube-api-burst=400 --profiling=false
}

start_kubelet() {
	serve kubelet "$GO/kubelet" --config="$STATE/kubelet.yaml" --kubeconfig="$KUBECONFIG_FILE" \
		--hostname-override="$NODE" --node-ip="$ADDRESS" --root-dir="$STATE/kubelet" --cert-dir="$STATE/kubelet/pki"
}

# The conntrack settings stop kube-proxy from writing sysctls that are not the
# network namespace's own. A short minimum between two updates of the rules
# makes a new service answer sooner.
start_proxy() {
	serve kube-proxy "$GO/kube-proxy" --kubeconfig="$KUBECONFIG_FILE" --hostname-override="$NODE" \
		--proxy-mode=iptables --cluster-cidr="$POD_RANGE" --iptables-min-sync-period=200ms \
		--conntrack-max-per-core=0 --conntrack-min=0 \
		--conntrack-tcp-timeout-established=0s --conntrack-tcp-timeout-close-wait=0s
}

# check_servers: ends "up" when one of the servers has ended, with its log.
check_servers() {
	local ended
	ended=$(ended_servers | head -n 1)
	[[ $ended ]] || return 0
	FAILED_LOG=$STATE/log/$ended.log
	die "$ended ended"
}

# The port first, by a test that costs nothing: starting kubectl over and over
# would take from the server the time it needs to start.
api_listens() {
	check_servers
	(: <"/dev/tcp/$ADDRESS/6443") 2>/dev/null
}

api_answers() {
	check_servers
	kube --request-timeout=2s get --raw /readyz >/dev/null 2>&1
}

INOTIFY=/proc/sys/fs/inotify/max_user_instances

# raise_inotify: the one setting of the machine that is changed, and only while
# the mesh is up. It counts by user, every sidecar runs as user 1337 and uses
# three, so the usual 128 end at 42 sidecars; no namespace has a count of its own.
raise_inotify() {
	local was
	was=$(<"$INOTIFY")
	((was < 1024)) || return 0
	echo "$was" >"$STATE/host-was/inotify"
	echo 1024 >"$INOTIFY"
}

start_node() {
	mkdir -p "$STATE"/{bin,cni,etcd,host-was,kubelet,log,pki,pod-logs,servers}
	chmod 700 "$STATE/etcd" "$STATE/pki"
	make_cgroups
	raise_inotify
	link_images "$IMAGES" "$STATE/containerd"
	make_network
	make_pki
	write_kubeconfig
	fill_bin
	write_containerd_config
	write_cni_config
	write_kubelet_config
	make_first_process
	say "starting etcd, containerd and Kubernetes $KUBERNETES_VERSION"
	start_etcd
	start_containerd
	start_apiserver
	FAILED_LOG=$STATE/log/kube-apiserver.log
	until_true 90 api_listens || die "the API server does not listen"
	# They all try again until it answers.
	start_controllers
	start_kubelet
	start_proxy
	until_true 90 api_answers || die "the API server did not become ready"
	say "the API server is ready"
}
