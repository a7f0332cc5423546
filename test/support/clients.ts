/** Clients of a web server, who hear from nobody that anything is being replaced. */
import { inNamespace, type RunningScript } from "../runtime/network/trial.ts";

export interface ClientsOptions {
  readonly host: string;
  readonly port: number;
  /** So many connect again and again, and as many have a connection open. */
  readonly count: number;
  /** They connect as fast as they are answered, which takes a processor. Else some two thousand times a second. */
  readonly isHurried: boolean;
}

/** What they have seen until they were told to end. */
export interface Seen {
  /** Connections that were answered, of those that ask once. */
  readonly connected: number;
  /** Of those that stay: they ended as the server had said, after twenty answers in a second. */
  readonly conversations: number;
  /** Why connections failed, or that one was cut: each costs somebody an answer. */
  readonly failures: readonly string[];
  /** Replicas that have answered. */
  readonly replicas: number;
  /** Those of them that went on with a conversation after the last connection that reached them. */
  readonly withdrawn: number;
}

export interface Clients extends AsyncDisposable {
  end(): Promise<Seen>;
}

/** In that network namespace, of nginx as `buildNginxImage` has it. */
export async function clientsOf(netnsPath: string, options: ClientsOptions): Promise<Clients> {
  const script: RunningScript = await inNamespace(netnsPath, connectAndTalk(options));
  return {
    end: async () => JSON.parse((await script.stop()).split("\n")[1] ?? "") as Seen,
    [Symbol.asyncDispose]: () => script[Symbol.asyncDispose](),
  };
}

function connectAndTalk({ host, port, count, isHurried }: ClientsOptions): string {
  return `
    const net = require("node:net");
    const failures = [], reachedAt = new Map(), spokenAt = new Map();
    let connected = 0, conversations = 0, open = 0, isOver = false;

    /** Calls back with the name of who answers, and whether that was the last answer. */
    const begin = (version, onAnswer, again) => {
      const socket = net.connect(${port}, ${JSON.stringify(host)});
      let text = "", answers = 0, isDone = false, why = "closed";
      open += 1;
      const ask = () => { text = ""; socket.write("GET / HTTP/" + version + "\\r\\nHost: shop\\r\\n\\r\\n"); };
      socket.on("connect", ask);
      socket.on("data", (data) => {
        const [, replica] = /hello from (\\S+)\\n$/.exec(text += data) ?? [];
        if (replica === undefined) return;
        answers += 1;
        isDone = /^connection: close/im.test(text);
        onAnswer(replica, isDone);
        if (isDone) socket.resetAndDestroy();
        else setTimeout(ask, 50);
      });
      socket.on("error", ({ code }) => (why = code));
      socket.on("close", () => {
        open -= 1;
        if (!isDone) failures.push(why + " after " + answers + " answers");
        if (!isOver) ${isHurried ? "setImmediate(again)" : "setTimeout(again, 5)"};
      });
    };
    const connect = () => begin("1.0", (replica) => {
      connected += 1;
      reachedAt.set(replica, performance.now());
    }, connect);
    const talk = () => begin("1.1", (replica, isLast) => {
      if (isLast) conversations += 1;
      if (!isOver) spokenAt.set(replica, performance.now());
    }, talk);
    for (let client = 0; client < ${count}; client += 1) { connect(); talk(); }
    console.log("connecting");
    process.on("SIGTERM", () => {
      isOver = true;
      setInterval(() => {
        if (open > 0) return;
        const withdrawn = [...spokenAt].filter(([replica, at]) => at > (reachedAt.get(replica) ?? 0)).length;
        console.log(JSON.stringify({ connected, conversations, failures, replicas: reachedAt.size, withdrawn }));
        process.exit();
      }, 20);
    });`;
}
