# shellcheck shell=bash
# mesh.json, beside the kubeconfig: what a script has to know of the mesh.

write_mesh_json() {
	local image=$IMAGE_HUB
	(
		umask 077
		cat >"$MESH_JSON.new" <<-END
			{
			  "kubeconfig": "$KUBECONFIG_FILE",
			  "context": "$CONTEXT",
			  "kubernetes": "v$KUBERNETES_VERSION",
			  "istio": "$ISTIO_VERSION",
			  "build": "$BUILD",
			  "images": {
			    "httpbin": "$image/httpbin:$IMAGE_TAG",
			    "client": "$image/client:$IMAGE_TAG",
			    "clientBusybox": "$image/client-busybox:$IMAGE_TAG",
			    "clientNoCurl": "$image/client-nocurl:$IMAGE_TAG",
			    "proxyv2": "$image/proxyv2:$IMAGE_TAG"
			  },
			  "kubectl": "$STATE/bin/kubectl",
			  "istioctl": "$STATE/bin/istioctl",
			  "ctr": "$STATE/bin/ctr",
			  "iptables": "$STATE/bin/iptables",
			  "podNet": "$HERE/pod-net",
			  "netns": "$NETNS",
			  "netnsPath": "/var/run/netns/$NETNS",
			  "address": "$ADDRESS",
			  "hostAddress": "$HOST_ADDRESS",
			  "firstProcess": $FIRST,
			  "nsenter": ["nsenter", "--target", "$FIRST", "--pid", "--mount", "--net", "--"],
			  "state": "$STATE",
			  "logs": "$STATE/log"
			}
		END
		mv "$MESH_JSON.new" "$MESH_JSON"
	)
}
