/** An image of the host's nginx, from Debian's package, with the libraries that it needs and nothing else. */
import { buildImage, type ImageFile } from "./build-image.ts";
import { programFiles } from "./program-files.ts";

const program = "/usr/sbin/nginx";

/**
 * Answers every request on port 80 with its container's host name, `/large` with a megabyte. A client is asked to
 * connect anew after twenty requests, as by a real one.
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
    location / { return 200 "hello from $hostname\\n"; }
    location = /large { root /srv; }
  }
}
`;

export async function buildNginxImage(dir: string): Promise<void> {
  const folders = ["etc", "etc/nginx", "var", "var/lib", "var/lib/nginx", "srv"];
  await buildImage({
    dir,
    layers: [
      [
        ...folders.map((path): ImageFile => ({ path, type: "directory" })),
        ...(await programFiles(program)),
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
