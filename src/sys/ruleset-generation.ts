/** How often the rules of nftables have been changed, by anyone: tells whether what was read is still so. */
import { askNftables } from "./nftables-socket.ts";

const askGeneration = 16;
const generation = 15;
/** The header of the first attribute, which is the number, in network order. */
const attributeBytes = 4;

/** A number that grows with each transaction in our network namespace. Throws a SystemError where it is not told. */
export function rulesetGeneration(): number {
  const { type, attributes } = askNftables({ type: askGeneration, family: 0 });
  if (type === generation && attributes.length >= attributeBytes + 4) {
    return attributes.readUInt32BE(attributeBytes);
  }
  throw new Error("nftables does not tell its generation");
}
