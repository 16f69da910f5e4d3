# shellcheck shell=bash
# Debian packages, for our own use: apt finds and fetches them, dpkg-deb unpacks
# them into a directory, nothing gets installed. apt runs with its state
# (package lists, an empty list of installed packages, downloads) in the cache's
# folder, so it finds whole closures, and the host's own apt and dpkg never see
# any of it. Where the packages come from is up to the machine's sources.

# What the node runs on the host's side of the images.
DEBIAN_NODE=(etcd-server runc containernetworking-plugins iptables conntrack)
# The file systems of the images. Each is a layer on top of the first.
DEBIAN_BASE=(dash coreutils curl ca-certificates)
DEBIAN_PROXY=(iptables iproute2)
DEBIAN_BUSYBOX=(busybox-static)
DEBIAN_BUSYBOX_CURL=(curl)

# In the closures, but only for the scripts that packages run when they are
# installed, and those don't run here. It keeps the layers small.
DEBIAN_UNWANTED='adduser|debconf|debianutils|dpkg|init-system-helpers|libdb5.3|libfile-find-rule-perl|libgdbm.*|libnumber-compare-perl|libpam.*|libperl.*|libsemanage.*|libsepol2|libtext-glob-perl|passwd|perl.*|tar|usrmerge|libaudit.*|libcap-ng0'

debian_release() { (. /etc/os-release && echo "$ID ${VERSION_CODENAME:-$VERSION_ID}"); }

debian_key() { debian_release | key_of "$HERE/lib/debian.sh"; }

# apt_own COMMAND...: apt-get with all its state under $APT.
apt_own() {
	apt-get -q -y -o Dir::State="$APT" -o Dir::State::status="$APT/status" -o Dir::State::lists="$APT/lists" \
		-o Dir::State::extended_states="$APT/extended_states" -o Dir::Cache="$APT" -o Dir::Cache::archives="$APT/archives" \
		-o Dir::Log="$APT" -o APT::Sandbox::User=root -o APT::Install-Recommends=false "$@"
}

# closure PACKAGE...: the files of the packages and of all they need.
closure() {
	apt_own -qq --print-uris install "$@" | awk '{print $2}' | grep -Ev "^($DEBIAN_UNWANTED)_"
}

# unpack_into ROOT FILE...: with /bin, /lib and so on being links into /usr, as
# on an installed system: packages have files on both paths.
unpack_into() {
	local root=$1 name file
	shift
	for name in bin sbin lib lib64; do
		mkdir -p "$root/usr/$name"
		ln -sfn "usr/$name" "$root/$name"
	done
	for file; do
		dpkg-deb --fsys-tarfile "$APT/archives/$file" |
			tar -x -C "$root" --keep-directory-symlink --no-same-owner \
				--exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale' \
				--exclude='./usr/share/lintian' --exclude='./usr/share/info' --exclude='./usr/lib/systemd' \
				--exclude='./lib/systemd' --exclude='./etc/init.d' --exclude='./usr/lib/*/gconv' --exclude='./usr/lib/*/audit'
	done
}

# link_iptables ROOT: the names that the package's install script would make.
link_iptables() {
	local name
	for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
		ln -sfn xtables-nft-multi "$1/usr/sbin/$name"
	done
}

# users_into ROOT: the accounts that are looked up by somebody.
users_into() {
	mkdir -p "$1/etc" "$1/tmp" "$1/root"
	chmod 1777 "$1/tmp"
	printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'istio-proxy:x:1337:1337::/var/lib/istio:/bin/sh' \
		'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin' >"$1/etc/passwd"
	printf '%s\n' 'root:x:0:' 'istio-proxy:x:1337:' 'nogroup:x:65534:' >"$1/etc/group"
	echo 'hosts: files dns' >"$1/etc/nsswitch.conf"
}

# node_library FILE: whether a library of the unpacked tree may be put in front
# of the host's. The C library may not: it has to be of a piece with the loader,
# and that is the host's.
node_library() {
	[[ ! $1 =~ ^lib(c|m|dl|rt|pthread|resolv|util|anl|nsl|nss_.*|thread_db|mvec|BrokenLocale|c_malloc_debug|pcprofile|memusage)\.so ]]
}

