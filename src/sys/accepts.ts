/** Whether somebody accepts TCP connections at an address. */
import { connect } from "node:net";

/** Opens a connection and closes it at once; false where it is refused, or not made in time. */
export async function accepts(
  address: string,
  port: number,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: address, port });
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  const timer = setTimeout(() => resolve(false), timeoutMs);
  const isOpen = await promise;
  clearTimeout(timer);
  socket.destroy();
  return isOpen;
}
