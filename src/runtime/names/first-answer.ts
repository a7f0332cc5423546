/** Waits for the first answer of a dnsmasq that has just been started. */
import { Resolver } from "node:dns/promises";

/**
 * Until it answers, it ignores the signal to read again what is its own: what it was told meanwhile, it would never
 * learn. Ends without a word after some two seconds, too: it may be busy, and whoever asks it waits longer than that.
 */
export async function firstAnswer(address: string): Promise<void> {
  const asker = new Resolver({ timeout: 100, tries: 4 });
  asker.setServers([address]);
  await asker.resolve4(ofItsOwn).catch(() => undefined);
}

/** Without a dot: it answers by itself. */
const ofItsOwn = "ready";
