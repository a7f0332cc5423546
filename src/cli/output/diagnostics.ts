/** Diagnostics and errors as a person reads them: where, what, and what to do. */
import { TallymanError, messageOf } from "../../model/error.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { printable, printableLine } from "../../model/printable.ts";
import type { Paint } from "./paint.ts";

/** `compose.yaml:7:5: error: ...`, so that editors and terminals can jump there; the hint on a line of its own. */
export function diagnosticText({ severity, message, hint, place }: Diagnostic, paint: Paint): string {
  const where = place === undefined ? "" : `${printableLine(place.file)}:${place.line}:${place.column}: `;
  const label = paint(severity === "error" ? "bad" : "changed", `${severity}:`);
  const advice = hint === undefined ? "" : `\n    ${paint("quiet", printable(hint))}`;
  return `${where}${label} ${printable(message)}${advice}`;
}

/** In order of file and line, errors and warnings mixed as the file has them. */
export function diagnosticsText(diagnostics: readonly Diagnostic[], paint: Paint): string {
  const sorted = [...diagnostics].sort(
    (a, b) =>
      (a.place?.file ?? "").localeCompare(b.place?.file ?? "") ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
  return sorted.map((diagnostic) => `${diagnosticText(diagnostic, paint)}\n`).join("");
}

/** An error may quote what an image, an archive or a registry says. */
export function errorText(error: unknown, paint: Paint): string {
  const hint = error instanceof TallymanError ? error.hint : undefined;
  const advice = hint === undefined ? "" : `\n    ${printable(hint)}`;
  return `${paint("bad", "error:")} ${printable(messageOf(error))}${advice}\n`;
}
