/** What is known to be wrong with versions of runc: the project's security advisories that concern us. */

export interface Advisory {
  readonly id: string;
  /** The first version of each release line that has the repair. Older lines have none, newer ones have it. */
  readonly fixedIn: readonly string[];
  /** Debian's versions that carry the repair on an older one. */
  readonly fixedInDebian?: readonly string[];
}

export const runcAdvisories: readonly Advisory[] = [
  { id: "CVE-2023-27561", fixedIn: ["1.1.5"] },
  { id: "CVE-2023-28642", fixedIn: ["1.1.5"] },
  { id: "CVE-2024-21626", fixedIn: ["1.1.12"], fixedInDebian: ["1.1.5+ds1-1+deb12u1"] },
  { id: "CVE-2024-45310", fixedIn: ["1.1.14", "1.2.0-rc.3"] },
  { id: "CVE-2025-31133", fixedIn: ["1.2.8", "1.3.3", "1.4.0-rc.3"] },
  { id: "CVE-2025-52565", fixedIn: ["1.2.8", "1.3.3", "1.4.0-rc.3"] },
  { id: "CVE-2025-52881", fixedIn: ["1.2.8", "1.3.3", "1.4.0-rc.3"] },
  { id: "CVE-2026-41579", fixedIn: ["1.3.6", "1.4.3"] },
];
