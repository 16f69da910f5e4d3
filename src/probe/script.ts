/**
 * The program that runs in a client pod. It is a constant; everything that varies reaches it on standard input, in the
 * syntax of curl's configuration files (see requests.ts), and goes from there to curl: no text of a plan, a manifest
 * or a cluster is ever part of a shell command. It wants a POSIX `sh` (dash and busybox were tried), curl from 7.58 on,
 * and, to keep answers, mkdir, cat, rm and a directory that it may write to.
 *
 * Arguments: the nonce of this stream, how many requests may be under way at once, and folders to try for the answers
 * that are kept until the end; without one that can be written to, no answer is kept.
 *
 * Output, a JSON object a line:
 *
 *     {"hello": NONCE, "curl": VERSION or null, "scratch": BOOLEAN}         first
 *     {"id": ID, "nonce": NONCE, "code": …, "exit": …} TAB ERROR            a request, from curl 7.75 on: requests.ts
 *     {"id": ID, "nonce": NONCE, "old": "CODE SECONDS ADDRESS", "exit": N}  a request, with an older curl
 *     {"body": ID, "nonce": NONCE}, then lines of text                      an answer that was to be kept
 *     {"end": NONCE}                                                        last; without it the stream broke
 *
 * From 7.75 on one curl makes all the requests side by side and tells the exit code of each; before, each has a curl
 * of its own. One process instead of hundreds is what keeps a round of many calls short on a small node; so does
 * handing it the input as it comes, where that ends by itself, instead of line by line.
 */
export const PROBE_SCRIPT = `
LC_ALL=C
n=$1 p=$2 d= s=false
shift 2
v=$(curl -V 2>/dev/null)
v=\${v#curl } v=\${v%% *}
case $v in
  '' | *[!0-9A-Za-z.-]*) printf '{"hello":"%s","curl":null,"scratch":false}\\n{"end":"%s"}\\n' "$n" "$n"; exit 0 ;;
esac
for c; do
  case $c in /*) ;; *) continue ;; esac
  if mkdir -m 700 "$c/mtls-gate.$n" 2>/dev/null; then d=$c/mtls-gate.$n; break; fi
done
if [ -n "$d" ]; then
  trap 'cd /; rm -rf "$d"' EXIT
  trap 'exit 1' HUP INT TERM PIPE
  cd "$d" && s=true
fi
printf '{"hello":"%s","curl":"%s","scratch":%s}\\n' "$n" "$v" "$s"
IFS= read -r m
a=\${v%%.*} b=\${v#*.} b=\${b%%.*}
case $a$b in '' | *[!0-9]*) a=0 b=0 ;; esac
lines() {
  while IFS= read -r l; do
    [ "$l" = "$n" ] && return
    case $s$l in 'falseoutput = "body.'*) l='output = "/dev/null"' ;; esac
    printf '%s\\n' "$l"
  done
}
one() {
  o=$(printf '%s' "$2" | curl -q -s -K - -w '%{http_code} %{time_total} %{remote_ip}' 2>/dev/null)
  printf '{"id":"%s","nonce":"%s","old":"%s","exit":%s}\\n' "$1" "$n" "$o" "$?"
}
if [ "$a" -gt 7 ] || { [ "$a" -eq 7 ] && [ "$b" -ge 75 ]; }; then
  set -- -q -s --no-progress-meter -Z --parallel-immediate --parallel-max "$p" -K -
  if [ "$m$s" = endstrue ]; then curl "$@"; else lines | curl "$@"; fi
else
  lines | {
    i= t= k=0
    while IFS= read -r l; do
      case $l in
        '# '*) i=\${l#??} t= ;;
        next)
          one "$i" "$t" </dev/null &
          k=$((k + 1))
          [ "$k" -lt "$p" ] || { wait; k=0; } ;;
        *) t="$t$l
" ;;
      esac
    done
    [ -z "$i" ] || one "$i" "$t"
    wait
  }
fi
if [ "$s" = true ]; then
  for f in body.*.1; do
    i=\${f#body.} i=\${i%.1}
    [ -f "$f" ] && printf '\\n{"body":"%s","nonce":"%s"}\\n' "$i" "$n" >"body.$i.0"
  done
  cat body.* 2>/dev/null
fi
printf '\\n{"end":"%s"}\\n' "$n"
`;

/** Folders that a container can usually write to, best first: the first is there even on a read-only root file system. */
export const SCRATCH_FOLDERS = ["/dev/shm", "/tmp", "/var/tmp"] as const;

/** The command of an exec stream. */
export function probeCommand(nonce: string, parallel: number): string[] {
  return ["sh", "-c", PROBE_SCRIPT, "mtls-gate", nonce, String(parallel), ...SCRATCH_FOLDERS];
}
