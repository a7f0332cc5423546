/** Where registries are on the network, and which way a request may go on. Pure. */

const dockerHub = "registry-1.docker.io";

/** The root of a registry's API. Plain HTTP only where nobody can listen: on the loopback addresses. */
export function registryUrl(registry: string): URL {
  const host = registry === "docker.io" ? dockerHub : registry;
  const secure = new URL(`https://${host}/v2/`);
  return isLoopback(secure.hostname) ? new URL(`http://${host}/v2/`) : secure;
}

/** Whether a request that began at `from` may be sent on to `to`: encryption is never given up. */
export function isSafeHop(from: URL, to: URL): boolean {
  if (to.protocol === "https:") return true;
  return to.protocol === "http:" && from.protocol === "http:" && isLoopback(to.hostname);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
