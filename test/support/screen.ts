/** A person at a terminal: Tallyman in a window of tmux, keys, a screen to read, a size that changes. */
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { run } from "../../src/sys/run.ts";
import type { TestInstance } from "./instance.ts";
import { until } from "./until.ts";

const tallyman = fileURLToPath(new URL("../../bin/tallyman", import.meta.url));

/** And then stays: what tmux writes to a pane whose program has ended moves the first line out of sight. */
const tellingItsCode = '"$0" "$@"; printf "\nexit code %d\n" $?; exec cat';

let opened = 0;

export class Screen implements AsyncDisposable {
  readonly #tmux: (...args: readonly string[]) => Promise<string>;

  private constructor(tmux: (...args: readonly string[]) => Promise<string>) {
    this.#tmux = tmux;
  }

  /** Starts the program on a screen of 80 columns and 24 lines. */
  static async open(instance: TestInstance, args: readonly string[]): Promise<Screen> {
    const config = await instance.write("tmux.conf", "set -g status off\n");
    // One of its own: that of the screen before may be about to end.
    opened += 1;
    const server = ["-S", join(instance.folder, `tmux-${opened}`), "-f", config];
    const env = { TALLYMAN_DATA_DIR: instance.dataDir, TALLYMAN_RUN_DIR: instance.runDir, TERM: "xterm" };
    const tmux = async (...rest: readonly string[]): Promise<string> =>
      (await run("tmux", [...server, ...rest], { cwd: instance.folder, env })).stdout;
    await tmux("new-session", "-d", "-x", "80", "-y", "24", "sh", "-c", tellingItsCode, tallyman, ...args);
    return new Screen(tmux);
  }

  /** Text as it is; `Enter`, `C-c` and the like as tmux names them. */
  async type(...keys: readonly string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  async resize(columns: number, lines: number): Promise<void> {
    await this.#tmux("resize-window", "-x", `${columns}`, "-y", `${lines}`);
  }

  /** Asks the shell that runs here to wait until its terminal has that size, and waits for its word. */
  async hasShellOf(columns: number, lines: number): Promise<void> {
    await this.type(
      `until [ "$(stty size)" = "${lines} ${columns}" ]; do :; done; echo ${columns}x${lines}`,
      "Enter",
    );
    await this.shows(new RegExp(`^${columns}x${lines}$`, "m"));
  }

  async text(): Promise<string> {
    return this.#tmux("capture-pane", "-p");
  }

  async shows(pattern: RegExp): Promise<void> {
    let last = "";
    const look = async (): Promise<boolean> => pattern.test((last = await this.text()));
    await until(`the screen shows ${String(pattern)}`, look, { instead: () => last });
  }

  /** Waits for the program's end. */
  async exitCode(): Promise<number> {
    await this.shows(/^exit code \d+$/m);
    return Number(/^exit code (\d+)$/m.exec(await this.text())?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
  }
}
