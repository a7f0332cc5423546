/** Where ports of the host are chosen from that a file leaves to us. */
import type { PortRange } from "./stack.ts";

/** Above those that the kernel gives to clients, where nobody sets that otherwise. */
export const ourPorts: PortRange = { first: 61_000, last: 65_535 };
