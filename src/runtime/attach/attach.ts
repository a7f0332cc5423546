/** Connects to a running container's own input and output, by way of its monitor; beside whoever holds the lock. */
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { codeOf, TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { PacketSocket } from "../../sys/packet-socket.ts";
import { layoutOf } from "../container/layout.ts";
import type { LogLine, RuntimePaths } from "../types.ts";

export interface Attachment extends AsyncDisposable {
  /** What is written from now on. Ends with the container, or when it is disposed of. */
  output(): AsyncIterable<OutputChunk>;
  /** To its standard input, where it keeps that open; elsewhere it goes nowhere. */
  send(bytes: Uint8Array): Promise<void>;
  /** Ends the container's standard input, if that is not to stay open. */
  endInput(): void;
  /** Of its terminal. */
  resize(size: TerminalSize): void;
}

export interface OutputChunk {
  readonly stream: LogLine["stream"];
  readonly bytes: Uint8Array;
}

export interface TerminalSize {
  readonly columns: number;
  readonly lines: number;
}

/** The container may also wait to be started: then nothing of its output is missed. Throws NOT_RUNNING. */
export function attach(paths: RuntimePaths, id: ContainerId): Attachment {
  const layout = layoutOf(paths, id);
  const socket = connect(layout.attachSocket, id);
  return {
    output: () => outputOf(socket),
    send: (bytes) => sendAll(socket, bytes),
    endInput: () => socket.endSending(),
    resize: (size) => resize(layout.control, size),
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

function connect(path: string, id: ContainerId): PacketSocket {
  try {
    return PacketSocket.connect(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ECONNREFUSED") throw error;
    throw new TallymanError("NOT_RUNNING", `container ${id} does not run`, { cause: error });
  }
}

/** conmon's: one byte for the stream, and at most 8 KiB of it. */
const maxPacketBytes = 32 * 1024;
const streams: Readonly<Partial<Record<number, OutputChunk["stream"]>>> = { 2: "stdout", 3: "stderr" };

async function* outputOf(socket: PacketSocket): AsyncGenerator<OutputChunk> {
  for await (const packet of socket.packets({ maxBytes: maxPacketBytes })) {
    const stream = streams[packet[0] ?? 0];
    if (stream !== undefined) yield { stream, bytes: packet.subarray(1) };
  }
}

/** What conmon reads at once. */
const maxSentBytes = 8 * 1024;

async function sendAll(socket: PacketSocket, bytes: Uint8Array): Promise<void> {
  for (let start = 0; start < bytes.length; start += maxSentBytes) {
    await socket.send(bytes.subarray(start, start + maxSentBytes)).catch((error: unknown) => {
      if (codeOf(error) !== "EPIPE") throw error; // it has ended, which its output tells
    });
  }
}

/** Nobody at the other end of the FIFO: conmon has gone. */
function resize(control: string, { columns, lines }: TerminalSize): void {
  try {
    const fd = openSync(control, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      writeSync(fd, `1 ${lines} ${columns}\n`);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (codeOf(error) !== "ENXIO" && codeOf(error) !== "ENOENT") throw error;
  }
}
