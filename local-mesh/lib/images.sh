# shellcheck shell=bash
# The images, as a containerd that has imported them leaves them on the disk. To
# import takes seven seconds of the start, most of them writing what never
# changes; linking the finished files takes none.

# images_key GO-KEY DEBIAN-KEY ENVOY-KEY: also the images' tag. A tag that says
# what is inside can't mean two things, so IfNotPresent is always right.
images_key() {
	# Istio's version comes first: tools tell the installed version by this tag.
	echo "$ISTIO_VERSION-$(printf '%s\n' "$@" | key_of "$HERE/lib/images.sh" "$HERE/lib/image.py" "$HERE/init/idle.c")"
}

# import_all GO ARCHIVE ROOT [OPTION...]: lets a containerd of its own import an
# archive, with more options of "ctr images import". It needs a config-less
# place for its sockets, so it gets a /run that is empty and that nobody else
# sees.
import_all() {
	local go=$1 archive=$2 root=$3
	shift 3
	cat >"$root.toml" <<-END
		version = 3
		root = "$root"
		state = "/run/containerd"
		disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri"]
		[grpc]
		  address = "/run/containerd.sock"
		[plugins."io.containerd.metadata.v1.bolt"]
		  no_sync = true
	END
	# shellcheck disable=SC2016  # for the inner shell
	unshare --pid --fork --kill-child --mount --mount-proc --propagation private bash -euc '
		mount -t tmpfs mtls-gate /run
		archive=$1 root=$2
		shift 2
		"$0/containerd" --config "$root.toml" --log-level warn &
		ctr() { "$0/ctr" --address /run/containerd.sock --namespace k8s.io "$@"; }
		for attempt in {1..100}; do ctr version >/dev/null 2>&1 && break; sleep 0.1; done
		ctr images import --local "$@" "$archive"
		kill $!
		wait
	' "$go" "$archive" "$root" "$@"
	rm "$root.toml"
}

# link_images IMAGES ROOT: a containerd root with all images in it. Files are
# shared with the cache where one file system allows it: a container's changes go
# to layers of its own, never to an image's. The two databases do change.
link_images() {
	local file
	cp -a --link "$1/containerd" "$2" 2>/dev/null || {
		rm -rf "$2"
		cp -a "$1/containerd" "$2"
	}
	find "$2" -maxdepth 2 -name '*.db' | while read -r file; do
		cp -p "$file" "$file.new"
		mv "$file.new" "$file"
	done
}

# images_archive GO DEBIAN ENVOY TAG DIRECTORY: images.tar, and idle beside it.
images_archive() {
	local go=$1 debian=$2 envoy=$3 tag=$4 out=$5
	gcc -static -O2 -Wall -Wextra -Werror -o "$out/idle" "$HERE/init/idle.c"
	strip "$out/idle"
	python3 "$HERE/lib/image.py" "$out/images.tar" <<-END
		{
		  "tag": "$tag",
		  "layers": {
		    "idle": ["$out/idle:idle:755"],
		    "base": ["$debian/base"],
		    "busybox": ["$debian/busybox"],
		    "busybox-curl": ["$debian/busybox-curl"],
		    "coredns": ["$go/coredns:coredns:755"],
		    "httpbin": ["$go/go-httpbin:go-httpbin:755"],
		    "pilot": ["$go/pilot-discovery:usr/local/bin/pilot-discovery:755"],
		    "iptables": ["$debian/proxy"],
		    "envoy": [
		      "$envoy/envoy:usr/local/bin/envoy:755",
		      "$go/envoy_bootstrap.json:var/lib/istio/envoy/envoy_bootstrap_tmpl.json:644"
		    ],
		    "agent": ["$go/pilot-agent:usr/local/bin/pilot-agent:755"]
		  },
		  "images": [
		    {"name": "$IMAGE_HUB/pause", "layers": ["idle"], "entrypoint": ["/idle"], "user": "65535:65535"},
		    {"name": "$IMAGE_HUB/coredns", "layers": ["coredns"], "entrypoint": ["/coredns"]},
		    {"name": "$IMAGE_HUB/pilot", "layers": ["base", "pilot"], "user": "1337:1337",
		     "entrypoint": ["/usr/local/bin/pilot-discovery"]},
		    {"name": "$IMAGE_HUB/proxyv2", "layers": ["base", "iptables", "envoy", "agent"],
		     "entrypoint": ["/usr/local/bin/pilot-agent"]},
		    {"name": "$IMAGE_HUB/httpbin", "layers": ["httpbin"],
		     "entrypoint": ["/go-httpbin", "-host", "0.0.0.0", "-port", "8080"]},
		    {"name": "$IMAGE_HUB/client", "layers": ["base", "idle"], "cmd": ["/idle"]},
		    {"name": "$IMAGE_HUB/client-busybox", "layers": ["busybox", "busybox-curl", "idle"], "cmd": ["/idle"]},
		    {"name": "$IMAGE_HUB/client-nocurl", "layers": ["busybox", "idle"], "cmd": ["/idle"]}
		  ]
		}
	END
}

# images_build GO DEBIAN ENVOY TAG DIRECTORY
images_build() {
	local go=$1 out=$5
	images_archive "$@"
	import_all "$go" "$out/images.tar" "$out/containerd"
	rm "$out/images.tar"
}
