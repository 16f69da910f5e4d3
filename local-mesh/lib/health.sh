# shellcheck shell=bash
# Is the mesh up? Asked by "up" before it does anything.

# mesh_is_running: its first process, its network's name, its servers and its
# API server. istiod is not asked for: scaling it to nothing is a fair test.
mesh_is_running() {
	FIRST=$(find_first) || return 1
	[[ -s $MESH_JSON && -s $KUBECONFIG_FILE && -e /var/run/netns/$NETNS && -x $STATE/bin/kubectl ]] || return 1
	[[ $(readlink "/proc/$FIRST/ns/net") == "net:[$(stat -Lc %i "/var/run/netns/$NETNS")]" ]] || return 1
	[[ -z $(ended_servers) ]] || return 1
	KUBECACHEDIR=$STATE/kubectl-cache "$STATE/bin/kubectl" --kubeconfig "$KUBECONFIG_FILE" --request-timeout=3s \
		get --raw /readyz >/dev/null 2>&1
}

istiod_is_available() {
	[[ $(KUBECACHEDIR=$STATE/kubectl-cache "$STATE/bin/kubectl" --kubeconfig "$KUBECONFIG_FILE" --request-timeout=3s \
		-n istio-system get deployment istiod -o 'jsonpath={.status.availableReplicas}' 2>/dev/null) -gt 0 ]]
}
