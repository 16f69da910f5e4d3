/** Manifests as they are written every day. Nothing is to be said of them. */
export const VALID_MANIFESTS: Readonly<Record<string, string>> = {
  "strict mTLS for the mesh": `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
`,
  "mTLS of a workload with another port": `
apiVersion: security.istio.io/v1beta1
kind: PeerAuthentication
metadata: {name: httpbin, namespace: foo, labels: {app.kubernetes.io/part-of: demo}}
spec:
  selector: {matchLabels: {app: httpbin}}
  mtls: {mode: UNSET}
  portLevelMtls:
    8080: {mode: DISABLE}
    "9090": {mode: STRICT}
`,
  "a policy with a null that means nothing": `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: foo}
spec:
  selector:
  mtls: {mode: PERMISSIVE}
`,
  "a DestinationRule with subsets, ports and a pool": `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: foo}
spec:
  host: reviews
  exportTo: [., bar]
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
    connectionPool:
      tcp: {maxConnections: 100, connectTimeout: 30ms, tcpKeepalive: {time: 7200s, interval: 75s}}
      http: {http2MaxRequests: 1000, maxRequestsPerConnection: 10}
    outlierDetection: {consecutive5xxErrors: 7, interval: 5m, baseEjectionTime: 15m, maxEjectionPercent: 50}
    loadBalancer: {simple: LEAST_REQUEST, warmup: {duration: 30s, minimumPercent: 10.5}}
    portLevelSettings:
    - port: {number: 9080}
      tls: {mode: SIMPLE, credentialName: reviews-ca, sni: reviews.example.com}
  subsets:
  - {name: v1, labels: {version: v1}}
  - name: v2
    labels: {version: v2}
    trafficPolicy: {tls: {mode: MUTUAL, clientCertificate: /c.pem, privateKey: /k.pem}}
`,
  "a DestinationRule for hosts outside, of one workload": `
apiVersion: networking.istio.io/v1alpha3
kind: DestinationRule
metadata: {name: outside, namespace: foo}
spec:
  host: "*.example.com"
  workloadSelector: {matchLabels: {app: sleep}}
  trafficPolicy: {tls: {mode: SIMPLE, subjectAltNames: [a.example.com]}}
`,
  "an AuthorizationPolicy of many kinds of rules": `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: httpbin, namespace: foo, annotations: {istio.io/dry-run: "true"}}
spec:
  selector: {matchLabels: {app: httpbin}}
  rules:
  - from:
    - source: {principals: [cluster.local/ns/default/sa/sleep, "*/sa/other"], notIpBlocks: [10.0.0.0/8, "::1"]}
    - source: {namespaces: [dev*], requestPrincipals: ["*"]}
    - source: {serviceAccounts: [sleep, bar/sleep], trustDomains: ["*.example"]}
    to:
    - operation: {methods: [GET], paths: [/info*, "/a/{*}/b/{**}"], hosts: ["*.foo.com"]}
    - operation: {ports: ["8080"], notMethods: [POST]}
    when:
    - {key: "request.auth.claims[iss]", values: ["https://accounts.google.com"]}
    - {key: "request.headers[x-token]", notValues: [admin*]}
    - {key: destination.port, values: ["80"]}
`,
  "deny all, but only TCP ports, and custom": `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny, namespace: foo}
spec:
  action: DENY
  rules:
  - to: [{operation: {ports: ["3306"]}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: ext, namespace: istio-system}
spec:
  selector: {matchLabels: {app: ingress}}
  action: CUSTOM
  provider: {name: my-ext}
  rules: [{to: [{operation: {paths: [/admin/*]}}]}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: waypoint, namespace: foo}
spec:
  targetRefs:
  - {kind: Service, group: "", name: httpbin}
  - {kind: Gateway, group: gateway.networking.k8s.io, name: waypoint}
  rules: [{}]
`,
  "a RequestAuthentication": `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: jwt, namespace: foo}
spec:
  selector: {matchLabels: {app: httpbin}}
  jwtRules:
  - issuer: testing@secure.istio.io
    jwksUri: https://raw.example.com/jwks.json
    fromHeaders: [{name: x-jwt, prefix: "Bearer "}]
    outputClaimToHeaders: [{header: x-claim, claim: sub}]
    forwardOriginalToken: true
`,
  "a Sidecar": `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: foo}
spec:
  workloadSelector: {labels: {app: ratings}}
  ingress:
  - {port: {number: 9080, protocol: HTTP, name: http}, defaultEndpoint: "unix:///var/run/some.sock"}
  - {port: {number: 9443, protocol: HTTPS, name: https}, defaultEndpoint: "127.0.0.1:8443", tls: {mode: SIMPLE, privateKey: /k, serverCertificate: /c}}
  egress:
  - port: {number: 9080, protocol: HTTP, name: egresshttp}
    hosts: [prod-us1/*]
  - hosts: [istio-system/*, ./*, "*/api.example.com", "~bar/*"]
  outboundTrafficPolicy: {mode: REGISTRY_ONLY}
`,
  "ServiceEntries and what is behind them": `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: external, namespace: foo}
spec:
  hosts: [api.example.com, "*.example.org"]
  location: MESH_EXTERNAL
  ports: [{number: 443, name: https, protocol: TLS, targetPort: 8443}]
  resolution: NONE
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: vms, namespace: foo}
spec:
  hosts: [vm.foo.internal]
  location: MESH_INTERNAL
  addresses: [240.0.0.1]
  ports: [{number: 80, name: http, protocol: http}]
  resolution: STATIC
  endpoints: [{address: 2.2.2.2, ports: {http: 8080}, labels: {app: vm}, weight: 1}]
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm, namespace: foo}
spec: {address: vm.example.com, labels: {app: vm}, serviceAccount: vm}
---
apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: vms, namespace: foo}
spec:
  metadata: {labels: {app: vm}}
  template: {serviceAccount: vm, ports: {http: 8080}}
  probe: {httpGet: {port: 8080, path: /healthz}, periodSeconds: 5}
`,
  "a VirtualService": `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: foo}
spec:
  hosts: [reviews, reviews.foo.svc.cluster.local]
  gateways: [mesh, bar/outside]
  http:
  - name: v2
    match:
    - {uri: {prefix: ""}, headers: {end-user: {exact: jason}}, sourceLabels: {app: sleep}, port: 80}
    - {withoutHeaders: {x: {}}, sourceNamespace: foo}
    rewrite: {uri: /ratings}
    route:
    - {destination: {host: reviews, subset: v2, port: {number: 80}}, weight: 75}
    - {destination: {host: reviews, subset: v1}, weight: 25}
    retries: {attempts: 3, perTryTimeout: 2s, retryOn: "5xx,gateway-error"}
    fault: {delay: {percentage: {value: 0.1}, fixedDelay: 5s}}
    timeout: 10s
    mirror: {host: reviews, subset: v3}
    mirrorPercentage: {value: 12.5}
  - redirect: {uri: /v1, redirectCode: 301}
  tls:
  - match: [{port: 443, sniHosts: [reviews.foo.svc.cluster.local]}]
    route: [{destination: {host: reviews}}]
  tcp:
  - match: [{port: 27017, destinationSubnets: [10.0.0.0/8]}]
    route: [{destination: {host: mongo}}]
`,
  "a Gateway, a Telemetry and filters": `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: outside, namespace: foo}
spec:
  selector: {istio: ingressgateway}
  servers:
  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"], tls: {httpsRedirect: true}}
  - {port: {number: 443, name: https, protocol: HTTPS}, hosts: [./a.com, "*/*.b.com"], tls: {mode: SIMPLE, credentialName: a}}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: default, namespace: istio-system}
spec:
  tracing: [{randomSamplingPercentage: 10, customTags: {a: {literal: {value: b}}}}]
  accessLogging: [{providers: [{name: envoy}]}]
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: filter, namespace: istio-system}
spec:
  configPatches:
  - applyTo: HTTP_FILTER
    match: {context: SIDECAR_INBOUND, listener: {portNumber: 8080}}
    patch: {operation: INSERT_BEFORE, value: {name: lua, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua, inlineCode: a}}}
---
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: wasm, namespace: foo}
spec: {url: "oci://registry/plugin:1", phase: AUTHN, pluginConfig: {any: thing}}
---
apiVersion: networking.istio.io/v1beta1
kind: ProxyConfig
metadata: {name: proxy, namespace: foo}
spec: {concurrency: 0, environmentVariables: {A: b}, image: {imageType: distroless}}
`,
  "workloads and a Service": `
apiVersion: v1
kind: Namespace
metadata: {name: foo, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: httpbin, namespace: foo}
automountServiceAccountToken: false
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: httpbin, namespace: foo, creationTimestamp: null}
spec:
  replicas: 1
  selector:
    matchLabels: {app: httpbin}
    matchExpressions: [{key: version, operator: In, values: [v1, v2]}]
  strategy: {type: Recreate}
  template:
    metadata: {labels: {app: httpbin, version: v1}, annotations: {sidecar.istio.io/inject: "true"}}
    spec:
      serviceAccountName: httpbin
      terminationGracePeriodSeconds: 0
      containers:
      - name: httpbin
        image: httpbin
        resources: {limits: {cpu: 100m}}
        ports: [{containerPort: 8080, name: http}]
        readinessProbe: {tcpSocket: {port: 8080}}
---
apiVersion: v1
kind: Service
metadata: {name: httpbin, namespace: foo}
spec:
  type: ClusterIP
  selector: {app: httpbin}
  ports:
  - {name: http, port: 8000, targetPort: http, appProtocol: http}
  - {name: tcp-db, port: 3306, targetPort: 3306, protocol: TCP}
---
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: foo}
spec: {type: ExternalName, externalName: example.com}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: foo}
spec:
  schedule: "0 0 * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a, command: [curl]}]}}}}
`,
  "workloads of other kinds": `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: foo}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: db}]}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: foo}
spec:
  selector: {matchLabels: {app: agent}}
  template: {metadata: {labels: {app: agent}}, spec: {hostNetwork: true, containers: [{name: a, image: a}]}}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: old, namespace: foo}
spec:
  selector: {app: old}
  template: {metadata: {labels: {app: old}}, spec: {containers: [{name: a, image: a}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: sleep, namespace: foo}
spec: {initContainers: [{name: i, image: i, restartPolicy: Always}], containers: [{name: sleep, image: sleep}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: outside-1, namespace: foo, labels: {kubernetes.io/service-name: outside}}
addressType: IPv4
endpoints: [{addresses: [10.1.2.3], conditions: {ready: true}}]
ports: [{name: http, port: 80}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: foo}
data: {mesh: "rootNamespace: istio-system"}
`,
  "kinds of others with these names": `
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: knative}
spec: {template: {spec: {containers: [{image: a}]}}}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: linkerd}
spec: {targetRef: {group: policy.linkerd.io, kind: Server, name: a}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
`,
};
