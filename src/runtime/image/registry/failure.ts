/** What goes wrong between us and a registry, and whether it is worth trying again. */
import { TallymanError, type ErrorDetails } from "../../../model/error.ts";

/** `if-known`: only where the host has answered before, so that a name that is wrong fails at once. */
export type Retry = "never" | "later" | "if-known";

export type RegistryErrorCode =
  "IMAGE_NOT_FOUND" | "REGISTRY_UNREACHABLE" | "REGISTRY_DENIED" | "REGISTRY_FAILED";

export interface RegistryErrorDetails extends ErrorDetails {
  /** Default: never. */
  readonly retry?: Retry;
  /** How long the registry asks us to wait (Retry-After). */
  readonly retryAfterMs?: number | undefined;
}

export class RegistryError extends TallymanError {
  readonly retry: Retry;
  readonly retryAfterMs: number | undefined;

  constructor(code: RegistryErrorCode, message: string, details: RegistryErrorDetails = {}) {
    super(code, message, details);
    this.retry = details.retry ?? "never";
    this.retryAfterMs = details.retryAfterMs;
  }
}
