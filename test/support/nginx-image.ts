/** An image of the host's nginx, from Debian's package, with the libraries that it needs and nothing else. */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { run } from "../../src/sys/run.ts";
import { buildImage, type ImageFile } from "./build-image.ts";

const program = "/usr/sbin/nginx";

/**
 * Answers every request on port 80, `/large` with a megabyte. A client is asked to connect anew after a few requests,
 * as by a real one.
 */
const configuration = `
daemon off;
user root;
pid /nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  keepalive_requests 20;
  server {
    listen 80 reuseport backlog=4096;
    location / { return 200 "hello\\n"; }
    location = /large { root /srv; }
  }
}
`;

export async function buildNginxImage(dir: string): Promise<void> {
  const paths = [program, ...(await librariesOf(program))];
  const files = await Promise.all(
    paths.map(async (path): Promise<ImageFile> => ({
      path: path.slice(1),
      content: await readFile(path),
      mode: 0o755,
    })),
  );
  const folders = [
    ...new Set([
      ...paths.flatMap(foldersAbove),
      ...["/etc", "/etc/nginx", "/var", "/var/lib", "/var/lib/nginx", "/srv"],
    ]),
  ];
  await buildImage({
    dir,
    layers: [
      [
        ...folders.sort().map((path): ImageFile => ({ path: path.slice(1), type: "directory" })),
        ...files,
        { path: "etc/nginx/nginx.conf", content: configuration },
        { path: "etc/passwd", content: "root:x:0:0:root:/:/bin/false\n" },
        { path: "srv/large", content: "x".repeat(1024 * 1024) },
        { path: "etc/group", content: "root:x:0:\n" },
      ],
    ],
    config: { Cmd: [program], StopSignal: "SIGQUIT" },
    compression: "none",
  });
}

async function librariesOf(path: string): Promise<readonly string[]> {
  const { stdout } = await run("ldd", [path]);
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, library]) => library ?? []);
}

function foldersAbove(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === "/" ? [] : [...foldersAbove(folder), folder];
}
