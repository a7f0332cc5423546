/** Where registries are on the network, and which way a request may go on. Pure. */

const dockerHub = "registry-1.docker.io";

/** The root of a registry's API. Plain HTTP only where nobody can listen: on the loopback addresses. */
export function registryUrl(registry: string): URL {
  const host = registry === "docker.io" ? dockerHub : registry;
  const secure = new URL(`https://${host}/v2/`);
  const isPlain = isLoopback(secure.hostname) && !host.endsWith(":443");
  return isPlain ? new URL(`http://${host}/v2/`) : secure;
}

/**
 * Whether a request that began at `from` may be sent on to `to`. Encryption is never given up; and what is plain stays
 * on its host, or on this machine, so that it is not led to somewhere that nobody has allowed to be plain.
 */
export function isSafeHop(from: URL, to: URL): boolean {
  if (to.username !== "" || to.password !== "") return false;
  if (to.protocol === "https:") return true;
  if (to.protocol !== "http:" || from.protocol !== "http:") return false;
  return to.hostname === from.hostname || (isLoopback(from.hostname) && isLoopback(to.hostname));
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
