#!/usr/bin/env bash
# Installs the dependencies where they are missing or older than the lockfile.
set -euo pipefail
cd "$(dirname "$0")/.."
if [[ ! -e node_modules/.package-lock.json || package-lock.json -nt node_modules/.package-lock.json ]]; then
	echo "installing the dependencies" >&2
	npm ci --no-fund --no-audit >&2
	touch node_modules/.package-lock.json
fi