# link_libraries TREE: the libraries of TREE/node that its programs are to find, as
# links in TREE/lib.
link_libraries() {
	local file
	mkdir "$1/lib"
	for file in "$1"/node/usr/lib/x86_64-linux-gnu/lib*.so.*; do
		! node_library "${file##*/}" || ln -s "../node/usr/lib/x86_64-linux-gnu/${file##*/}" "$1/lib/"
	done
}

# wrap BIN DEBIAN PROGRAM NAME [FIRST-ARGUMENT]: a command in BIN that runs a
# program of the unpacked node tree with that tree's libraries.
wrap() {
	local bin=$1 debian=$2 program=$3 name=$4 argument=${5:-}
	cat >"$bin/$name" <<-END
		#!/bin/sh
		export LD_LIBRARY_PATH=$debian/lib XTABLES_LIBDIR=$debian/node/usr/lib/x86_64-linux-gnu/xtables
		exec $debian/node$program${argument:+ $argument} "\$@"
	END
	chmod 755 "$bin/$name"
}

# wrap_all BIN DEBIAN: all the commands that the node's servers look for, and
# that tests use in the node's and in pods' network namespaces.
wrap_all() {
	wrap "$1" "$2" /usr/bin/etcd etcd
	wrap "$1" "$2" /usr/sbin/runc runc
	wrap "$1" "$2" /usr/sbin/conntrack conntrack
	wrap_iptables "$1" "$2"
}

# wrap_iptables BIN DEBIAN
wrap_iptables() {
	local name
	for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
		wrap "$1" "$2" /usr/sbin/xtables-nft-multi "$name" "$name"
	done
}

# debian_build DIRECTORY
debian_build() {
	local out=$1 file node base proxy busybox busybox_curl
	APT=$CACHE/debian/apt
	mkdir -p "$APT/lists/partial" "$APT/archives/partial"
	: >"$APT/status"
	echo "reading the package lists" >"$TASKS/debian.progress"
	apt_own update
	node=$(closure "${DEBIAN_NODE[@]}")
	base=$(closure "${DEBIAN_BASE[@]}")
	proxy=$(closure "${DEBIAN_PROXY[@]}")
	proxy=$(comm -13 <(sort <<<"$base") <(sort <<<"$proxy"))
	busybox=$(closure "${DEBIAN_BUSYBOX[@]}")
	busybox_curl=$(closure "${DEBIAN_BUSYBOX_CURL[@]}")
	echo "fetching packages" >"$TASKS/debian.progress"
	apt_own --download-only install "${DEBIAN_NODE[@]}" "${DEBIAN_BASE[@]}" "${DEBIAN_PROXY[@]}" \
		"${DEBIAN_BUSYBOX[@]}" "${DEBIAN_BUSYBOX_CURL[@]}"
	echo "unpacking" >"$TASKS/debian.progress"

	# shellcheck disable=SC2086  # lists of file names, none with a space
	{
		unpack_into "$out/node" $node
		unpack_into "$out/base" $base
		unpack_into "$out/proxy" $proxy
		unpack_into "$out/busybox" $busybox
		unpack_into "$out/busybox-curl" $busybox_curl
	}
	link_iptables "$out/proxy"
	users_into "$out/base"
	users_into "$out/busybox"
	cat "$out"/base/usr/share/ca-certificates/mozilla/*.crt >"$out/certificates"
	install -D -m 644 "$out/certificates" "$out/base/etc/ssl/certs/ca-certificates.crt"
	install -D -m 644 "$out/certificates" "$out/busybox-curl/etc/ssl/certs/ca-certificates.crt"
	rm "$out/certificates"
	ln -sfn dash "$out/base/usr/bin/sh"
	for file in $("$out/busybox/bin/busybox" --list); do
		[[ $file == busybox ]] || ln -sfn busybox "$out/busybox/usr/bin/$file"
	done

	link_libraries "$out"
	# Better here than in a container that does not start: does each run?
	mkdir "$out/try"
	wrap_all "$out/try" "$out"
	"$out/try/etcd" --version
	"$out/try/runc" --version
	"$out/try/conntrack" --version
	"$out/try/iptables" --version
	rm -r "$out/try"

	# shellcheck disable=SC2086
	printf '%s\n' $node $base $proxy $busybox $busybox_curl | sort -u >"$out/packages"
	rm -rf "$APT"
}
