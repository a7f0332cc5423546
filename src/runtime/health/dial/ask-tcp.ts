/** Whether a connection is made; nothing is said on it. */
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Answer } from "./answer.ts";

export async function askTcp(socket: Socket): Promise<Answer> {
  await once(socket, "connect");
  return { isGood: true, output: "connected" };
}
