/** Whether a text can stand in resolv.conf and /etc/hosts as a name of DNS; it may end with a dot. */
export function isDomain(text: string): boolean {
  return (
    text.length <= 253 && /^[a-zA-Z0-9_]([a-zA-Z0-9._-]*[a-zA-Z0-9_])?\.?$/.test(text) && !text.includes("..")
  );
}
