/** That something is not shown for its size, and where it is: a paragraph of Markdown. */
export function leftOut(what: string): string {
  return `_Left out for its size: ${what}. All of it is in \`report.json\`._`;
}
