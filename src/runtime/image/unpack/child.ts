/** The program that unpacks one layer, run as a process of its own: a request on its input, an answer on its output. */
import { text } from "node:stream/consumers";
import { TallymanError, codeOf, messageOf } from "../../../model/error.ts";
import { applyLayer } from "./apply-layer.ts";
import type { UnpackAnswer, UnpackRequest } from "./protocol.ts";

async function answer(request: UnpackRequest): Promise<UnpackAnswer> {
  try {
    await applyLayer(request);
    return { ok: true };
  } catch (error) {
    const hint = error instanceof TallymanError ? error.hint : undefined;
    return { ok: false, code: codeOf(error) ?? "UNPACK_FAILED", message: messageOf(error), hint };
  }
}

const request = JSON.parse(await text(process.stdin)) as UnpackRequest;
process.stdout.write(JSON.stringify(await answer(request)));
