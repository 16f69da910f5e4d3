module mtls-gate.dev/e2e/runc-within-limits

go 1.26.0
