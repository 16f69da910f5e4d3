# shellcheck shell=bash
# The image of istio-cni, as Istio's cni/deployments/kubernetes/Dockerfile.install-cni has it.

cni_key() { printf '%s\n' "$@" | key_of "$EQUIPMENT/lib/cni-image.sh" "$HERE/lib/image.py"; }

# cni_build TOOLS DEBIAN TAG DIRECTORY
cni_build() {
	local tools=$1 debian=$2 tag=$3 out=$4
	python3 "$HERE/lib/image.py" "$out/images.tar" <<-END
		{
		  "tag": "$tag",
		  "layers": {
		    "base": ["$debian/base"],
		    "network": ["$debian/proxy"],
		    "cni": [
		      "$tools/istio-cni:opt/cni/bin/istio-cni:755",
		      "$tools/install-cni:usr/local/bin/install-cni:755"
		    ]
		  },
		  "images": [
		    {"name": "$IMAGE_HUB/install-cni", "layers": ["base", "network", "cni"], "cmd": ["/usr/local/bin/install-cni"],
		     "env": {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/cni/bin"}}
		  ]
		}
	END
}
