#!/usr/bin/env bash
# The main job for a newcomer: the demo's three phases on a mesh of our own. Here that is the local mesh; a cluster that
# was there before is never touched.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/installed.sh
PATH="$PWD/node_modules/.bin:$PATH"
status=0
node dist/cli/index.js migration --cluster local "$@" || status=$?
if [[ $status != 2 ]]; then
	echo "The local mesh stays up, so that the next run is quick. npm run mesh:down ends it." >&2
fi
exit "$status"
