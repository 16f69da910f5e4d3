/** A text as YAML that every reader takes for that text: as it is where it surely is one, else in quotes. */
export function yamlWord(text: string): string {
  const bare = /^[A-Za-z][A-Za-z0-9._/-]*$/.test(text) && !OTHERWISE.test(text);
  return bare ? text : JSON.stringify(text);
}

/** What some reader of YAML takes for something else than text. */
const OTHERWISE = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
