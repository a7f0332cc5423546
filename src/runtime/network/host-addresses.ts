/** The addresses that this host has now, on links that are up. */
import { networkInterfaces } from "node:os";

/** IPv4 and IPv6, each as `canonicalAddress` writes it. */
export function hostAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => address),
  );
}
