/** What follows from a value that never changes is computed once, however often it is asked for. Pure. */
export function derived<Value extends object, Result>(
  derive: (value: Value) => Result,
): (value: Value) => Result {
  const known = new WeakMap<Value, { readonly result: Result }>();
  return (value) => {
    const found = known.get(value) ?? { result: derive(value) };
    known.set(value, found);
    return found.result;
  };
}
