# shellcheck shell=bash
# The node's root file system, from Debian's packages: those that kind's own base
# image has (its images/base/Dockerfile), without what only NFS, iSCSI and
# rootless engines need.

ROOTFS_PACKAGES=(systemd conntrack iptables nftables iproute2 ethtool util-linux mount kmod libseccomp2 pigz e2fsprogs
	ca-certificates curl jq procps runc containernetworking-plugins)

rootfs_key() { debian_release | key_of "$EQUIPMENT/lib/rootfs.sh"; }

# own_apt NAME: package lists and downloads of our own.
own_apt() {
	APT=$CACHE/$1/apt
	mkdir -p "$APT/lists/partial" "$APT/archives/partial"
	: >"$APT/status"
	apt_own update
}

# debian_mirror CODENAME: where this machine gets that release's packages from.
debian_mirror() {
	apt-get indextargets 'Created-By: Packages' --format '$(CODENAME) $(REPO_URI)' | awk -v name="$1" '$1 == name {print $2; exit}'
}

# rootfs_build DIRECTORY
rootfs_build() {
	local out=$1 codename mirror joined
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mirror=$(debian_mirror "$codename")
	own_apt kind-rootfs
	apt_own --download-only install debootstrap
	dpkg-deb -x "$APT"/archives/debootstrap_*.deb "$APT/debootstrap"
	joined=$(IFS=, && echo "${ROOTFS_PACKAGES[*]}")
	# It mounts /proc in the new root; in a mount namespace that ends with it.
	DEBOOTSTRAP_DIR=$APT/debootstrap/usr/share/debootstrap unshare --mount --propagation private \
		sh "$APT/debootstrap/usr/sbin/debootstrap" --variant=minbase "--include=$joined" "$codename" "$out/root" "$mirror"
	rm -rf "$out"/root/var/cache/apt/*.bin "$out"/root/var/cache/apt/archives/*.deb "$out"/root/var/lib/apt/lists/* \
		"$out"/root/usr/share/{doc,man,locale}/* "$out"/root/var/log/* "$APT"
}
