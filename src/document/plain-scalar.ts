/** What an unquoted YAML scalar means to Compose: the core schema of YAML 1.2, and integers as Go writes them. */
import type { ScalarValue } from "./node.ts";

const integer = /^[-+]?(?:0|[1-9][0-9_]*|0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+)$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/**
 * `0440` is octal, `22:22`, `yes` and dates are strings. A number that JavaScript cannot hold exactly stays the text
 * that it is.
 */
export function plainScalar(text: string): ScalarValue {
  if (text === "" || text === "~" || /^(?:null|Null|NULL)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (integer.test(text)) return exact(toInteger(text), text);
  if (float.test(text)) return exact(Number(text.replaceAll("_", "")), text);
  return text;
}

function toInteger(text: string): number {
  const negative = text.startsWith("-");
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "");
  const magnitude = Number(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return negative ? -magnitude : magnitude;
}

function exact(value: number, text: string): number | string {
  if (!Number.isFinite(value)) return text;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? text : value;
}
