/** The environment of this process as plain data: what `${NAME}` in a stack file may refer to. */
export function environment(): Readonly<Record<string, string>> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
