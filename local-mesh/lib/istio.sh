# shellcheck shell=bash
# DNS and Istio in the cluster, and the proof that both work.

# manifest_key GO-KEY IMAGE-TAG
manifest_key() {
	printf '%s\n' "$@" | key_of "$HERE/lib/istio.sh" "$HERE/istio/operator.yaml" "$HERE/istio/alpn.yaml" "$HERE/dns/coredns.yaml"
}

# manifest_build GO IMAGE-TAG DIRECTORY: the definitions of Istio's resources,
# everything else that needs none of them, and the one resource that does.
manifest_build() {
	local go=$1 tag=$2 out=$3
	KUBECONFIG=/dev/null "$go/istioctl" manifest generate -f "$HERE/istio/operator.yaml" \
		--set hub="$IMAGE_HUB" --set tag="$tag" >"$out/istio.yaml"
	awk 'BEGIN { RS = "\n---\n" } /kind: CustomResourceDefinition/ { print "---"; print }' "$out/istio.yaml" >"$out/definitions.yaml"
	{
		printf 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: istio-system\n---\n'
		sed -e "s|IMAGE|$IMAGE_HUB/coredns:$tag|" -e "s|SERVICE_DNS|$SERVICE_DNS|" "$HERE/dns/coredns.yaml"
		awk 'BEGIN { RS = "\n---\n" } !/kind: CustomResourceDefinition/ { print "---"; print }' "$out/istio.yaml"
	} >"$out/workloads.yaml"
	cp "$HERE/istio/alpn.yaml" "$out/"
}

# The cluster is new, so "create" is enough, and it costs the server less than
# "apply". Without --validate=false kubectl asks for the schemas, and waits for
# the server to put them together again after each new definition.
create() { kube create --validate=false -f "$MANIFEST/$1.yaml" >>"$STATE/log/create-$1.log" 2>&1; }

# The canary runs in "default" with the pod's label for injection: deleting a
# namespace takes five seconds.
canary_is_injected() {
	kube create --validate=false -f - -o jsonpath='{.spec.initContainers[*].name}' <<-END 2>>"$STATE/log/canary.log" | grep -qw istio-proxy
		apiVersion: v1
		kind: Pod
		metadata:
		  name: mtls-gate-canary
		  namespace: default
		  labels:
		    sidecar.istio.io/inject: "true"
		  annotations:
		    # Kubelet spreads its first probes over their period, 15 s by default.
		    readiness.status.sidecar.istio.io/periodSeconds: "1"
		spec:
		  terminationGracePeriodSeconds: 0
		  containers:
		    - name: canary
		      image: $IMAGE_HUB/httpbin:$IMAGE_TAG
		      imagePullPolicy: IfNotPresent
	END
}

# An unusable resource is refused, and by the webhook: the schema allows it.
validation_works() {
	! kube apply --dry-run=server -f - >"$STATE/log/validation.log" 2>&1 <<-END && grep -q 'admission webhook "validation.istio.io" denied' "$STATE/log/validation.log"
		apiVersion: networking.istio.io/v1
		kind: ServiceEntry
		metadata:
		  name: mtls-gate-invalid
		  namespace: istio-system
		spec:
		  hosts: ["not a host"]
		  ports: [{number: 80, name: http, protocol: HTTP}]
	END
}

install_istio() {
	local definitions
	create definitions &
	definitions=$!
	FAILED_LOG=$STATE/log/create-workloads.log
	create workloads || die "DNS and Istio could not be created"
	FAILED_LOG=$STATE/log/create-definitions.log
	wait "$definitions" || die "Istio's resource definitions could not be created"
	kube wait --for=condition=Established --timeout=30s crd --all >>"$FAILED_LOG" 2>&1 ||
		die "Istio's resource definitions were not established"
	FAILED_LOG=$STATE/log/create-alpn.log
	create alpn || die "the EnvoyFilter could not be created"
	say "Istio is there; waiting for node, DNS and istiod"
	FAILED_LOG=$STATE/log/kubelet.log
	kube wait --for=condition=Ready --timeout=60s "node/$NODE" >/dev/null || die "the node did not become ready"
	kube -n kube-system wait --for=condition=Available --timeout=60s deployment/coredns >/dev/null || die "DNS did not become ready"
	kube -n istio-system wait --for=condition=Available --timeout=120s deployment/istiod >/dev/null || die "istiod did not become ready"
	check_servers
}

prove() {
	say "istiod is ready; trying a pod"
	FAILED_LOG=$STATE/log/canary.log
	until_true 60 canary_is_injected || die "the canary pod got no sidecar"
	kube wait --for=condition=Ready --timeout=60s pod/mtls-gate-canary >>"$STATE/log/canary.log" ||
		die "the canary pod did not become ready"
	# Istio lets the validation webhook fail open until it has seen it work.
	FAILED_LOG=$STATE/log/validation.log
	kube wait --for=jsonpath='{.webhooks[0].failurePolicy}'=Fail --timeout=60s \
		validatingwebhookconfiguration/{istiod-default-validator,istio-validator-istio-system} >"$STATE/log/validation.log" ||
		die "Istio's validation webhook does not fail closed"
	until_true 30 validation_works || die "Istio's validation does not refuse what it should"
	kube delete pod mtls-gate-canary >>"$STATE/log/canary.log"
}
