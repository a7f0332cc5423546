/**
 * What a record has under a name that somebody chose. Every object answers to `constructor` or `toString` by itself:
 * a service of that name must not find what nobody kept for it.
 */
export function entryOf<Value>(
  record: Readonly<Partial<Record<string, Value>>> | undefined,
  name: string,
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
