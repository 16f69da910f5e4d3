const D=127,F=[127],N={44127:((S,_,f)=>{f.d(_,{completionScript:()=>L});var c=f(45648),m=f(10586),p=f(23152);const u={flag:"--help",description:"show this help",value:{kind:"words",words:[],list:!1}};function w(){const e=p.FN.map(a=>({name:a,description:m.fJ[a],operands:[],flags:[...m.Qh.filter(o=>P(a,o)).map(g),u]})),s=c.qf.map(a=>{const{summary:o,own:r,shared:t}=c._W[a],n=[...Object.entries(r).map(C),...t.map(g),u];return{name:a,description:o,operands:a==="rbac"?p.FN:[],flags:n}});return[...e,...s,{name:c.dB,description:"what a shell needs to complete words",operands:c.OF,flags:[u]},{name:"help",description:"the help of a mode or helper command",operands:[...p.FN,...c.qf],flags:[]}]}function P(e,s){const{only:a,modes:o}=(0,m.rI)(s);return a!=="action"&&o.includes(e)}function g(e){const s=(0,m.rI)(e);return{flag:`--${e}`,description:h(s.description),value:E(s)}}function E(e){return e.path===!0?{kind:"path"}:e.kind==="enum"?{kind:"words",words:e.values,list:!1}:e.kind==="boolean"?{kind:"words",words:["true","false"],list:!1}:e.kind==="list"&&e.shape?.values!==void 0?{kind:"words",words:e.shape.values,list:!0}:{kind:"free"}}function C([e,{placeholder:s,description:a,values:o}]){return{flag:`--${e}`,description:h(a),value:["file","folder"].includes(s)?{kind:"path"}:o===void 0?{kind:"free"}:{kind:"words",words:o,list:!1}}}function h(e){return(/^.*?[.:;](?= |$)/su.exec(e)?.[0]??e).replace(/[.:;]$/u,"").replaceAll("`","")}const O={bash:M,zsh:k,fish:b};function L(e){return O[e](w())}function i(e){return`'${e.replaceAll("'",String.raw`'\''`)}'`}function l(e){return`'${e.replaceAll("\\","\\\\").replaceAll("'",String.raw`\'`)}'`}function Y(e){switch(e.kind){case"words":return`${e.list?"list":"words"} ${e.words.join(" ")}`.trimEnd();case"path":return"path";case"free":return"free"}}function R(e){return e.flatMap(({name:s,flags:a})=>a.map(o=>`    ${i(`${s} ${o.flag}`)}) ${j(o)} ;;`)).join(`
`)}function j({value:e}){return`REPLY=${i(Y(e))}`}function M(e){const s=[...e.map(({name:r})=>r),"--help","--version"].join(" "),a=e.map(({name:r,flags:t})=>{const n=t.map(({flag:d})=>d).join(" ");return`    ${i(r)}) REPLY=${i(n)} ;;`}),o=e.map(({name:r,operands:t})=>`    ${i(r)}) REPLY=${i(t.join(" "))} ;;`);return`# Completion of mtls-gate in bash: made by mtls-gate completion bash.
_mtls_gate() {
  local cur=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} before= REPLY=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${i(s)} -- "$cur"))
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
${R(e)}
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
${o.map(r=>`  ${r}`).join(`
`)}
    esac
  fi
  local operands=$REPLY
  REPLY=
  case "$command" in
${a.join(`
`)}
  esac
  compopt +o default 2>/dev/null
  COMPREPLY=($(compgen -W "$operands $REPLY" -- "$cur"))
}
complete -o default -F _mtls_gate mtls-gate
`}function k(e){const s=(t,n)=>i(`${t}:${n}`),a=e.map(({name:t,description:n})=>s(t,n)),o=e.map(({name:t,flags:n})=>`    ${i(t)}) flags=(${n.map(({flag:d,description:$})=>s(d,$)).join(" ")}) ;;`),r=e.map(({name:t,operands:n})=>`    ${i(t)}) operands=(${n.join(" ")}) ;;`);return`#compdef mtls-gate
# Completion of mtls-gate in zsh: made by mtls-gate completion zsh.
_mtls-gate() {
  local command=$words[2] flag=$words[CURRENT-1] REPLY=
  local -a first flags operands
  first=(${a.join(" ")})
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
${R(e)}
  esac
  case "$REPLY" in
    path) _files; return ;;
    free) return 1 ;;
    'words '*) compadd -- \${=REPLY#words }; return ;;
    'list '*) compset -P '*,'; compadd -S '' -- \${=REPLY#list }; return ;;
  esac
  case "$command" in
${r.join(`
`)}
  esac
  case "$command" in
${o.join(`
`)}
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
`}function b(e){const s=(t,n)=>`complete -c mtls-gate -n ${l(t)} ${n}`,a=e.map(({name:t,description:n})=>s("__mtls_gate_at 1",`-f -a ${l(t)} -d ${l(n)}`)),o=e.flatMap(({name:t,operands:n})=>n.length===0?[]:[s(`__mtls_gate_command ${t}; and __mtls_gate_at 2`,`-f -a ${l(n.join(" "))}`)]),r=e.flatMap(({name:t,flags:n})=>n.map(({flag:d,description:$,value:v})=>s(`__mtls_gate_command ${t}`,`-l ${d.slice(2)}${W(v)} -d ${l($)}`)));return`# Completion of mtls-gate in fish: made by mtls-gate completion fish.
function __mtls_gate_at
    test (count (commandline -opc)) -eq $argv[1]
end
function __mtls_gate_command
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test "$words[2]" = "$argv[1]"
end
complete -c mtls-gate -f
${[...a,...o,...r].join(`
`)}
`}function W(e){switch(e.kind){case"words":return e.words.length===0?"":` -x -a ${l(e.list?`(__fish_append , ${e.words.join(" ")})`:e.words.join(" "))}`;case"path":return" -r -F";case"free":return" -x"}}})};export{D as id,F as ids,N as modules};
