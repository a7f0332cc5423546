/** A connection to a SOCK_SEQPACKET unix socket, which Node's `net` does not know. */
import { closeSync, constants, openSync, read, write } from "node:fs";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import { check, libc } from "./libc.ts";

const socket = libc("int socket(int domain, int type, int protocol)");
const connect = libc("int connect(int fd, const void *address, unsigned int size)");
const shutdown = libc("int shutdown(int fd, int how)");
const unix = 1;
const seqpacket = 5;
const closeOnExec = 0o2000000;
const sending = 1;
const both = 2;

const readPacket = promisify(read);
const writePacket = promisify(write);

/** One thread of Node's pool waits for it while packets are awaited; disposing ends that. */
export class PacketSocket implements AsyncDisposable {
  readonly #fd: number;
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Throws a SystemError with the code of connect(2), such as ECONNREFUSED. */
  static connect(path: string): PacketSocket {
    const fd = check(socket(unix, seqpacket | closeOnExec, 0), "socket", path);
    try {
      connectTo(fd, path);
      return new PacketSocket(fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Until the other side closes it, or it is disposed of. What is longer than `maxBytes` is cut. */
  async *packets({ maxBytes }: { readonly maxBytes: number }): AsyncGenerator<Buffer> {
    for (;;) {
      const reading = readPacket(this.#fd, Buffer.alloc(maxBytes), 0, maxBytes, null);
      this.#reading = reading.catch(() => undefined);
      const { bytesRead, buffer } = await reading;
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** As one packet. Rejects with EPIPE where the other side has gone. */
  async send(bytes: Uint8Array): Promise<void> {
    await writePacket(this.#fd, bytes);
  }

  /** The other side reads an end. */
  endSending(): void {
    shutdown(this.#fd, sending);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    shutdown(this.#fd, both);
    await this.#reading;
    closeSync(this.#fd);
  }
}

/** By way of an open folder: a socket's path has at most 107 bytes. */
function connectTo(fd: number, path: string): void {
  const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const name = Buffer.from(`/proc/self/fd/${folder}/${basename(path)}\0`);
    const address = Buffer.concat([new Uint8Array(new Uint16Array([unix]).buffer), name]);
    check(connect(fd, address, address.length), "connect", path);
  } finally {
    closeSync(folder);
  }
}
