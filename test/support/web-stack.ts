/** A stack of web servers that say who they are, and the questions to ask them. */
import { run } from "../../src/sys/run.ts";
import { until } from "./until.ts";

export interface WebStack {
  /** Of the host. */
  readonly port: number;
  readonly replicas?: number;
  readonly greeting?: string;
  readonly image?: string;
  /** More lines at the end of the file. */
  readonly more?: string;
}

/** Stack `shop` with a service `web`, whose replicas answer with `Hello from` and the beginning of their id. */
export function webStack({
  port,
  replicas = 2,
  greeting = "Hello",
  image = "./image",
  more = "",
}: WebStack): string {
  return `name: shop
services:
  web:
    image: ${image}
    command:
      - sh
      - -c
      - mkdir -p /www; echo "$$GREETING from $$(hostname)" > /www/index.html; exec httpd -f -p 80 -h /www
    environment:
      GREETING: ${greeting}
    stop_signal: SIGKILL
    ports: ["${port}:80"]
    deploy:
      replicas: ${replicas}
${more}`;
}

/** Over a new connection; throws where nothing answers. */
export async function get(url: string): Promise<string> {
  const response = await fetch(url, {
    headers: { connection: "close" },
    signal: AbortSignal.timeout(5_000),
  });
  return (await response.text()).trim();
}

/** Waits until there is an answer that begins so. */
export async function answersWith(url: string, beginning: string): Promise<void> {
  let last = "";
  const look = async (): Promise<boolean> => {
    last = await get(url).catch(String);
    return last.startsWith(beginning);
  };
  await until(`${url} answers ${beginning}`, look, { instead: () => last });
}

/** As `get`, from another network namespace. */
export async function getFrom(netnsPath: string, url: string): Promise<string> {
  const script = "fetch(process.argv[1]).then((response) => response.text()).then(console.log)";
  const { stdout } = await run("nsenter", [`--net=${netnsPath}`, process.execPath, "-e", script, url]);
  return stdout.trim();
}

/** Different answers, sorted; asks until there are `count` of them, or long enough to know that there are fewer. */
export async function answers(ask: () => Promise<string>, count: number): Promise<readonly string[]> {
  const found = new Set<string>();
  for (let asked = 0; found.size < count && asked < 20 * count; asked += 1) found.add(await ask());
  return [...found].sort();
}
