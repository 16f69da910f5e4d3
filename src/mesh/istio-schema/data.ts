/**
 * Istio's kinds and their fields. Made by scripts/generate-istio-schema.ts from the CustomResourceDefinitions of Istio
 * (manifests/charts/base/files/crd-all.gen.yaml): do not edit.
 */
import type { SchemaFile } from "./schema.js";

export const ISTIO_SCHEMAS: SchemaFile = {
  kinds: {
    AuthorizationPolicy: {
      group: "security.istio.io",
      versions: ["v1", "v1beta1"],
      specRequired: false,
      spec: {
        type: "object",
        atMostOne: [["selector", "targetRef", "targetRefs"]],
        properties: {
          action: { type: "string", enum: ["ALLOW", "DENY", "AUDIT", "CUSTOM"] },
          provider: { type: "object", properties: { name: { type: "string" } } },
          rules: {
            type: "array",
            maxItems: 512,
            items: {
              type: "object",
              properties: {
                from: {
                  type: "array",
                  maxItems: 512,
                  items: {
                    type: "object",
                    properties: {
                      source: {
                        type: "object",
                        rules: ["lone-service-accounts"],
                        properties: {
                          ipBlocks: { type: "array", items: { type: "string" } },
                          namespaces: { type: "array", items: { type: "string" } },
                          notIpBlocks: { type: "array", items: { type: "string" } },
                          notNamespaces: { type: "array", items: { type: "string" } },
                          notPrincipals: { type: "array", items: { type: "string" } },
                          notRemoteIpBlocks: { type: "array", items: { type: "string" } },
                          notRequestPrincipals: { type: "array", items: { type: "string" } },
                          notServiceAccounts: {
                            type: "array",
                            maxItems: 16,
                            items: { type: "string", maxLength: 320 },
                          },
                          notTrustDomains: { type: "array", items: { type: "string" } },
                          principals: { type: "array", items: { type: "string" } },
                          remoteIpBlocks: { type: "array", items: { type: "string" } },
                          requestPrincipals: { type: "array", items: { type: "string" } },
                          serviceAccounts: { type: "array", maxItems: 16, items: { type: "string", maxLength: 320 } },
                          trustDomains: { type: "array", items: { type: "string" } },
                        },
                      },
                    },
                  },
                },
                to: {
                  type: "array",
                  items: {
                    type: "object",
                    properties: {
                      operation: {
                        type: "object",
                        properties: {
                          hosts: { type: "array", items: { type: "string" } },
                          methods: { type: "array", items: { type: "string" } },
                          notHosts: { type: "array", items: { type: "string" } },
                          notMethods: { type: "array", items: { type: "string" } },
                          notPaths: { type: "array", items: { type: "string" } },
                          notPorts: { type: "array", items: { type: "string" } },
                          paths: { type: "array", items: { type: "string" } },
                          ports: { type: "array", items: { type: "string" } },
                        },
                      },
                    },
                  },
                },
                when: {
                  type: "array",
                  items: {
                    type: "object",
                    required: ["key"],
                    properties: {
                      key: { type: "string" },
                      notValues: { type: "array", items: { type: "string" } },
                      values: { type: "array", items: { type: "string" } },
                    },
                  },
                },
              },
            },
          },
          selector: { ref: 0 },
          targetRef: { ref: 1 },
          targetRefs: { ref: 2 },
        },
      },
    },
    DestinationRule: {
      group: "networking.istio.io",
      versions: ["v1", "v1beta1", "v1alpha3"],
      specRequired: false,
      spec: {
        type: "object",
        required: ["host"],
        properties: {
          exportTo: { type: "array", items: { type: "string" } },
          host: { type: "string" },
          subsets: {
            type: "array",
            items: {
              type: "object",
              required: ["name"],
              properties: {
                labels: { type: "object", additionalProperties: { type: "string" } },
                name: { type: "string" },
                trafficPolicy: { ref: 9 },
              },
            },
          },
          trafficPolicy: { ref: 9 },
          workloadSelector: { ref: 0 },
        },
      },
    },
    EnvoyFilter: {
      group: "networking.istio.io",
      versions: ["v1alpha3"],
      specRequired: false,
      spec: {
        type: "object",
        atMostOne: [["workloadSelector", "targetRefs"]],
        properties: {
          configPatches: {
            type: "array",
            items: {
              type: "object",
              properties: {
                applyTo: {
                  type: "string",
                  enum: [
                    "INVALID",
                    "LISTENER",
                    "FILTER_CHAIN",
                    "NETWORK_FILTER",
                    "HTTP_FILTER",
                    "ROUTE_CONFIGURATION",
                    "VIRTUAL_HOST",
                    "HTTP_ROUTE",
                    "CLUSTER",
                    "EXTENSION_CONFIG",
                    "BOOTSTRAP",
                    "LISTENER_FILTER",
                  ],
                },
                match: {
                  type: "object",
                  atMostOne: [["listener", "routeConfiguration", "cluster", "waypoint"]],
                  rules: ["waypoint-context"],
                  properties: {
                    cluster: {
                      type: "object",
                      properties: {
                        name: { type: "string" },
                        portNumber: { type: "integer", minimum: 0, maximum: 4294967295 },
                        service: { type: "string" },
                        subset: { type: "string" },
                      },
                    },
                    context: {
                      type: "string",
                      enum: ["ANY", "SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY", "WAYPOINT"],
                    },
                    listener: {
                      type: "object",
                      properties: {
                        filterChain: {
                          type: "object",
                          properties: {
                            applicationProtocols: { type: "string" },
                            destinationPort: { type: "integer", minimum: 0, maximum: 4294967295 },
                            filter: { ref: 10 },
                            name: { type: "string" },
                            sni: { type: "string" },
                            transportProtocol: { type: "string" },
                          },
                        },
                        listenerFilter: { type: "string" },
                        name: { type: "string" },
                        portName: { type: "string" },
                        portNumber: { type: "integer", minimum: 0, maximum: 4294967295 },
                      },
                    },
                    proxy: {
                      type: "object",
                      properties: {
                        metadata: { type: "object", additionalProperties: { type: "string" } },
                        proxyVersion: { type: "string" },
                      },
                    },
                    routeConfiguration: {
                      type: "object",
                      properties: {
                        gateway: { type: "string" },
                        name: { type: "string" },
                        portName: { type: "string" },
                        portNumber: { type: "integer", minimum: 0, maximum: 4294967295 },
                        vhost: {
                          type: "object",
                          properties: {
                            domainName: { type: "string" },
                            name: { type: "string" },
                            route: {
                              type: "object",
                              properties: {
                                action: { type: "string", enum: ["ANY", "ROUTE", "REDIRECT", "DIRECT_RESPONSE"] },
                                name: { type: "string" },
                              },
                            },
                          },
                        },
                      },
                    },
                    waypoint: {
                      type: "object",
                      properties: {
                        filter: { ref: 10 },
                        portNumber: { type: "integer", minimum: 0, maximum: 4294967295, rules: ["port"] },
                        route: { type: "object", properties: { name: { type: "string" } } },
                      },
                    },
                  },
                },
                patch: {
                  type: "object",
                  properties: {
                    filterClass: { type: "string", enum: ["UNSPECIFIED", "AUTHN", "AUTHZ", "STATS"] },
                    operation: {
                      type: "string",
                      enum: [
                        "INVALID",
                        "MERGE",
                        "ADD",
                        "REMOVE",
                        "INSERT_BEFORE",
                        "INSERT_AFTER",
                        "INSERT_FIRST",
                        "REPLACE",
                        "MERGE_AND_REPLACE_LIST",
                      ],
                    },
                    value: { type: "object", open: true },
                  },
                },
              },
            },
          },
          priority: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
          targetRefs: { ref: 2 },
          workloadSelector: { ref: 11 },
        },
      },
    },
    Gateway: {
      group: "networking.istio.io",
      versions: ["v1", "v1beta1", "v1alpha3"],
      specRequired: false,
      spec: {
        type: "object",
        properties: {
          selector: { type: "object", additionalProperties: { type: "string" } },
          servers: {
            type: "array",
            items: {
              type: "object",
              required: ["port", "hosts"],
              properties: {
                bind: { type: "string" },
                defaultEndpoint: { type: "string" },
                hosts: { type: "array", items: { type: "string" } },
                name: { type: "string" },
                port: {
                  type: "object",
                  required: ["number", "protocol", "name"],
                  properties: {
                    name: { type: "string" },
                    number: { type: "integer", minimum: 0, maximum: 4294967295 },
                    protocol: { type: "string" },
                    targetPort: { type: "integer", minimum: 0, maximum: 4294967295 },
                  },
                },
                tls: { ref: 12 },
              },
            },
          },
        },
      },
    },
    PeerAuthentication: {
      group: "security.istio.io",
      versions: ["v1", "v1beta1"],
      specRequired: false,
      spec: {
        type: "object",
        rules: ["port-mtls-needs-selector"],
        properties: {
          mtls: { ref: 13 },
          portLevelMtls: { type: "object", minProperties: 1, rules: ["port-keys"], additionalProperties: { ref: 13 } },
          selector: { ref: 0 },
        },
      },
    },
    ProxyConfig: {
      group: "networking.istio.io",
      versions: ["v1beta1"],
      specRequired: false,
      spec: {
        type: "object",
        properties: {
          concurrency: { type: "integer", minimum: 0, maximum: 2147483647, nullable: true },
          environmentVariables: { type: "object", additionalProperties: { type: "string", maxLength: 2048 } },
          image: { type: "object", properties: { imageType: { type: "string" } } },
          selector: { ref: 0 },
        },
      },
    },
    RequestAuthentication: {
      group: "security.istio.io",
      versions: ["v1", "v1beta1"],
      specRequired: false,
      spec: {
        type: "object",
        atMostOne: [["selector", "targetRef", "targetRefs"]],
        properties: {
          jwtRules: {
            type: "array",
            maxItems: 4096,
            items: {
              type: "object",
              atMostOne: [["jwksUri", "jwks_uri", "jwks"]],
              properties: {
                audiences: { type: "array", items: { type: "string", minLength: 1 } },
                forwardOriginalToken: { type: "boolean" },
                fromCookies: { type: "array", items: { type: "string", minLength: 1 } },
                fromHeaders: {
                  type: "array",
                  items: {
                    type: "object",
                    required: ["name"],
                    properties: { name: { type: "string", minLength: 1 }, prefix: { type: "string" } },
                  },
                },
                fromParams: { type: "array", items: { type: "string", minLength: 1 } },
                issuer: { type: "string", minLength: 1 },
                jwks: { type: "string" },
                jwks_uri: { type: "string", minLength: 1, maxLength: 2048, rules: ["http-url"] },
                jwksUri: { type: "string", minLength: 1, maxLength: 2048, rules: ["http-url"] },
                outputClaimToHeaders: {
                  type: "array",
                  items: {
                    type: "object",
                    required: ["header", "claim"],
                    properties: {
                      claim: { type: "string", minLength: 1 },
                      header: { type: "string", minLength: 1, pattern: "^[-_A-Za-z0-9]+$" },
                    },
                  },
                },
                outputPayloadToHeader: { type: "string" },
                spaceDelimitedClaims: { type: "array", maxItems: 64, items: { type: "string", minLength: 1 } },
                timeout: { type: "string", rules: ["duration"] },
              },
            },
          },
          selector: { ref: 0 },
          targetRef: { ref: 1 },
          targetRefs: { ref: 2 },
        },
      },
    },
    ServiceEntry: {
      group: "networking.istio.io",
      versions: ["v1", "v1beta1", "v1alpha3"],
      specRequired: true,
      spec: {
        type: "object",
        required: ["hosts"],
        atMostOne: [["workloadSelector", "endpoints"]],
        rules: ["cidr-is-static", "no-endpoints-without-resolution", "one-round-robin-endpoint"],
        properties: {
          addresses: { type: "array", maxItems: 256, items: { type: "string", maxLength: 64 } },
          endpoints: { type: "array", maxItems: 4096, items: { ref: 16 } },
          exportTo: { type: "array", items: { type: "string" } },
          hosts: { type: "array", minItems: 1, maxItems: 256, items: { type: "string", rules: ["no-star"] } },
          location: { type: "string", enum: ["MESH_EXTERNAL", "MESH_INTERNAL"] },
          ports: {
            type: "array",
            maxItems: 256,
            uniqueBy: "name",
            rules: ["unique-numbers"],
            items: {
              type: "object",
              required: ["number", "name"],
              properties: {
                name: { type: "string", maxLength: 256 },
                number: { type: "integer", minimum: 0, maximum: 4294967295, rules: ["port"] },
                protocol: { type: "string", maxLength: 256 },
                targetPort: { type: "integer", minimum: 0, maximum: 4294967295, rules: ["port"] },
              },
            },
          },
          resolution: { type: "string", enum: ["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"] },
          subjectAltNames: { type: "array", items: { type: "string" } },
          workloadSelector: { ref: 11 },
        },
      },
    },
    Sidecar: {
      group: "networking.istio.io",
      versions: ["v1", "v1beta1", "v1alpha3"],
      specRequired: false,
      spec: {
        type: "object",
        properties: {
          egress: {
            type: "array",
            items: {
              type: "object",
              required: ["hosts"],
              properties: {
                bind: { type: "string" },
                captureMode: { type: "string", enum: ["DEFAULT", "IPTABLES", "NONE"] },
                hosts: { type: "array", items: { type: "string" } },
                port: { ref: 17 },
              },
            },
          },
          inboundConnectionPool: { ref: 3 },
          ingress: {
            type: "array",
            items: {
              type: "object",
              required: ["port"],
              properties: {
                bind: { type: "string" },
                captureMode: { type: "string", enum: ["DEFAULT", "IPTABLES", "NONE"] },
                connectionPool: { ref: 3 },
                defaultEndpoint: { type: "string" },
                port: { ref: 17 },
                tls: { ref: 12 },
              },
            },
          },
          outboundTrafficPolicy: {
            type: "object",
            properties: { egressProxy: { ref: 18 }, mode: { type: "string", enum: ["REGISTRY_ONLY", "ALLOW_ANY"] } },
          },
          workloadSelector: { ref: 11 },
        },
      },
    },
    Telemetry: {
      group: "telemetry.istio.io",
      versions: ["v1", "v1alpha1"],
      specRequired: false,
      spec: {
        type: "object",
        atMostOne: [["selector", "targetRef", "targetRefs"]],
        properties: {
          accessLogging: {
            type: "array",
            items: {
              type: "object",
              properties: {
                disabled: { type: "boolean", nullable: true },
                filter: { type: "object", properties: { expression: { type: "string" } } },
                match: { ref: 19 },
                providers: { ref: 20 },
              },
            },
          },
          metrics: {
            type: "array",
            items: {
              type: "object",
              properties: {
                overrides: {
                  type: "array",
                  items: {
                    type: "object",
                    properties: {
                      disabled: { type: "boolean", nullable: true },
                      match: {
                        type: "object",
                        atMostOne: [["metric", "customMetric"]],
                        properties: {
                          customMetric: { type: "string", minLength: 1 },
                          metric: {
                            type: "string",
                            enum: [
                              "ALL_METRICS",
                              "REQUEST_COUNT",
                              "REQUEST_DURATION",
                              "REQUEST_SIZE",
                              "RESPONSE_SIZE",
                              "TCP_OPENED_CONNECTIONS",
                              "TCP_CLOSED_CONNECTIONS",
                              "TCP_SENT_BYTES",
                              "TCP_RECEIVED_BYTES",
                              "GRPC_REQUEST_MESSAGES",
                              "GRPC_RESPONSE_MESSAGES",
                            ],
                          },
                          mode: { type: "string", enum: ["CLIENT_AND_SERVER", "CLIENT", "SERVER"] },
                        },
                      },
                      tagOverrides: {
                        type: "object",
                        additionalProperties: {
                          type: "object",
                          rules: ["upsert-has-value", "remove-without-value"],
                          properties: {
                            operation: { type: "string", enum: ["UPSERT", "REMOVE"] },
                            value: { type: "string" },
                          },
                        },
                      },
                    },
                  },
                },
                providers: { ref: 20 },
                reportingInterval: { type: "string", rules: ["duration"] },
              },
            },
          },
          selector: { ref: 0 },
          targetRef: { ref: 1 },
          targetRefs: { ref: 2 },
          tracing: {
            type: "array",
            items: {
              type: "object",
              properties: {
                customTags: {
                  type: "object",
                  additionalProperties: {
                    type: "object",
                    atMostOne: [["literal", "environment", "header", "formatter"]],
                    properties: {
                      environment: { ref: 21 },
                      formatter: { ref: 22 },
                      header: { ref: 21 },
                      literal: { ref: 22 },
                    },
                  },
                },
                disableContextPropagation: { type: "boolean", nullable: true },
                disableSpanReporting: { type: "boolean", nullable: true },
                enableIstioTags: { type: "boolean", nullable: true },
                match: { ref: 19 },
                providers: { ref: 20 },
                randomSamplingPercentage: { type: "number", minimum: 0, maximum: 100, nullable: true },
                useRequestIdForTraceSampling: { type: "boolean", nullable: true },
              },
            },
          },
        },
      },
    },
    TrafficExtension: {
      group: "extensions.istio.io",
      versions: ["v1alpha1"],
      specRequired: true,
      spec: {
        type: "object",
        atMostOne: [
          ["wasm", "lua"],
          ["selector", "targetRefs"],
        ],
        atLeastOne: [["wasm", "lua"]],
        properties: {
          lua: {
            type: "object",
            required: ["inlineCode"],
            properties: { inlineCode: { type: "string", minLength: 1, maxLength: 65536 } },
          },
          match: { ref: 23 },
          phase: { type: "string", enum: ["UNSPECIFIED", "AUTHN", "AUTHZ", "STATS"] },
          priority: { type: "integer", minimum: -2147483648, maximum: 2147483647, nullable: true },
          selector: { ref: 0 },
          targetRefs: { ref: 2 },
          wasm: {
            type: "object",
            required: ["url"],
            properties: {
              failStrategy: { type: "string", enum: ["FAIL_CLOSE", "FAIL_OPEN", "FAIL_RELOAD"] },
              imagePullPolicy: { type: "string", enum: ["UNSPECIFIED_POLICY", "IfNotPresent", "Always"] },
              imagePullSecret: { type: "string", minLength: 1, maxLength: 253 },
              pluginConfig: { type: "object", open: true },
              pluginName: { type: "string", minLength: 1, maxLength: 256 },
              sha256: { type: "string", pattern: "(^$|^[a-f0-9]{64}$)" },
              type: { type: "string", enum: ["UNSPECIFIED_PLUGIN_TYPE", "HTTP", "NETWORK"] },
              url: { type: "string", minLength: 1, rules: ["wasm-url"] },
              verificationKey: { type: "string" },
              vmConfig: { ref: 24 },
            },
          },
        },
      },
    },
    VirtualService: {
      group: "networking.istio.io",
      versions: ["v1", "v1beta1", "v1alpha3"],
      specRequired: false,
      spec: {
        type: "object",
        properties: {
          exportTo: { type: "array", items: { type: "string" } },
          gateways: { type: "array", items: { type: "string" } },
          hosts: { type: "array", items: { type: "string" } },
          http: {
            type: "array",
            items: {
              type: "object",
              properties: {
                corsPolicy: {
                  type: "object",
                  properties: {
                    allowCredentials: { type: "boolean", nullable: true },
                    allowHeaders: { type: "array", items: { type: "string" } },
                    allowMethods: { type: "array", items: { type: "string" } },
                    allowOrigin: { type: "array", items: { type: "string" } },
                    allowOrigins: { type: "array", items: { ref: 25 } },
                    exposeHeaders: { type: "array", items: { type: "string" } },
                    maxAge: { type: "string", rules: ["duration"] },
                    unmatchedPreflights: { type: "string", enum: ["UNSPECIFIED", "FORWARD", "IGNORE"] },
                  },
                },
                delegate: { type: "object", properties: { name: { type: "string" }, namespace: { type: "string" } } },
                directResponse: {
                  type: "object",
                  required: ["status"],
                  properties: {
                    body: {
                      type: "object",
                      atMostOne: [["string", "bytes"]],
                      properties: { bytes: { type: "string" }, string: { type: "string" } },
                    },
                    status: { type: "integer", minimum: 0, maximum: 4294967295 },
                  },
                },
                fault: {
                  type: "object",
                  properties: {
                    abort: {
                      type: "object",
                      atMostOne: [["httpStatus", "grpcStatus", "http2Error"]],
                      properties: {
                        grpcStatus: { type: "string" },
                        http2Error: { type: "string" },
                        httpStatus: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
                        percentage: { type: "object", properties: { value: { type: "number" } } },
                      },
                    },
                    delay: {
                      type: "object",
                      atMostOne: [["fixedDelay", "exponentialDelay"]],
                      properties: {
                        exponentialDelay: { type: "string", rules: ["duration"] },
                        fixedDelay: { type: "string", rules: ["duration"] },
                        percent: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
                        percentage: { type: "object", properties: { value: { type: "number" } } },
                      },
                    },
                  },
                },
                headers: { ref: 27 },
                match: {
                  type: "array",
                  items: {
                    type: "object",
                    properties: {
                      authority: { ref: 25 },
                      gateways: { type: "array", items: { type: "string" } },
                      headers: { ref: 28 },
                      ignoreUriCase: { type: "boolean" },
                      method: { ref: 25 },
                      name: { type: "string" },
                      port: { type: "integer", minimum: 0, maximum: 4294967295 },
                      queryParams: { ref: 28 },
                      scheme: { ref: 25 },
                      sourceLabels: { type: "object", additionalProperties: { type: "string" } },
                      sourceNamespace: { type: "string" },
                      statPrefix: { type: "string" },
                      uri: { ref: 25 },
                      withoutHeaders: { ref: 28 },
                    },
                  },
                },
                mirror: { ref: 18 },
                mirror_percent: { type: "integer", minimum: 0, maximum: 4294967295, nullable: true },
                mirrorPercent: { type: "integer", minimum: 0, maximum: 4294967295, nullable: true },
                mirrorPercentage: { type: "object", properties: { value: { type: "number" } } },
                mirrors: {
                  type: "array",
                  items: {
                    type: "object",
                    required: ["destination"],
                    properties: {
                      destination: { ref: 18 },
                      percentage: { type: "object", properties: { value: { type: "number" } } },
                    },
                  },
                },
                name: { type: "string" },
                redirect: {
                  type: "object",
                  atMostOne: [["port", "derivePort"]],
                  properties: {
                    authority: { type: "string" },
                    derivePort: { type: "string", enum: ["FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT"] },
                    port: { type: "integer", minimum: 0, maximum: 4294967295 },
                    prefixRewrite: { type: "string" },
                    redirectCode: { type: "integer", minimum: 0, maximum: 4294967295 },
                    scheme: { type: "string" },
                    uri: { type: "string" },
                  },
                },
                retries: {
                  type: "object",
                  properties: {
                    attempts: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
                    backoff: { type: "string", rules: ["duration"] },
                    perTryTimeout: { type: "string", rules: ["duration"] },
                    retryIgnorePreviousHosts: { type: "boolean", nullable: true },
                    retryOn: { type: "string" },
                    retryRemoteLocalities: { type: "boolean", nullable: true },
                  },
                },
                rewrite: {
                  type: "object",
                  properties: {
                    authority: { type: "string" },
                    uri: { type: "string" },
                    uriRegexRewrite: {
                      type: "object",
                      properties: { match: { type: "string" }, rewrite: { type: "string" } },
                    },
                  },
                },
                route: {
                  type: "array",
                  items: {
                    type: "object",
                    required: ["destination"],
                    properties: {
                      destination: { ref: 18 },
                      headers: { ref: 27 },
                      weight: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
                    },
                  },
                },
                timeout: { type: "string", rules: ["duration"] },
              },
            },
          },
          tcp: {
            type: "array",
            items: {
              type: "object",
              properties: {
                match: {
                  type: "array",
                  items: {
                    type: "object",
                    properties: {
                      destinationSubnets: { type: "array", items: { type: "string" } },
                      gateways: { type: "array", items: { type: "string" } },
                      port: { type: "integer", minimum: 0, maximum: 4294967295 },
                      sourceLabels: { type: "object", additionalProperties: { type: "string" } },
                      sourceNamespace: { type: "string" },
                      sourceSubnet: { type: "string" },
                    },
                  },
                },
                route: { ref: 29 },
              },
            },
          },
          tls: {
            type: "array",
            items: {
              type: "object",
              required: ["match"],
              properties: {
                match: {
                  type: "array",
                  items: {
                    type: "object",
                    required: ["sniHosts"],
                    properties: {
                      destinationSubnets: { type: "array", items: { type: "string" } },
                      gateways: { type: "array", items: { type: "string" } },
                      port: { type: "integer", minimum: 0, maximum: 4294967295 },
                      sniHosts: { type: "array", items: { type: "string" } },
                      sourceLabels: { type: "object", additionalProperties: { type: "string" } },
                      sourceNamespace: { type: "string" },
                    },
                  },
                },
                route: { ref: 29 },
              },
            },
          },
        },
      },
    },
    WasmPlugin: {
      group: "extensions.istio.io",
      versions: ["v1alpha1"],
      specRequired: true,
      spec: {
        type: "object",
        required: ["url"],
        atMostOne: [["selector", "targetRef", "targetRefs"]],
        properties: {
          failStrategy: { type: "string", enum: ["FAIL_CLOSE", "FAIL_OPEN", "FAIL_RELOAD"] },
          imagePullPolicy: { type: "string", enum: ["UNSPECIFIED_POLICY", "IfNotPresent", "Always"] },
          imagePullSecret: { type: "string", minLength: 1, maxLength: 253 },
          match: { ref: 23 },
          phase: { type: "string", enum: ["UNSPECIFIED_PHASE", "AUTHN", "AUTHZ", "STATS"] },
          pluginConfig: { type: "object", open: true },
          pluginName: { type: "string", minLength: 1, maxLength: 256 },
          priority: { type: "integer", minimum: -2147483648, maximum: 2147483647, nullable: true },
          selector: { ref: 0 },
          sha256: { type: "string", pattern: "(^$|^[a-f0-9]{64}$)" },
          targetRef: { ref: 1 },
          targetRefs: { ref: 2 },
          type: { type: "string", enum: ["UNSPECIFIED_PLUGIN_TYPE", "HTTP", "NETWORK"] },
          url: { type: "string", minLength: 1, rules: ["wasm-url"] },
          verificationKey: { type: "string" },
          vmConfig: { ref: 24 },
        },
      },
    },
    WorkloadEntry: {
      group: "networking.istio.io",
      versions: ["v1", "v1beta1", "v1alpha3"],
      specRequired: true,
      spec: { ref: 16 },
    },
    WorkloadGroup: {
      group: "networking.istio.io",
      versions: ["v1", "v1beta1", "v1alpha3"],
      specRequired: true,
      spec: {
        type: "object",
        required: ["template"],
        properties: {
          metadata: {
            type: "object",
            properties: {
              annotations: { type: "object", maxProperties: 256, additionalProperties: { type: "string" } },
              labels: { type: "object", maxProperties: 256, additionalProperties: { type: "string" } },
            },
          },
          probe: {
            type: "object",
            atMostOne: [["httpGet", "tcpSocket", "exec", "grpc"]],
            properties: {
              exec: {
                type: "object",
                required: ["command"],
                properties: { command: { type: "array", items: { type: "string", minLength: 1 } } },
              },
              failureThreshold: { type: "integer", minimum: 0, maximum: 2147483647 },
              grpc: {
                type: "object",
                properties: {
                  port: { type: "integer", minimum: 0, maximum: 4294967295, rules: ["port"] },
                  service: { type: "string" },
                },
              },
              httpGet: {
                type: "object",
                required: ["port"],
                properties: {
                  host: { type: "string" },
                  httpHeaders: {
                    type: "array",
                    items: {
                      type: "object",
                      properties: { name: { type: "string", pattern: "^[-_A-Za-z0-9]+$" }, value: { type: "string" } },
                    },
                  },
                  path: { type: "string" },
                  port: { type: "integer", minimum: 0, maximum: 4294967295, rules: ["port"] },
                  scheme: { type: "string", rules: ["http-scheme"] },
                },
              },
              initialDelaySeconds: { type: "integer", minimum: 0, maximum: 2147483647 },
              periodSeconds: { type: "integer", minimum: 0, maximum: 2147483647 },
              successThreshold: { type: "integer", minimum: 0, maximum: 2147483647 },
              tcpSocket: {
                type: "object",
                required: ["port"],
                properties: {
                  host: { type: "string" },
                  port: { type: "integer", minimum: 0, maximum: 4294967295, rules: ["port"] },
                },
              },
              timeoutSeconds: { type: "integer", minimum: 0, maximum: 2147483647 },
            },
          },
          template: {
            type: "object",
            rules: ["socket-without-ports"],
            properties: {
              address: { ref: 14 },
              labels: { type: "object", maxProperties: 256, additionalProperties: { type: "string" } },
              locality: { type: "string", maxLength: 2048 },
              network: { type: "string", maxLength: 2048 },
              ports: { ref: 15 },
              serviceAccount: { type: "string", maxLength: 253 },
              weight: { type: "integer", minimum: 0, maximum: 4294967295 },
            },
          },
        },
      },
    },
  },
  shared: [
    {
      type: "object",
      properties: {
        matchLabels: {
          type: "object",
          maxProperties: 4096,
          rules: ["key-without-wildcard", "key-not-empty"],
          additionalProperties: { type: "string", maxLength: 63, rules: ["without-wildcard"] },
        },
      },
    },
    {
      type: "object",
      required: ["kind", "name"],
      properties: {
        group: {
          type: "string",
          maxLength: 253,
          pattern: "^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        },
        kind: { type: "string", minLength: 1, maxLength: 63, pattern: "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$" },
        name: { type: "string", minLength: 1, maxLength: 253 },
        namespace: { type: "string", rules: ["no-namespace"] },
      },
    },
    { type: "array", maxItems: 16, items: { ref: 1 } },
    {
      type: "object",
      properties: {
        http: {
          type: "object",
          properties: {
            h2UpgradePolicy: { type: "string", enum: ["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"] },
            http1MaxPendingRequests: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
            http2KeepAlive: {
              type: "object",
              properties: {
                interval: { type: "string", rules: ["duration"] },
                timeout: { type: "string", rules: ["duration"] },
              },
            },
            http2MaxRequests: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
            idleTimeout: { type: "string", rules: ["duration"] },
            maxConcurrentStreams: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
            maxRequestsPerConnection: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
            maxRetries: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
            useClientProtocol: { type: "boolean" },
          },
        },
        tcp: {
          type: "object",
          properties: {
            connectTimeout: { type: "string", rules: ["duration"] },
            idleTimeout: { type: "string" },
            maxConnectionDuration: { type: "string", rules: ["duration"] },
            maxConnections: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
            tcpKeepalive: {
              type: "object",
              properties: {
                interval: { type: "string", rules: ["duration"] },
                probes: { type: "integer", minimum: 0, maximum: 4294967295 },
                time: { type: "string", rules: ["duration"] },
              },
            },
          },
        },
      },
    },
    { type: "array", items: { type: "object", properties: { from: { type: "string" }, to: { type: "string" } } } },
    {
      type: "object",
      atMostOne: [["simple", "consistentHash"]],
      properties: {
        consistentHash: {
          type: "object",
          atMostOne: [
            ["httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName"],
            ["ringHash", "maglev"],
          ],
          properties: {
            httpCookie: {
              type: "object",
              required: ["name"],
              properties: {
                attributes: {
                  type: "array",
                  items: {
                    type: "object",
                    required: ["name"],
                    properties: { name: { type: "string" }, value: { type: "string" } },
                  },
                },
                name: { type: "string" },
                path: { type: "string" },
                ttl: { type: "string" },
              },
            },
            httpHeaderName: { type: "string" },
            httpQueryParameterName: { type: "string" },
            maglev: { type: "object", properties: { tableSize: { type: "integer", minimum: 0 } } },
            minimumRingSize: { type: "integer", minimum: 0 },
            ringHash: { type: "object", properties: { minimumRingSize: { type: "integer", minimum: 0 } } },
            useSourceIp: { type: "boolean" },
          },
        },
        localityLbSetting: {
          type: "object",
          properties: {
            distribute: {
              type: "array",
              items: {
                type: "object",
                properties: {
                  from: { type: "string" },
                  to: { type: "object", additionalProperties: { type: "integer", minimum: 0, maximum: 4294967295 } },
                },
              },
            },
            enabled: { type: "boolean", nullable: true },
            failover: { ref: 4 },
            failoverPriority: { type: "array", items: { type: "string" } },
          },
        },
        simple: {
          type: "string",
          enum: ["UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST"],
        },
        warmup: {
          type: "object",
          required: ["duration"],
          properties: {
            aggression: { type: "number", minimum: 0, nullable: true },
            duration: { type: "string", rules: ["duration"] },
            minimumPercent: { type: "number", minimum: 0, maximum: 100, nullable: true },
          },
        },
        warmupDurationSecs: { type: "string", rules: ["duration"] },
        zoneAwareLbSetting: {
          type: "object",
          properties: {
            enabled: { type: "boolean", nullable: true },
            failover: { ref: 4 },
            failoverPriority: { type: "array", items: { type: "string" } },
            minClusterSize: { type: "integer", minimum: 1, maximum: 4294967295, nullable: true },
          },
        },
      },
    },
    {
      type: "object",
      properties: {
        baseEjectionTime: { type: "string", rules: ["duration"] },
        consecutive5xxErrors: { type: "integer", minimum: 0, maximum: 4294967295, nullable: true },
        consecutiveErrors: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
        consecutiveGatewayErrors: { type: "integer", minimum: 0, maximum: 4294967295, nullable: true },
        consecutiveLocalOriginFailures: { type: "integer", minimum: 0, maximum: 4294967295, nullable: true },
        interval: { type: "string", rules: ["duration"] },
        maxEjectionPercent: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
        minHealthPercent: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
        outlierDetectionHttpErrorCodes: { type: "array", items: { type: "integer", minimum: 100, maximum: 599 } },
        splitExternalLocalOriginErrors: { type: "boolean" },
      },
    },
    { type: "object", properties: { number: { type: "integer", minimum: 0, maximum: 4294967295 } } },
    {
      type: "object",
      properties: {
        caCertificates: { type: "string" },
        caCrl: { type: "string" },
        clientCertificate: { type: "string" },
        credentialName: { type: "string" },
        insecureSkipVerify: { type: "boolean", nullable: true },
        mode: { type: "string", enum: ["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"] },
        privateKey: { type: "string" },
        sni: { type: "string" },
        subjectAltNames: { type: "array", items: { type: "string" } },
      },
    },
    {
      type: "object",
      properties: {
        connectionPool: { ref: 3 },
        loadBalancer: { ref: 5 },
        outlierDetection: { ref: 6 },
        portLevelSettings: {
          type: "array",
          maxItems: 4096,
          items: {
            type: "object",
            properties: {
              connectionPool: { ref: 3 },
              loadBalancer: { ref: 5 },
              outlierDetection: { ref: 6 },
              port: { ref: 7 },
              tls: { ref: 8 },
            },
          },
        },
        proxyProtocol: { type: "object", properties: { version: { type: "string", enum: ["V1", "V2"] } } },
        retryBudget: {
          type: "object",
          properties: {
            budgetInterval: { type: "string" },
            minRetryConcurrency: { type: "integer", minimum: 0, maximum: 4294967295 },
            percent: { type: "number", minimum: 0, maximum: 100, nullable: true },
          },
        },
        tls: { ref: 8 },
        tunnel: {
          type: "object",
          required: ["targetHost", "targetPort"],
          properties: {
            protocol: { type: "string" },
            targetHost: { type: "string" },
            targetPort: { type: "integer", minimum: 0, maximum: 4294967295 },
          },
        },
      },
    },
    {
      type: "object",
      properties: { name: { type: "string" }, subFilter: { type: "object", properties: { name: { type: "string" } } } },
    },
    {
      type: "object",
      properties: {
        labels: {
          type: "object",
          maxProperties: 256,
          additionalProperties: { type: "string", maxLength: 63, rules: ["without-wildcard"] },
        },
      },
    },
    {
      type: "object",
      atMostOne: [
        ["tlsCertificates", "credentialNames"],
        ["credentialName", "credentialNames"],
        ["credentialNames", "tlsCertificates"],
      ],
      properties: {
        caCertCredentialName: { type: "string" },
        caCertificates: { type: "string" },
        caCrl: { type: "string" },
        cipherSuites: { type: "array", items: { type: "string" } },
        credentialName: { type: "string" },
        credentialNames: { type: "array", minItems: 1, maxItems: 2, items: { type: "string" } },
        httpsRedirect: { type: "boolean" },
        insecureSkipVerify: { type: "boolean", nullable: true },
        maxProtocolVersion: { type: "string", enum: ["TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"] },
        minProtocolVersion: { type: "string", enum: ["TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"] },
        mode: {
          type: "string",
          enum: ["PASSTHROUGH", "SIMPLE", "MUTUAL", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL"],
        },
        privateKey: { type: "string" },
        serverCertificate: { type: "string" },
        subjectAltNames: { type: "array", items: { type: "string" } },
        tlsCertificates: {
          type: "array",
          minItems: 1,
          maxItems: 2,
          items: {
            type: "object",
            properties: {
              caCertificates: { type: "string" },
              privateKey: { type: "string" },
              serverCertificate: { type: "string" },
            },
          },
        },
        verifyCertificateHash: { type: "array", items: { type: "string" } },
        verifyCertificateSpki: { type: "array", items: { type: "string" } },
      },
    },
    { type: "object", properties: { mode: { type: "string", enum: ["UNSET", "DISABLE", "PERMISSIVE", "STRICT"] } } },
    { type: "string", maxLength: 256, rules: ["absolute-socket", "no-socket-folder"] },
    {
      type: "object",
      maxProperties: 128,
      rules: ["port-names"],
      additionalProperties: { type: "integer", minimum: 0, maximum: 4294967295, rules: ["port"] },
    },
    {
      type: "object",
      atLeastOne: [["address", "network"]],
      rules: ["socket-without-ports"],
      properties: {
        address: { ref: 14 },
        labels: { type: "object", maxProperties: 256, additionalProperties: { type: "string" } },
        locality: { type: "string", maxLength: 2048 },
        network: { type: "string", maxLength: 2048 },
        ports: { ref: 15 },
        serviceAccount: { type: "string", maxLength: 253 },
        weight: { type: "integer", minimum: 0, maximum: 4294967295 },
      },
    },
    {
      type: "object",
      properties: {
        name: { type: "string" },
        number: { type: "integer", minimum: 0, maximum: 4294967295 },
        protocol: { type: "string" },
        targetPort: { type: "integer", minimum: 0, maximum: 4294967295 },
      },
    },
    {
      type: "object",
      required: ["host"],
      properties: { host: { type: "string" }, port: { ref: 7 }, subset: { type: "string" } },
    },
    { type: "object", properties: { mode: { type: "string", enum: ["CLIENT_AND_SERVER", "CLIENT", "SERVER"] } } },
    {
      type: "array",
      items: { type: "object", required: ["name"], properties: { name: { type: "string", minLength: 1 } } },
    },
    {
      type: "object",
      required: ["name"],
      properties: { defaultValue: { type: "string" }, name: { type: "string", minLength: 1 } },
    },
    { type: "object", required: ["value"], properties: { value: { type: "string", minLength: 1 } } },
    {
      type: "array",
      items: {
        type: "object",
        properties: {
          mode: { type: "string", enum: ["UNDEFINED", "CLIENT", "SERVER", "CLIENT_AND_SERVER"] },
          ports: {
            type: "array",
            uniqueBy: "number",
            items: {
              type: "object",
              required: ["number"],
              properties: { number: { type: "integer", minimum: 1, maximum: 65535 } },
            },
          },
        },
      },
    },
    {
      type: "object",
      properties: {
        env: {
          type: "array",
          maxItems: 256,
          uniqueBy: "name",
          items: {
            type: "object",
            required: ["name"],
            rules: ["host-without-value"],
            properties: {
              name: { type: "string", minLength: 1, maxLength: 256 },
              value: { type: "string", maxLength: 2048 },
              valueFrom: { type: "string", enum: ["INLINE", "HOST"] },
            },
          },
        },
      },
    },
    {
      type: "object",
      atMostOne: [["exact", "prefix", "regex"]],
      properties: { exact: { type: "string" }, prefix: { type: "string" }, regex: { type: "string" } },
    },
    {
      type: "object",
      properties: {
        add: { type: "object", additionalProperties: { type: "string" } },
        remove: { type: "array", items: { type: "string" } },
        set: { type: "object", additionalProperties: { type: "string" } },
      },
    },
    { type: "object", properties: { request: { ref: 26 }, response: { ref: 26 } } },
    { type: "object", additionalProperties: { ref: 25 } },
    {
      type: "array",
      items: {
        type: "object",
        required: ["destination"],
        properties: {
          destination: { ref: 18 },
          weight: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
        },
      },
    },
  ],
};
