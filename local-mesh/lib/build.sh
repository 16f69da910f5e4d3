# shellcheck shell=bash
# Building what is missing: Go parts, Debian packages and Envoy side by side,
# then the images and Istio's manifest from them.

declare -gA TASK_PID=() TASK_BEGAN=()

# begin_task NAME COMMAND...: in the background, with a log of its own.
begin_task() {
	local name=$1
	shift
	: >"$TASKS/$name.log"
	TASK_BEGAN[$name]=$SECONDS
	# The lock is this process's: a child left over must not go on holding it.
	("$@") >"$TASKS/$name.log" 2>&1 </dev/null 3>&- {LOCK_FD}>&- &
	TASK_PID[$name]=$!
}

# describe_task NAME: in a few words, how far it is.
describe_task() {
	if [[ $1 == go ]]; then
		go_progress
	elif [[ -s $TASKS/$1.progress ]]; then
		cat "$TASKS/$1.progress"
	else
		echo "at work"
	fi
}

tell_progress() {
	local name line=
	for name in "${!TASK_PID[@]}"; do
		line+="${line:+; }$name: $(describe_task "$name") ($((SECONDS - TASK_BEGAN[$name])) s)"
	done
	if [[ -t 2 ]]; then
		printf '\r\033[K%s %s' "$(stamp)" "${line:0:$((${COLUMNS:-$(tput cols 2>/dev/null || echo 120)} - 12))}" >&2
	else
		say "$line"
	fi
}

# end_line: leaves the line that is redrawn on a terminal.
end_line() { [[ ! -t 2 ]] || printf '\r\033[K' >&2; }

# await_tasks: until all are done. The first that fails ends "up"; the rest go
# with it (what Go has compiled by then stays in Go's own cache).
await_tasks() {
	local name told=$SECONDS pause=12
	[[ ! -t 2 ]] || pause=1
	while ((${#TASK_PID[@]})); do
		for name in "${!TASK_PID[@]}"; do
			kill -0 "${TASK_PID[$name]}" 2>/dev/null && continue
			end_line
			if ! wait "${TASK_PID[$name]}"; then
				unset "TASK_PID[$name]"
				FAILED_LOG=$TASKS/$name.log
				die "building failed: $name"
			fi
			say "built: $name ($((SECONDS - TASK_BEGAN[$name])) s)"
			unset "TASK_PID[$name]"
		done
		((${#TASK_PID[@]})) || break
		if ((SECONDS - told >= pause)); then
			tell_progress
			told=$SECONDS
		fi
		sleep 0.2
	done
}

# stop_tasks: when "up" ends early.
stop_tasks() {
	local name pid
	for name in "${!TASK_PID[@]}"; do
		pid=${TASK_PID[$name]}
		# The children first: a shell that waits for one passes no signal on.
		for pid in $(descendants "$pid") "$pid"; do kill "$pid" 2>/dev/null || true; done
	done
	TASK_PID=()
}

# descendants PID: the deepest first.
descendants() {
	local child
	local children=()
	read -r -a children <"/proc/$1/task/$1/children" || true
	for child in "${children[@]}"; do
		descendants "$child"
		echo "$child"
	done
} 2>/dev/null

# find_keys: what everything here is built from, as keys. BUILD stands for all.
find_keys() {
	GO_KEY=$(go_key)
	DEBIAN_KEY=$(debian_key)
	ENVOY_KEY=$(envoy_key)
	IMAGE_TAG=$(images_key "$GO_KEY" "$DEBIAN_KEY" "$ENVOY_KEY")
	BUILD=$(manifest_key "$GO_KEY" "$IMAGE_TAG")
}

# begin_parts: what all else is put together from. GO, DEBIAN and ENVOY name the
# places, which are there when the tasks have ended.
begin_parts() {
	GO=$(cached go "$GO_KEY")
	DEBIAN=$(cached debian "$DEBIAN_KEY")
	ENVOY=$(cached envoy "$ENVOY_KEY")
	if [[ ! -d $GO ]]; then
		say "building the Go parts (Kubernetes, Istio, containerd, CoreDNS, httpbin): about ten minutes on two cores when Go's cache is empty"
		begin_task go build_cached go "$GO_KEY" go_build
	fi
	[[ -d $DEBIAN ]] || begin_task debian build_cached debian "$DEBIAN_KEY" debian_build
	[[ -d $ENVOY ]] || begin_task envoy build_cached envoy "$ENVOY_KEY" envoy_build
}

# build_all: afterwards GO, DEBIAN, ENVOY, IMAGES and MANIFEST name the places.
build_all() {
	TASKS=$CACHE/logs
	rm -rf "$TASKS"
	mkdir -p "$TASKS"
	find_keys
	IMAGES=$(cached images "$IMAGE_TAG")
	MANIFEST=$(cached manifest "$BUILD")

	begin_parts
	await_tasks
	[[ -d $IMAGES ]] || begin_task images build_cached images "$IMAGE_TAG" images_build "$GO" "$DEBIAN" "$ENVOY" "$IMAGE_TAG"
	[[ -d $MANIFEST ]] || begin_task manifest build_cached manifest "$BUILD" manifest_build "$GO" "$IMAGE_TAG"
	await_tasks
	# Counts as a use, so that what is in use is not what gets forgotten.
	touch "$GO" "$DEBIAN" "$ENVOY" "$IMAGES" "$MANIFEST"
}
