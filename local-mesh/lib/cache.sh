# shellcheck shell=bash
# Things that are built once and kept: $CACHE/NAME/KEY, where KEY is a hash of
# everything the thing is made from. A changed input is another key, so only
# what depends on it is built again. A build writes to a directory beside the
# final one that is renamed when it is whole; what an interrupted build leaves
# has never had the final name.

# key_of [FILE...]: the hash of standard input and of the files' contents.
key_of() {
	{
		cat
		(($# == 0)) || cat -- "$@"
	} | sha256sum | cut -c1-16
}

# cached NAME KEY: where the thing is (or will be).
cached() { echo "$CACHE/$1/$2"; }

# build_cached NAME KEY COMMAND...: runs COMMAND... DIRECTORY, unless it is
# there already.
build_cached() {
	local name=$1 key=$2 place temporary
	shift 2
	place=$(cached "$name" "$key")
	if [[ -d $place ]]; then
		touch "$place"
		return
	fi
	mkdir -p "$CACHE/$name"
	rm -rf "$CACHE/$name"/.building.*
	temporary=$(mktemp -d "$CACHE/$name/.building.XXXXXX")
	chmod 755 "$temporary"
	"$@" "$temporary"
	mv -T "$temporary" "$place"
	forget_old "$name"
}

# forget_old NAME: keeps the two newest, so that going back and forth between
# two branches does not build everything anew, and the disk does not fill.
forget_old() {
	local place
	find "$CACHE/$1" -mindepth 1 -maxdepth 1 -type d ! -name '.building.*' -printf '%T@ %p\n' |
		sort -rn | tail -n +3 | cut -d' ' -f2- |
		while read -r place; do rm -rf "$place"; done
}
