/** The scripts by which shells complete the command line. */
import { completedCommands, type CompletedCommand, type CompletedFlag, type FlagValue } from "./completion-table.js";
import type { Shell } from "./helper-commands.js";

const RENDERERS: Readonly<Record<Shell, (commands: readonly CompletedCommand[]) => string>> = { bash, zsh, fish };

/** The script of a shell, which has all words in it: completing starts no process. */
export function completionScript(shell: Shell): string {
  return RENDERERS[shell](completedCommands());
}

/** A text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** fish knows a backslash in single quotes. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;
}

/** What a script goes by: the words, or how many of them, or which others. */
function valueWords(value: FlagValue): string {
  switch (value.kind) {
    case "words":
      return `${value.list ? "list" : "words"} ${value.words.join(" ")}`.trimEnd();
    case "path":
      return "path";
    case "free":
      return "free";
  }
}

/** One arm of a `case` a command and flag. */
function valueArms(commands: readonly CompletedCommand[]): string {
  return commands
    .flatMap(({ name, flags }) => flags.map((one) => `    ${quoted(`${name} ${one.flag}`)}) ${reply(one)} ;;`))
    .join("\n");
}

function reply({ value }: CompletedFlag): string {
  return `REPLY=${quoted(valueWords(value))}`;
}

/** Fit for the bash 3.2 of macOS, and in need of no other package. */
function bash(commands: readonly CompletedCommand[]): string {
  const first = [...commands.map(({ name }) => name), "--help", "--version"].join(" ");
  const flags = commands.map(({ name, flags: own }) => {
    const words = own.map(({ flag }) => flag).join(" ");
    return `    ${quoted(name)}) REPLY=${quoted(words)} ;;`;
  });
  const operands = commands.map(
    ({ name, operands: words }) => `    ${quoted(name)}) REPLY=${quoted(words.join(" "))} ;;`,
  );
  return `# Completion of mtls-gate in bash: made by mtls-gate completion bash.
_mtls_gate() {
  local cur=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} before= REPLY=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(first)} -- "$cur"))
    return
  fi
  # --flag=value comes as three words.
  if [ "$cur" = "=" ]; then
    cur=
  elif [ "$flag" = "=" ]; then
    flag=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  # A flag that takes true or false can go without.
  case "$cur" in
    -*) ;;
    *) case "$command $flag" in
${valueArms(commands)}
    esac ;;
  esac
  case "$REPLY" in
    path) return ;; # bash itself completes names of files
    free) compopt +o default 2>/dev/null; return ;;
    "words "*) COMPREPLY=($(compgen -W "\${REPLY#words }" -- "$cur")); return ;;
    "list "*)
      case "$cur" in *,*) before=\${cur%,*}, ;; esac
      COMPREPLY=($(compgen -P "$before" -W "\${REPLY#list }" -- "\${cur##*,}"))
      return ;;
  esac
  REPLY=
  if [ "$COMP_CWORD" -eq 2 ]; then
    case "$command" in
${operands.map((line) => `  ${line}`).join("\n")}
    esac
  fi
  local operands=$REPLY
  REPLY=
  case "$command" in
${flags.join("\n")}
  esac
  compopt +o default 2>/dev/null
  COMPREPLY=($(compgen -W "$operands $REPLY" -- "$cur"))
}
complete -o default -F _mtls_gate mtls-gate
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const described = (name: string, text: string): string => quoted(`${name}:${text}`);
  const first = commands.map(({ name, description }) => described(name, description));
  const flags = commands.map(
    ({ name, flags: own }) =>
      `    ${quoted(name)}) flags=(${own.map(({ flag, description }) => described(flag, description)).join(" ")}) ;;`,
  );
  const operands = commands.map(({ name, operands: words }) => `    ${quoted(name)}) operands=(${words.join(" ")}) ;;`);
  return `#compdef mtls-gate
# Completion of mtls-gate in zsh: made by mtls-gate completion zsh.
_mtls-gate() {
  local command=$words[2] flag=$words[CURRENT-1] REPLY=
  local -a first flags operands
  first=(${first.join(" ")})
  if (( CURRENT == 2 )); then
    _describe -t commands 'mode or helper command' first
    return
  fi
  # --flag=value is one word.
  if [[ $words[CURRENT] == --*=* ]]; then
    flag=\${words[CURRENT]%%=*}
    compset -P '*='
  fi
  # A flag that takes true or false can go without.
  [[ $PREFIX == -* ]] || case "$command $flag" in
${valueArms(commands)}
  esac
  case "$REPLY" in
    path) _files; return ;;
    free) return 1 ;;
    'words '*) compadd -- \${=REPLY#words }; return ;;
    'list '*) compset -P '*,'; compadd -S '' -- \${=REPLY#list }; return ;;
  esac
  case "$command" in
${operands.join("\n")}
  esac
  case "$command" in
${flags.join("\n")}
  esac
  (( CURRENT == 3 && \${#operands} )) && compadd -- $operands
  _describe -t flags flag flags
}
# As a file of $fpath it is the function of its name when completing starts, else it is read as a script.
if [ "$funcstack[1]" = "_mtls-gate" ]; then
  _mtls-gate "$@"
else
  compdef _mtls-gate mtls-gate
fi
`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const line = (when: string, rest: string): string => `complete -c mtls-gate -n ${fishQuoted(when)} ${rest}`;
  const first = commands.map(({ name, description }) =>
    line("__mtls_gate_at 1", `-f -a ${fishQuoted(name)} -d ${fishQuoted(description)}`),
  );
  const operands = commands.flatMap(({ name, operands: words }) =>
    words.length === 0
      ? []
      : [line(`__mtls_gate_command ${name}; and __mtls_gate_at 2`, `-f -a ${fishQuoted(words.join(" "))}`)],
  );
  const flags = commands.flatMap(({ name, flags: own }) =>
    own.map(({ flag, description, value }) =>
      line(`__mtls_gate_command ${name}`, `-l ${flag.slice(2)}${fishValue(value)} -d ${fishQuoted(description)}`),
    ),
  );
  return `# Completion of mtls-gate in fish: made by mtls-gate completion fish.
function __mtls_gate_at
    test (count (commandline -opc)) -eq $argv[1]
end
function __mtls_gate_command
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test "$words[2]" = "$argv[1]"
end
complete -c mtls-gate -f
${[...first, ...operands, ...flags].join("\n")}
`;
}

function fishValue(value: FlagValue): string {
  switch (value.kind) {
    case "words":
      if (value.words.length === 0) return "";
      return ` -x -a ${fishQuoted(value.list ? `(__fish_append , ${value.words.join(" ")})` : value.words.join(" "))}`;
    case "path":
      return " -r -F";
    case "free":
      return " -x";
  }
}
